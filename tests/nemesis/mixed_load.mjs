// Calls of every kind at a steady rate, through one edge. A story is a person's few calls, one after the other; it checks that each
// answer is the one that serves the caller, and that the calls had their effect. What differs is a failure.
import { setTimeout as wait } from "node:timers/promises";

import { literal } from "../system/database.mjs";
import { plantedLinks } from "../system/planted_links.mjs";
import { mintToken, tokenHash } from "../system/token.mjs";

/**
 * @typedef {import("../rig/rig.mjs").Rig} Rig
 * @typedef {import("../system/http_exchange.mjs").Answer} Answer
 * @typedef {{kind: string, got: string}} Failure
 * @typedef {(load: MixedLoad, name: string) => Promise<unknown>} Story
 */

const PASSWORD = "correct horse battery";
const NEW_PASSWORD = "staple correct horse";
const PEOPLE = 6000; // each has one story, so a load of 100 calls a second may run for two minutes
const LINKS_AT_ONCE = 800; // what fits into a command line

const email = (/** @type {string} */ name) => `${name}@example.com`;

/** The calls of each, in order. @type {Record<string, Story>} */
const STORIES = {
  forgot: (load, name) => load.ask("forgot", 202, "POST", "/api/users/forgot-password", { email: email(name) }),
  "forgot of a stranger": (load, name) => load.ask("forgot", 202, "POST", "/api/users/forgot-password", { email: `no-${name}@example.com` }),
  "log-in": async (load, name) => {
    const session = await load.logIn(name, PASSWORD);
    await load.ask("me", 200, "GET", "/api/users/me", undefined, session);
    await load.ask("me", 200, "GET", "/api/users/me", undefined, session);
  },
  "log-out": async (load, name) => {
    const session = await load.logIn(name, PASSWORD);
    await load.ask("log-out", 204, "POST", "/api/users/logout", undefined, session);
    await load.ask("me after a log-out", 401, "GET", "/api/users/me", undefined, session);
  },
  "wrong password": (load, name) => load.ask("refused log-in", 401, "POST", "/api/users/login", { email: email(name), password: "wrong" }),
  registration: async (load, name) => {
    const fresh = { username: `new${letters(name)}`, email: `new-${name}@example.com`, password: PASSWORD };
    await load.ask("register", 201, "POST", "/api/users", fresh);
    await load.ask("log-in", 204, "POST", "/api/users/login", { email: fresh.email, password: PASSWORD });
  },
  reset: async (load, name) => {
    await load.ask("reset", 200, "POST", "/api/users/reset-password", { token: load.takeLink(name), new_password: NEW_PASSWORD });
    await load.logIn(name, NEW_PASSWORD);
  },
  cancellation: async (load, name) => {
    const token = load.takeLink(name);
    await load.ask("cancel", 204, "POST", "/api/users/reset-password/cancel", { token, email: email(name) });
    await load.ask("reset of a cancelled link", 400, "POST", "/api/users/reset-password", { token, new_password: NEW_PASSWORD });
  },
  "change of the password": async (load, name) => {
    const session = await load.logIn(name, PASSWORD);
    const change = { current_password: PASSWORD, new_password: NEW_PASSWORD };
    await load.ask("change", 200, "PATCH", "/api/users/me/password", change, session);
    await load.ask("me", 200, "GET", "/api/users/me", undefined, session);
    await load.logIn(name, NEW_PASSWORD);
  },
  health: (load) => load.ask("health", 200, "GET", "/healthz"),
};
const CALLS_PER_STORY = 20 / Object.keys(STORIES).length;

/** @param {string} name of a person @returns {string} the digits as letters: user names hold few digits */
const letters = (name) => name.replace(/\d/g, (digit) => String.fromCharCode(97 + Number(digit)));

export class MixedLoad {
  /** @type {Failure[]} */
  failures = [];
  /** Calls that were served, by kind. @type {Map<string, number>} */
  served = new Map();
  /** The slowest answer, in milliseconds. */
  slowest = 0;
  #next = 0;
  /** @type {Map<string, string>} */
  #links = new Map();
  #isOn = false;
  /** @type {Promise<void>} */
  #ended = Promise.resolve();
  /** @type {Set<Promise<void>>} */
  #underWay = new Set();

