// Carries requests through one instance of rekey.wasm, made on demand and discarded when it traps: the next call gets a new one.
import { fillDocument } from "./document.js";
import { Message, TAG } from "./message.js";
import { ModuleInstance } from "./module_instance.js";
import { languageHeaders } from "./texts.js";

/** @typedef {import("./message.js").Fields} Fields */

/**
 * The configuration of an instance.
 * @typedef {{settings: Record<string, unknown>, languages: string[], assets: Record<string, {type: string}>}} Setup
 */

/**
 * What the module counts, in the order of its numbers. `origins` holds host and port of each; `tallies` are those that may occur,
 * `failedTally` is that of an answer in the module's place.
 * @typedef {{
 *   version: string, origins: string[], alarms: string[], endpoints: string[], outcomes: {word: string, statusClass: number}[], tallies: number[],
 *   failedTally: number,
 * }} MetricWords
 */

/** @param {Fields} answer @param {string[]} originNames @returns {MetricWords} */
function metricWordsOf(answer, originNames) {
  const outcomes = answer.text(TAG.outcomes).split(" ").map((outcome) => outcome.split(":"));
  const possible = (/** @type {number} */ set, /** @type {number} */ endpoint) =>
    outcomes.flatMap((_, i) => ((set >>> i) & 1 ? [endpoint * outcomes.length + i] : []));
  return {
    version: answer.text(TAG.version),
    origins: originNames,
    alarms: answer.texts(TAG.event),
    endpoints: answer.text(TAG.endpoints).split(" "),
    outcomes: outcomes.map(([word, digit]) => ({ word, statusClass: Number(digit) })),
    tallies: answer.numbers(TAG.outcomeSet).flatMap(possible),
    failedTally: answer.number(TAG.tally),
  };
}

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
 * Only the platform, which calls the origins, knows which URLs it can parse and which are the same.
 * @param {string[]} urls @returns {string[]} host and port of each @throws {InvalidSetting}
 */
function originNames(urls) {
  const parsed = urls.map((url) => URL.parse(url));
  if (new Set(parsed.map((url) => url?.origin)).size < urls.length || parsed.includes(null)) throw new InvalidSetting("ORIGIN_URLS");
  return parsed.map((url) => String(url?.host));
}

/**
 * Whether each entry is as browsers send it in Origin: only the platform knows how it writes a host or a port.
 * @param {string} list of ALLOWED_ORIGINS, which the module has found good @throws {InvalidSetting}
 */
function requireOrigins(list) {
  const entries = list.split(",").map((entry) => entry.trim());
  if (list && entries.some((entry) => URL.parse(entry)?.origin !== entry)) throw new InvalidSetting("ALLOWED_ORIGINS");
}

/** Calls the instance, and keeps what it said when it was configured. */
export class Rules {
  #module;
  #setup;
  /** @type {ModuleInstance | null} */
  #instance = null;
  /** @type {Set<string>} */
  #wantedHeaders = new Set();
  /** By their number. @type {Headers[]} */
  #headerSets = [];
  /** The texts for the placeholders of documents, by their names. @type {Map<string, string>} */
  #fills = new Map();
  /** Documents with these texts, by their keys. @type {Map<string, Uint8Array<ArrayBuffer>>} */
  #documents = new Map();
  /** Host and port of each origin, by its number. @type {string[]} */
  #originNames = [];
  /** @type {MetricWords | undefined} */
  #metricWords;

  /** @param {WebAssembly.Module} module @param {Setup} setup */
  constructor(module, setup) {
    this.#module = module;
    this.#setup = setup;
  }

  /** Lower-case names of the headers that belong in a transcript. @throws {InvalidSetting} */
  get wantedHeaders() {
    this.#configured();
    return this.#wantedHeaders;
  }

  /**
   * The document with the settings' texts, which do not change: it is filled once.
   * @param {string} key @param {string} document @returns {Uint8Array<ArrayBuffer>}
   */
  filled(key, document) {
    const known = this.#documents.get(key);
    if (known) return known;
    const bytes = new TextEncoder().encode(fillDocument(document, this.#fills));
    this.#documents.set(key, bytes);
    return bytes;
  }

  /** The same with further texts, of one answer alone. @param {string} document @param {ReadonlyMap<string, string>} more @returns {Uint8Array<ArrayBuffer>} */
  filledOnce(document, more) {
    return new TextEncoder().encode(fillDocument(document, new Map([...this.#fills, ...more])));
  }

  /** @returns {MetricWords} @throws {InvalidSetting} */
  get metricWords() {
    this.#configured();
    return /** @type {MetricWords} */ (this.#metricWords);
  }

  /** @param {Fields} action a call of an origin @returns {string} its host and port */
  originOf(action) {
    return this.#originNames[action.number(TAG.replyOrigin)];
  }

  /** @param {Fields} action an answer or a document @returns {import("./answer.js").AnswerHeaders} */
  headersOf(action) {
    const own = [["x-request-id", action.text(TAG.requestId)], ...languageHeaders(action.text(TAG.language)), ...action.headers()];
    return { shared: this.#headerSets[action.number(TAG.headerSet)], own: /** @type {[string, string][]} */ (own) };
  }

  /** @param {Message} transcript @returns {Fields} the next action @throws {InvalidSetting} */
  step(transcript) {
    const instance = this.#configured();
    try {
      return instance.call("rekey_step", transcript);
    } catch (error) {
      this.#instance = null;
      throw error;
    }
  }

  #configured() {
    if (this.#instance) return this.#instance;
    const instance = new ModuleInstance(this.#module);
    const answer = instance.call("rekey_configure", settingsMessage(this.#setup));
    const invalid = answer.text(TAG.invalidSetting);
    if (invalid) throw new InvalidSetting(invalid);
    requireOrigins(settingText(this.#setup.settings.ALLOWED_ORIGINS) ?? "");
    this.#originNames = originNames(answer.texts(TAG.origin));
    this.#metricWords = metricWordsOf(answer, this.#originNames);
    this.#wantedHeaders = new Set(answer.texts(TAG.wantedHeader));
    this.#headerSets = answer.headerSets();
    this.#fills = new Map(answer.pairs(TAG.fillName, TAG.fillText));
    return (this.#instance = instance);
  }
}
