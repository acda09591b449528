// One instance of rekey.wasm, made on demand and discarded when it traps: the next call gets a new one.
import { Fields, Message, TAG } from "./message.js";

/**
 * The configuration of an instance.
 * @typedef {{settings: Record<string, unknown>, languages: string[], assets: Record<string, {type: string}>}} Setup
 */

/** An invalid setting. The message holds its name, never its value. */
export class InvalidSetting extends Error {
  /** @param {string} setting */
  constructor(setting) {
    super(`${setting} can't be used`);
    this.setting = setting;
  }
}

/**
 * A variable of wrangler.toml without quotes arrives as a number, a boolean or a list; if skipped, it would get its default.
 * @param {unknown} value @returns {string | null} null for a binding, which is not a setting
 */
function settingText(value) {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" || Array.isArray(value) ? JSON.stringify(value) : null;
}

/** @param {Setup} setup */
function settingsMessage(setup) {
  const message = new Message();
  for (const [name, value] of Object.entries(setup.settings)) {
    const text = settingText(value);
    if (text !== null) message.text(TAG.settingName, name).text(TAG.settingValue, text);
  }
  for (const language of setup.languages) message.text(TAG.language, language);
  for (const [path, { type }] of Object.entries(setup.assets)) message.text(TAG.assetPath, path).text(TAG.assetType, type);
  return message;
}

/**
 * @typedef {{
 *   memory: {buffer: ArrayBuffer}, _initialize(): void, rekey_buffer(): number,
 *   rekey_configure(size: number): number, rekey_step(size: number): number, rekey_limit(size: number): number,
 * }} Exports
 */

export class Rules {
  #module;
  #setup;
  /** @type {Exports | null} */
  #exports = null;
  /** @type {string[]} */
  #wantedHeaders = [];

  /**
   * @param {WebAssembly.Module} module
   * @param {Setup | null} setup null for a host that only asks limit()
   */
  constructor(module, setup) {
    this.#module = module;
    this.#setup = setup;
  }

  /** Lower-case names of the headers that belong in a transcript. @throws {InvalidSetting} */
  get wantedHeaders() {
    this.#instance();
    return this.#wantedHeaders;
  }

  /** @param {Message} transcript @returns {Fields} the next action @throws {InvalidSetting} */
  step(transcript) {
    return this.#call("rekey_step", transcript);
  }

  /**
   * @param {Uint8Array} state @param {Uint8Array} question @param {number} now
   * @returns {Fields}
   */
  limit(state, question, now) {
    const message = new Message().bytes(TAG.limiterState, state).bytes(TAG.question, question).number(TAG.now, now);
    return this.#call("rekey_limit", message);
  }

  /** @param {"rekey_configure" | "rekey_step" | "rekey_limit"} name @param {Message} message */
  #call(name, message) {
    const exports = this.#instance();
    try {
      const buffer = new Uint8Array(exports.memory.buffer, exports.rekey_buffer());
      const size = exports[name](message.writeTo(buffer));
      const fields = new Fields(buffer.subarray(0, size));
      buffer.fill(0, 0, size);
      return fields;
    } catch (error) {
      this.#exports = null;
      throw error;
    }
  }

  #instance() {
    if (this.#exports) return this.#exports;
    this.#exports = /** @type {Exports} */ (/** @type {unknown} */ (new WebAssembly.Instance(this.#module, {}).exports));
    this.#exports._initialize();
    if (this.#setup) this.#configure(this.#setup);
    return this.#exports;
  }

  /** @param {Setup} setup */
  #configure(setup) {
    const answer = this.#call("rekey_configure", settingsMessage(setup));
    const invalid = answer.text(TAG.invalidSetting);
    if (invalid) {
      this.#exports = null;
      throw new InvalidSetting(invalid);
    }
    this.#wantedHeaders = answer.texts(TAG.wantedHeader);
  }
}