  /** @param {Rig} rig */
  constructor(rig) {
    this.rig = rig;
  }

  /** Makes the people, all with the same password, and a link for each. */
  async prepare() {
    const first = { username: "firstperson", email: email("first"), password: PASSWORD };
    await this.ask("register", 201, "POST", "/api/users", first);
    await this.rig.database.run(`
      INSERT INTO users (username, email, password_hash)
      SELECT 'p' || translate(n::text, '0123456789', 'abcdefghij') || 'x', 'person' || n || '@example.com', password_hash
      FROM users, generate_series(1, ${PEOPLE}) AS n WHERE email = ${literal(first.email)}`);
    for (let from = 1; from <= PEOPLE; from += LINKS_AT_ONCE) await this.#plantLinks(from, Math.min(PEOPLE, from + LINKS_AT_ONCE - 1));
  }

  /** @param {number} from @param {number} to number of a person */
  async #plantLinks(from, to) {
    const rows = [];
    for (let person = from; person <= to; ++person) {
      const token = mintToken(this.rig.settings.RESET_PASSWORD_TOKEN_SECRET);
      this.#links.set(`person${person}`, token);
      rows.push(`('person${person}@example.com', '\\x${tokenHash(token)}'::bytea)`);
    }
    await this.rig.database.run(plantedLinks(`SELECT hash, users.id AS owner FROM (VALUES ${rows.join()}) AS link (email, hash) JOIN users USING (email)`));
  }

  /** @param {number} rate calls a second */
  start(rate) {
    this.#isOn = true;
    this.#ended = this.#run(rate / CALLS_PER_STORY);
  }

  /** Begins no more stories, and waits for the others. */
  async stop() {
    this.#isOn = false;
    await this.#ended;
    await Promise.all(this.#underWay);
  }

  /** @param {string} name @param {string} password @returns {Promise<Record<string, string>>} the header of the session */
  async logIn(name, password) {
    const form = new URLSearchParams({ username: email(name), password }).toString();
    const answer = await this.ask("log-in", 200, "POST", "/api/users/token", form, { "content-type": "application/x-www-form-urlencoded" });
    return { authorization: `Bearer ${answer.json.access_token}` };
  }

  /** @param {string} name */
  takeLink(name) {
    const token = this.#links.get(name);
    if (!token) throw new Error(`${name} has no link left: the load ran for too long`);
    this.#links.delete(name);
    return token;
  }

  /**
   * @param {string} kind @param {number} expected status
   * @param {string} method @param {string} path @param {unknown} [body] @param {Record<string, string>} [headers]
   * @returns {Promise<Answer>}
   */
  async ask(kind, expected, method, path, body, headers = {}) {
    const began = performance.now();
    const answer = await this.rig.ask(this.rig.edges[0].url, method, path, body, { "cf-connecting-ip": "192.0.2.7", ...headers });
    this.slowest = Math.max(this.slowest, performance.now() - began);
    if (answer.status !== expected) throw new Unserved(kind, `${answer.status} ${answer.text}`);
    this.served.set(kind, (this.served.get(kind) ?? 0) + 1);
    return answer;
  }

  /** Whatever the machine's load, by the clock: late stories are made up for. @param {number} rate stories a second */
  async #run(rate) {
    const began = performance.now();
    const stories = Object.values(STORIES);
    for (let begun = 0; this.#isOn; await wait(5)) {
      for (const due = ((performance.now() - began) / 1000) * rate; begun < due; ++begun) this.#begin(stories[begun % stories.length]);
    }
  }

  /** @param {Story} story */
  #begin(story) {
    const told = this.#tell(story, `person${1 + (this.#next++ % PEOPLE)}`).finally(() => this.#underWay.delete(told));
    this.#underWay.add(told);
  }

  /** @param {Story} story @param {string} name */
  async #tell(story, name) {
    try {
      await story(this, name);
    } catch (error) {
      this.failures.push(error instanceof Unserved ? { kind: error.kind, got: error.message } : { kind: "no answer", got: String(error) });
    }
  }
}

class Unserved extends Error {
  /** @param {string} kind @param {string} got */
  constructor(kind, got) {
    super(got);
    this.kind = kind;
  }
}
