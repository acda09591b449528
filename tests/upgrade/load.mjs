// A steady load of calls through an edge: so many a second, whatever the answers take, of every use case that an upgrade may disturb. A
// call fails if its answer is not that of its kind.
import { setTimeout as sleep } from "node:timers/promises";

import { plantedLinks } from "../system/planted_links.mjs";
import { mintToken, tokenHash } from "../system/token.mjs";
import { accountAddress, addAccounts } from "../bench/mail_queue.mjs";

/**
 * @typedef {import("../rig/rig.mjs").Rig} Rig
 * @typedef {{kind: string, status: number, phase: string, type: string, took: number}} Failure
 * @typedef {{kind: string, method: string, path: string, body?: unknown, headers?: Record<string, string>, expect: number}} Message
 */

const PASSWORD = "a long enough password";
const SESSIONS = 20;
const LOG_INS = 1000; // the accounts that log in
const LINKS = 4000; // enough for the resets of ten minutes
/** The first accounts keep their sessions, the next log in, those after them have a link; every later one asks for one. */
const FIRST = { logIn: SESSIONS + 1, link: SESSIONS + LOG_INS + 1, forgot: SESSIONS + LOG_INS + LINKS + 1 };

/** The fewest accounts that a load needs. */
export const LEAST_USERS = FIRST.forgot + 1000;

/** Of twenty calls: ten forgot requests, half of them without an account; five of `me`; two log-ins; a new account, a reset, a /healthz. */
const MIX = ["forgot", "me", "forgot", "log in", "forgot", "me", "forgot", "register", "forgot", "me",
  "forgot", "reset", "forgot", "me", "forgot", "log in", "forgot", "me", "forgot", "health"];

export class Load {
  phase = "before";
  calls = 0;
  accepted = 0;
  /** @type {Failure[]} */
  failures = [];
  /** The slowest answer of each phase, in milliseconds. @type {Map<string, number>} */
  slowest = new Map();
  #stopping = false;
  #round = 0;
  /** @type {Set<Promise<void>>} */
  #open = new Set();
  /** @type {Promise<void>} */
  #loop = Promise.resolve();

  /** Makes the accounts, sessions and links. @param {Rig} rig @param {{users: number, perSecond: number}} extent @returns {Promise<Load>} */
  static async prepare(rig, { users, perSecond }) {
    const { database } = rig;
    const load = new Load(rig, users, perSecond);
    await load.#ask({ kind: "register", method: "POST", path: "/api/users", expect: 201,
      body: { username: "pattern", email: "pattern@example.com", password: PASSWORD } });
    await addAccounts(database, 1, users, await database.run("SELECT password_hash FROM users"));
    await database.run("ALTER TABLE users RESET (autovacuum_enabled)"); // its work beside the migration counts
    await load.#openSessions();
    await load.#plantLinks();
    return load;
  }

  /** @param {Rig} rig @param {number} users @param {number} perSecond */
  constructor(rig, users, perSecond) {
    this.rig = rig;
    this.users = users;
    this.perSecond = perSecond;
    /** @type {string[]} */
    this.sessions = [];
    /** @type {string[]} */
    this.links = [];
  }

  start() {
    this.#loop = this.#run();
  }

  /** Returns when every call has its answer. */
  async stop() {
    this.#stopping = true;
    await this.#loop;
    await Promise.all(this.#open);
  }

  async #run() {
    const begun = performance.now();
    for (let sent = 0; !this.#stopping; ++sent) {
      const due = begun + (sent * 1000) / this.perSecond;
      if (due > performance.now()) await sleep(due - performance.now());
      const call = this.#count(this.#nextMessage()).finally(() => this.#open.delete(call));
      this.#open.add(call);
    }
  }

  /** @param {Message} message */
  async #count(message) {
    const { phase } = this;
    const begun = performance.now();
    const { status, type } = await this.#send(message);
    const took = performance.now() - begun;
    this.calls += 1;
    this.slowest.set(phase, Math.max(this.slowest.get(phase) ?? 0, took));
    if (status === 202) this.accepted += 1;
    if (status !== message.expect) this.failures.push({ kind: message.kind, status, phase, type, took: Math.round(took) });
  }

  /** @param {Message} message @returns {Promise<{status: number, type: string, json?: any}>} status 0 for no answer */
  async #send({ method, path, body, headers = {} }) {
    const number = ++this.#round;
    const client = { "cf-connecting-ip": `198.${18 + ((number >> 16) & 1)}.${(number >> 8) & 255}.${number & 255}` };
    try {
      const { status, json } = await this.rig.ask(this.rig.edges[0].url, method, path, body, { ...client, ...headers });
      return { status, type: String(json?.type ?? "").replace(/^.*:/, ""), json };
    } catch (error) {
      return { status: 0, type: String(error) };
    }
  }

  /** @param {Message} message @returns {Promise<any>} the answer's body @throws if it is another one than expected */
  async #ask(message) {
    const { status, type, json } = await this.#send(message);
    if (status !== message.expect) throw new Error(`${message.kind} was answered with ${status} ${type}`);
    return json;
  }

  /** @returns {Message} */
  #nextMessage() {
    const number = this.#round;
    const kind = MIX[number % MIX.length];
    switch (kind) {
      case "me":
        return { kind, method: "GET", path: "/api/users/me", expect: 200, headers: { authorization: `Bearer ${this.sessions[number % SESSIONS]}` } };
      case "log in":
        return this.#logIn(FIRST.logIn + (number % LOG_INS));
      case "register":
        return { kind, method: "POST", path: "/api/users", expect: 201,
          body: { username: `n${lettersOf(number)}`, email: `new-${number}@example.org`, password: PASSWORD } };
      case "reset":
        return { kind, method: "POST", path: "/api/users/reset-password", expect: 200, body: { token: this.links.pop(), new_password: PASSWORD } };
      case "health":
        return { kind, method: "GET", path: "/healthz", expect: 200 };
      default:
        return this.#forgot(number);
    }
  }

  /** @param {number} number */
  #forgot(number) {
    const known = accountAddress(FIRST.forgot + (number % (this.users - FIRST.forgot)));
    const email = number % 4 === 0 ? `nobody-${number}@example.org` : known;
    return { kind: "forgot", method: "POST", path: "/api/users/forgot-password", expect: 202, body: { email } };
  }

  /** @param {number} account @returns {Message} */
  #logIn(account) {
    const form = new URLSearchParams({ username: accountAddress(account), password: PASSWORD }).toString();
    return { kind: "log in", method: "POST", path: "/api/users/token", expect: 200, body: form, headers: { "content-type": "application/x-www-form-urlencoded" } };
  }

  async #openSessions() {
    for (let account = 1; account <= SESSIONS; ++account) this.sessions.push((await this.#ask(this.#logIn(account))).access_token);
  }

  async #plantLinks() {
    const { database, settings } = this.rig;
    this.links = Array.from({ length: LINKS }, () => mintToken(settings.RESET_PASSWORD_TOKEN_SECRET));
    const rows = this.links.map((token, index) => `('\\x${tokenHash(token)}'::bytea, '${accountAddress(FIRST.link + index)}')`);
    for (let at = 0; at < rows.length; at += 500) {
      await database.run(plantedLinks(`
        SELECT hash, id AS owner FROM (VALUES ${rows.slice(at, at + 500).join(",")}) AS planted (hash, address)
        JOIN users ON lower(email COLLATE "C") = address`, { agent: "planted" }));
    }
  }
}

/** A user name may hold no long number. @param {number} number */
function lettersOf(number) {
  return [...String(number)].map((digit) => "abcdefghij"[Number(digit)]).join("") + "x";
}
