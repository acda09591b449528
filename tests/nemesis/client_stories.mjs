// What clients do, friendly and hostile: each story is a few calls about one account. A story goes on as long as its calls succeed; the
// lanes of client_lanes.mjs play one after the other.
import { Account } from "./account_book.mjs";
import { RepeatingClient } from "./repeating_client.mjs";

/**
 * @typedef {import("./edge_client.mjs").EdgeClient} EdgeClient
 * @typedef {import("./history.mjs").Mail} Mail
 * @typedef {import("./seeded_random.mjs").SeededRandom} SeededRandom
 *
 * @typedef {Pick<EdgeClient, "call">} Opener answers the operation `register`: an edge, or the product whose accounts these are
 *
 * @typedef {object} LateUse of a link, after its expiry
 * @property {number} at by the run's clock
 * @property {string} email
 * @property {string} token
 */

const MAIL_PATIENCE = 6000;
/** Milliseconds. Half of the clients wait for the second attempt, which comes 15 s after the first. */
const LONG_PATIENCE = 22_000;
const LOOK_EVERY = 50;
/** Milliseconds: a link's lifetime and a little more than the largest step of a clock in a short run. */
const TOO_LATE_AFTER = 67_000;

export class Stories {
  /** @type {LateUse[]} */
  lateUses = [];
  /** The end of all waiting for mails, by the run's clock. */
  mailsUntil = Infinity;
  /** Of the last request, if it was answered in our own dialect. */
  #recovery = "";

  /**
   * @param {EdgeClient} client
   * @param {Opener} opener
   * @param {import("./account_book.mjs").AccountBook} book
   * @param {SeededRandom} random
   */
  constructor(client, opener, book, random) {
    this.client = client;
    this.opener = opener;
    this.book = book;
    this.random = random;
    this.recorder = client.recorder;
    this.repeating = new RepeatingClient(client, random);
    // Another product registers its users by itself.
    this.registering = opener === client ? this.repeating : opener;
  }

  /** Registers a new account; now and then twice at the same moment. @param {string} username */
  async register(username) {
    const account = new Account(username);
    const password = this.#newPassword();
    const wish = { username, email: account.email, password };
    const calls = this.random.chance(0.1)
      ? await Promise.all([this.opener.call("register", wish, 0), this.opener.call("register", wish, 1)])
      : [await this.registering.call("register", wish)];
    if (!calls.some(({ status }) => status === 201)) return;
    account.learnPassword(password);
    this.book.accounts.push(account);
  }

  /** @param {Account} account */
  async logIn(account) {
    const call = await this.client.call("log_in", { email: account.email, password: account.password });
    account.learnSession(call.session);
    if (call.status === 401) await this.#findPassword(account);
    return call.session;
  }

