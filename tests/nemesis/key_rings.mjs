// Rotates keys during a run, as README, "Secrets", says: append the new key everywhere, then move it to the front everywhere. The third
// step, removing the old key an hour later, is left out.
import { randomKey } from "../rig/rig.mjs";

/** @typedef {"RESET_PASSWORD_TOKEN_SECRET" | "EDGE_ORIGIN_KEYS"} RingName */

/** The product accepts eight keys, so a longer list would be refused. */
const MOST_KEYS = 8;

export class KeyRings {
  /** @type {Promise<unknown>} */
  #busy = Promise.resolve();

  /** @param {import("../rig/rig.mjs").Rig} rig */
  constructor(rig) {
    this.rig = rig;
  }

  /**
   * Runs one rotation after the other: a key may move to the front only after every part has it.
   * @template T @param {() => Promise<T>} work @returns {Promise<T>}
   */
  exclusively(work) {
    const done = this.#busy.then(work);
    this.#busy = done.catch(() => {});
    return done;
  }

  /** @param {RingName} name */
  mayRotate(name) {
    return this.#keys(name).length < MOST_KEYS;
  }

  /** @param {RingName} name */
  append(name) {
    const keys = this.#keys(name);
    this.#set(name, [...keys, `${keys.length + 1}:${randomKey()}`]);
  }

  /** @param {RingName} name */
  moveLastToFront(name) {
    const keys = this.#keys(name);
    this.#set(name, [...keys.slice(-1), ...keys.slice(0, -1)]);
  }

  /** @returns {string[]} every secret value, without its id */
  secrets() {
    const { RESET_PASSWORD_TOKEN_SECRET, EDGE_ORIGIN_KEYS, SEED_SECRET } = this.rig.settings;
    const keys = [RESET_PASSWORD_TOKEN_SECRET, EDGE_ORIGIN_KEYS].flatMap((list) => list.split(","));
    return [...keys.map((key) => key.slice(key.indexOf(":") + 1)), SEED_SECRET];
  }

  /** @param {RingName} name */
  #keys(name) {
    return this.rig.settings[name].split(",");
  }

  /** Takes effect at the next start of each part. @param {RingName} name @param {string[]} keys */
  #set(name, keys) {
    this.rig.settings[name] = keys.join(",");
    this.rig.edgeSettings[name] = keys.join(",");
  }
}
