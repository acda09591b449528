// The clients' knowledge of their accounts: passwords that may be current, sessions, and the mails that came. It steers what they do
// next; what was right is the checker's to say.

/**
 * @typedef {import("./history.mjs").Mail} Mail
 * @typedef {import("./seeded_random.mjs").SeededRandom} SeededRandom
 */

const MOST_PASSWORDS = 6;
const MOST_SESSIONS = 6;

export class Account {
  /** @type {string[]} newest first; the first is believed to be the current one */
  passwords = [];
  /** @type {string[]} newest first; live or not */
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

  /** @param {string} password one that was set, or may have been */
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
   * Lends an account that nobody else has in hand; now and then one that somebody has.
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
