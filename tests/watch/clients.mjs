// Clients of the edge, each call from an address of its own unless it says otherwise. A call that gets no answer has the status 0.
import { newPassword, newUsername } from "../system/account.mjs";

/**
 * @typedef {import("../system/http_exchange.mjs").Answer} Answer
 * @typedef {{email: string, username: string, password: string, id: string}} Person
 */

const ADDRESSES = 60_000;

export class Clients {
  /** @type {Map<string, number>} by path and status */
  answers = new Map();
  #number = 0;

  /** @param {import("../rig/rig.mjs").Rig} rig */
  constructor(rig) {
    this.rig = rig;
  }

  newAddress() {
    const number = ++this.#number % ADDRESSES;
    return `198.18.${number >> 8}.${number & 255}`;
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {unknown} [body]
   * @param {Record<string, string>} [headers]
   * @param {string} [address]
   * @returns {Promise<Answer>}
   */
  async call(method, path, body, headers = {}, address = this.newAddress()) {
    const nothing = { status: 0, headers: {}, text: "", json: undefined };
    const answer = await this.rig.ask(this.rig.edges[0].url, method, path, body, { "cf-connecting-ip": address, ...headers }).catch(() => nothing);
    const key = `${method} ${path} ${answer.status}`;
    this.answers.set(key, (this.answers.get(key) ?? 0) + 1);
    return answer;
  }

  /** @param {string} [start] of the user's name @returns {Promise<Person>} */
  async register(start = "") {
    const username = start + newUsername();
    const person = { username, email: `${username}@example.com`, password: newPassword() };
    const { status, json } = await this.call("POST", "/api/users", person);
    if (status !== 201) throw new Error(`registration was answered with ${status}`);
    return { ...person, id: json.id };
  }

  /** @param {string} email @param {string} [address] */
  forgot(email, address) {
    return this.call("POST", "/api/users/forgot-password", { email }, {}, address);
  }

  /** @param {string} email @param {string} password @param {string} [address] */
  logIn(email, password, address) {
    const form = new URLSearchParams({ username: email, password }).toString();
    return this.call("POST", "/api/users/token", form, { "content-type": "application/x-www-form-urlencoded" }, address);
  }

  /** @param {string} token of a session */
  me(token) {
    return this.call("GET", "/api/users/me", undefined, { authorization: `Bearer ${token}` });
  }

  /** @param {string} token @param {string} new_password */
  reset(token, new_password) {
    return this.call("POST", "/api/users/reset-password", { token, new_password });
  }

  /** @param {string} recovery_id @param {string} code */
  checkCode(recovery_id, code) {
    return this.call("POST", "/api/users/recovery/check", { recovery_id, code });
  }

  health() {
    return this.call("GET", "/healthz");
  }

  unknownEmail() {
    return `nobody-${newUsername()}@example.com`;
  }
}

/** Ten calls a second of an everyday mixture, whatever becomes of the earlier ones. @param {Clients} clients */
export async function beginEveryday(clients) {
  const person = await clients.register();
  const token = (await clients.logIn(person.email, person.password)).json?.access_token ?? "";
  const acts = [
    () => clients.forgot(person.email), () => clients.me(token), () => clients.forgot(clients.unknownEmail()),
    () => clients.logIn(person.email, person.password), () => clients.forgot(person.email), () => clients.health(),
    () => clients.forgot(clients.unknownEmail()), () => clients.me(token), () => clients.logIn(clients.unknownEmail(), "a wrong one"),
    () => clients.forgot(clients.unknownEmail()),
  ];
  /** @type {Set<Promise<unknown>>} */
  const underWay = new Set();
  let next = 0;
  const timer = setInterval(() => {
    const call = acts[next++ % acts.length]().finally(() => underWay.delete(call));
    underWay.add(call);
  }, 100);
  return async () => {
    clearInterval(timer);
    await Promise.all(underWay);
  };
}
