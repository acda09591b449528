// The clients' knowledge of their accounts: passwords that may be current, and sessions. It decides what clients do next; the checker
// decides what was right.

/**
 * @typedef {import("./history.mjs").Mail} Mail
 * @typedef {import("./seeded_random.mjs").SeededRandom} SeededRandom
 */

const MOST_PASSWORDS = 6;
const MOST_SESSIONS = 6;

export class Account {
  /** @type {string[]} newest first; the first one is assumed to be current */
  passwords = [];
  /** @type {string[]} newest first, live or ended */
  sessions = [];
  busy = false;

  /** @param {string} username */
  constructor(username) {
    this.username = username;
    this.email = `${username}@example.com`;
  }

  get password() {
    return this.passwords[0];
  }

  /** @param {string} password that was set, or may have been */
  learnPassword(password) {
    this.passwords = [password, ...this.passwords.filter((other) => other !== password)].slice(0, MOST_PASSWORDS);
  }

  /** @param {string} session */
  learnSession(session) {
    if (session) this.sessions = [session, ...this.sessions].slice(0, MOST_SESSIONS);
  }
}

export class AccountBook {
  /** @type {Account[]} */
  accounts = [];

  /** @param {SeededRandom} random */
  constructor(random) {
    this.random = random;
  }

  /**
   * Lends an account that no other story uses; now and then one that another story uses.
   * @param {(account: Account) => Promise<unknown>} story
   */
  async lend(story) {
    const free = this.accounts.filter((account) => !account.busy);
    if (free.length === 0 || this.random.chance(0.08)) return story(this.random.pick(this.accounts));
    const account = this.random.pick(free);
    account.busy = true;
    try {
      return await story(account);
    } finally {
      account.busy = false;
    }
  }
}