  /** Forgot, the mail, a new password, and then everything that must or must not work. @param {Account} account */
  async reset(account) {
    const mail = await this.#requestLink(account);
    if (!mail) return;
    if (!(await this.#useLink(account, mail.token))) return;
    await this.#lookAround(account);
    if (this.random.chance(0.3)) await this.#useLink(account, mail.token);
  }

  /** The code of the mail, after a few wrong ones; then perhaps its link, which must be as dead or alive as the code. @param {Account} account */
  async resetByCode(account) {
    const mail = await this.#requestLink(account);
    const recovery = this.#recovery;
    if (!mail?.code || !recovery) return;
    const { code } = mail;
    const wrong = (code.startsWith("1") ? "2" : "1") + code.slice(1);
    for (let tries = this.random.whole(0, 3); tries > 0; --tries) await this.client.call("wrong_code", { email: account.email, recovery, code: wrong });
    const newPassword = this.#newPassword();
    const { status } = await this.repeating.call("reset", { email: account.email, token: mail.token, recovery, code, newPassword });
    if (status === 200 || isUnknown(status)) account.learnPassword(newPassword);
    await this.#lookAround(account);
    if (this.random.chance(0.5)) await this.#useLink(account, mail.token);
  }

  /** One link, two uses at the same moment, through both edges; now and then with one key and two bodies. @param {Account} account */
  async resetTwiceAtOnce(account) {
    const mail = await this.#requestLink(account);
    if (!mail) return;
    const key = this.random.chance(0.3) ? this.random.word() : "";
    const uses = await Promise.all([0, 1].map((edge) => (key ? this.#useUnder(key, account, mail.token, edge) : this.#use(account, mail.token, edge))));
    uses.filter(({ status }) => status === 200 || isUnknown(status)).forEach(({ newPassword }) => account.learnPassword(newPassword));
    for (const { newPassword } of uses) await this.client.call("log_in", { email: account.email, password: newPassword });
    await this.#lookAround(account);
  }

  /** Two links: the first must be dead once the relay has taken the second. @param {Account} account */
  async resetByOlderLink(account) {
    const first = await this.#requestLink(account);
    if (!first) return;
    const second = await this.#requestLink(account);
    if (!second) return;
    await this.#useLink(account, first.token);
    await this.#useLink(account, second.token);
    await this.#lookAround(account);
  }

  /** Keeps a link until it has expired. @param {Account} account */
  async keepLink(account) {
    const mail = await this.#requestLink(account);
    if (mail) this.lateUses.push({ at: this.recorder.now() + TOO_LATE_AFTER, email: account.email, token: mail.token });
  }

  /** Cancels a link, and then uses it nevertheless. @param {Account} account */
  async cancel(account) {
    const mail = await this.#requestLink(account);
    if (!mail) return;
    await this.client.call("cancel", { email: this.random.chance(0.2) ? "somebody@example.com" : account.email, token: mail.token });
    await this.#useLink(account, mail.token);
  }

  /** Cancels and uses a link at the same moment. @param {Account} account */
  async cancelAtOnce(account) {
    const mail = await this.#requestLink(account);
    if (!mail) return;
    const [, use] = await Promise.all([
      this.client.call("cancel", { email: account.email, token: mail.token }, 0),
      this.#use(account, mail.token, 1),
    ]);
    if (use.status !== 400) account.learnPassword(use.newPassword);
    await this.logIn(account);
  }

  /** @param {Account} account */
  async changePassword(account) {
    const session = await this.logIn(account);
    const other = await this.logIn(account);
    if (!session || !other) return;
    const wrong = this.random.chance(0.2);
    const password = wrong ? "not the current one" : account.password;
    // The same password again can be set twice: only its key keeps a repeated call from that.
    const newPassword = this.random.chance(0.2) ? account.password : this.#newPassword();
    const call = await this.repeating.call("change_password", { email: account.email, password, newPassword, token: session });
    if (!wrong && (call.status === 200 || isUnknown(call.status))) account.learnPassword(newPassword);
    await this.client.call("me", { email: account.email, token: session });
    await this.client.call("me", { email: account.email, token: other });
    await this.#lookAround(account);
  }

  /** A reset and a change of the password at the same moment. @param {Account} account */
  async changeWhileResetting(account) {
    const session = await this.logIn(account);
    const mail = session && (await this.#requestLink(account));
    if (!session || !mail) return;
    const newPassword = this.#newPassword();
    const [change, use] = await Promise.all([
      this.repeating.call("change_password", { email: account.email, password: account.password, newPassword, token: session }, 0),
      this.#use(account, mail.token, 1),
    ]);
    if (use.status !== 400) account.learnPassword(use.newPassword);
    if (change.status === 200 || isUnknown(change.status)) account.learnPassword(newPassword);
    await this.#findPassword(account);
    await this.client.call("me", { email: account.email, token: session });
  }

  /** @param {Account} account */
  async logOut(account) {
    const session = await this.logIn(account);
    if (!session) return;
    await this.client.call("me", { email: account.email, token: session });
    await this.client.call("log_out", { email: account.email, token: session });
    await this.client.call("me", { email: account.email, token: session });
  }

  /** Many requests for one account at once. @param {Account} account */
  async flood(account) {
    await Promise.all(Array.from({ length: this.random.whole(3, 6) }, () => this.client.call("forgot", { email: account.email })));
    const mail = await this.#requestLink(account);
    if (mail) await this.#useLink(account, mail.token);
  }

  async askForUnknown() {
    const email = `nobody-${this.random.word().slice(0, 6)}@example.com`;
    await this.client.call("forgot", { email });
    await this.client.call("log_in", { email, password: this.#newPassword() });
  }

  /** @param {LateUse} use */
  async useLate({ email, token }) {
    await this.client.call("reset", { email, token, newPassword: this.#newPassword() });
  }

  /** Log-in and sessions once more, after all faults. @param {Account} account */
  async lookAtTheEnd(account) {
    await this.#findPassword(account);
    for (const token of account.sessions.slice(0, 3)) await this.client.call("me", { email: account.email, token });
  }

  /** @param {Account} account @returns {Promise<Mail | undefined>} the first mail that came after the call */
  async #requestLink(account) {
    const since = this.recorder.mails.length;
    const calls = [this.client.call("forgot", { email: account.email })];
    if (this.random.chance(0.1)) calls.push(this.client.call("forgot", { email: account.email }));
    const answers = await Promise.all(calls);
    if (!answers.some(({ status }) => status === 202)) return undefined;
    this.#recovery = answers.map(({ recovery }) => recovery ?? "").find(Boolean) ?? "";
    return this.#mailSince(since, account.email);
  }

  /**
   * A refused mail is in no inbox; one without a reply may be in it or not.
   * @param {number} since the number of earlier mails
   * @param {string} email
   */
  async #mailSince(since, email) {
    const replies = this.random.chance(0.5) ? ["taken"] : ["taken", "unsaid"];
    const patience = this.random.chance(0.5) ? LONG_PATIENCE : MAIL_PATIENCE;
    for (const end = Math.min(this.recorder.now() + patience, this.mailsUntil); this.recorder.now() < end; ) {
      const arrived = this.recorder.mails.slice(since).filter(({ to, token, reply }) => to === email && token && replies.includes(reply));
      if (arrived.length > 0) return arrived[0];
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
    }
    return undefined;
  }

  /** @param {Account} account @param {string} token @returns {Promise<boolean>} whether it set a password */
  async #useLink(account, token) {
    const { status, newPassword } = await this.#use(account, token);
    if (status === 200 || isUnknown(status)) account.learnPassword(newPassword);
    return status === 200;
  }

  /** @param {Account} account @param {string} token @param {number} [edge] */
  #use(account, token, edge) {
    return this.repeating.call("reset", { email: account.email, token, newPassword: this.#newPassword() }, edge);
  }

  /** @param {string} key @param {Account} account @param {string} token @param {number} edge */
  #useUnder(key, account, token, edge) {
    return this.client.call("reset", { email: account.email, token, newPassword: this.#newPassword(), key }, edge);
  }

  /** Tries the current password, an old one, and an earlier session. @param {Account} account */
  async #lookAround(account) {
    const before = account.sessions[0];
    const old = account.passwords[1];
    await this.logIn(account);
    if (old && this.random.chance(0.5)) await this.client.call("log_in", { email: account.email, password: old });
    if (before) await this.client.call("me", { email: account.email, token: before });
  }

  /** After a lost answer the password is uncertain: tries the candidates. @param {Account} account */
  async #findPassword(account) {
    for (const password of [...account.passwords]) {
      const { status, session } = await this.client.call("log_in", { email: account.email, password });
      if (status === 200) {
        account.learnPassword(password);
        account.learnSession(session);
        return;
      }
    }
  }

  #newPassword() {
    return `a long enough ${this.random.word()}`;
  }
}

/** @param {number} status of a call that may have been carried out, or not */
function isUnknown(status) {
  return status === 0 || status >= 500;
}
