// The messages of edge/exports.h in JavaScript: runs of `tag, length, bytes`. Handles their form, not their meaning.

/** The tags of edge/exports.h; a test compares. */
export const TAG = Object.freeze({
  settingName: 1,
  settingValue: 2,
  language: 3,
  assetPath: 4,
  assetType: 5,
  invalidSetting: 6,
  wantedHeader: 7,
  headerSet: 8,
  endpoints: 9,
  outcomes: 10,
  outcomeSet: 11,
  tally: 12,
  origin: 13,
  version: 14,
  method: 16,
  url: 17,
  country: 18,
  now: 19,
  random: 20,
  headerName: 21,
  headerValue: 22,
  headerCount: 23,
  headerSize: 24,
  continent: 25,
  body: 32,
  bodyFault: 33,
  asciiDomain: 34,
  verdict: 35,
  replyOrigin: 36,
  replyStatus: 37,
  replyRetryAfter: 38,
  replyBody: 39,
  replyFault: 40,
  action: 48,
  status: 49,
  event: 50,
  requestId: 51,
  document: 52,
  fillName: 53,
  byteLimit: 54,
  deadline: 55,
  domain: 56,
  limiter: 57,
  question: 58,
  fillText: 59,
  seed: 64,
  pageNumber: 65,
  page: 66,
  standIn: 67,
  allPages: 68,
});

export const ACTION = Object.freeze({ answer: 1, document: 2, readBody: 3, convertDomain: 4, askLimiter: 5, callOrigin: 6 });
export const BODY_FAULT = Object.freeze({ tooLarge: 1, late: 2, broken: 3 });
export const REPLY_FAULT = Object.freeze({ tooLarge: 1, late: 2, broken: 3 });
export const MAX_TEXT = 8192;
export const RANDOM_SIZE = 64;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const HEAD_SIZE = 5;
const BYTES_PER_UNIT = 3; // of UTF-8 for a unit of UTF-16, at most

const FIRST_SIZE = 1024;
const NUMBER_SIZE = 8;
const HIGH = 2 ** 32;

/** A message to the module, written field by field. */
export class Message {
  #bytes = new Uint8Array(FIRST_SIZE);
  #view = new DataView(this.#bytes.buffer);
  #size = 0;

  /** @param {number} tag @param {Uint8Array} bytes */
  bytes(tag, bytes) {
    const at = this.#begin(tag, bytes.length);
    this.#bytes.set(bytes, at);
    return this.#end(at, bytes.length);
  }

  /** Cuts a text at MAX_TEXT bytes. @param {number} tag @param {string} text */
  text(tag, text) {
    const cut = text.length > MAX_TEXT ? text.slice(0, MAX_TEXT) : text;
    const at = this.#begin(tag, cut.length * BYTES_PER_UNIT);
    return this.#end(at, Math.min(encoder.encodeInto(cut, this.#bytes.subarray(at)).written, MAX_TEXT));
  }

  /** @param {number} tag @param {number} value */
  number(tag, value) {
    const at = this.#begin(tag, NUMBER_SIZE);
    this.#view.setUint32(at, value % HIGH, true);
    this.#view.setUint32(at + 4, value / HIGH, true);
    return this.#end(at, NUMBER_SIZE);
  }

  /** @param {Uint8Array} target @returns {number} the message's size */
  writeTo(target) {
    target.set(this.#bytes.subarray(0, this.#size));
    return this.#size;
  }

  /** @param {number} tag @param {number} room @returns {number} where the field's bytes begin */
  #begin(tag, room) {
    const at = this.#size + HEAD_SIZE;
    if (at + room > this.#bytes.length) this.#grow(at + room);
    this.#bytes[this.#size] = tag;
    return at;
  }

  /** @param {number} at @param {number} size of the field */
  #end(at, size) {
    this.#view.setUint32(at - 4, size, true);
    this.#size = at + size;
    return this;
  }

  /** @param {number} size */
  #grow(size) {
    const bytes = new Uint8Array(size * 2);
    bytes.set(this.#bytes.subarray(0, this.#size));
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}

/** @param {Uint8Array} bytes */
function numberOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, NUMBER_SIZE);
  return view.getUint32(0, true) + view.getUint32(4, true) * HIGH;
}

/** A message from the module, copied out of its memory. */
export class Fields {
  #bytes;
  /** @type {number[]} tag, start and end of each field */
  #places = [];

  /** @param {Uint8Array<ArrayBuffer>} message */
  constructor(message) {
    this.#bytes = message.slice();
    const view = new DataView(this.#bytes.buffer);
    for (let at = 0; at < this.#bytes.length;) {
      const start = at + HEAD_SIZE;
      const end = start + view.getUint32(at + 1, true);
      this.#places.push(this.#bytes[at], start, end);
      at = end;
    }
  }

  /** @returns {Generator<[tag: number, bytes: Uint8Array<ArrayBuffer>]>} */
  *[Symbol.iterator]() {
    for (let i = 0; i < this.#places.length; i += 3) yield [this.#places[i], this.#bytes.subarray(this.#places[i + 1], this.#places[i + 2])];
  }

  /** @param {number} tag @returns {Uint8Array<ArrayBuffer> | undefined} */
  find(tag) {
    for (let i = 0; i < this.#places.length; i += 3) {
      if (this.#places[i] === tag) return this.#bytes.subarray(this.#places[i + 1], this.#places[i + 2]);
    }
    return undefined;
  }

  /** @param {number} tag @returns {Uint8Array<ArrayBuffer>} */
  bytes(tag) {
    const found = this.find(tag);
    if (!found) throw new Error(`the module's answer lacks field ${tag}`);
    return found;
  }

  /** @param {number} tag @returns {string} "" if the field is missing */
  text(tag) {
    const bytes = this.find(tag);
    return bytes ? decoder.decode(bytes) : "";
  }

  /** @param {number} tag @returns {number} */
  number(tag) {
    return numberOf(this.bytes(tag));
  }

  /** @param {number} tag @returns {Uint8Array<ArrayBuffer>[]} */
  all(tag) {
    return [...this].filter(([each]) => each === tag).map(([, bytes]) => bytes);
  }

  /** @param {number} tag @returns {string[]} */
  texts(tag) {
    return this.all(tag).map((bytes) => decoder.decode(bytes));
  }

  /** @param {number} tag @returns {number[]} */
  numbers(tag) {
    return this.all(tag).map(numberOf);
  }

  /** @param {number} nameTag @param {number} valueTag @returns {[string, string][]} */
  pairs(nameTag, valueTag) {
    const values = this.texts(valueTag);
    return this.texts(nameTag).map((name, i) => [name, values[i]]);
  }

  /** @param {number} numberTag @param {number} valueTag @returns {[number, Uint8Array<ArrayBuffer>][]} values by their numbers */
  numbered(numberTag, valueTag) {
    const values = this.all(valueTag);
    return this.all(numberTag).map((number, i) => [numberOf(number), values[i]]);
  }

  /** @returns {[string, string][]} */
  headers() {
    return this.pairs(TAG.headerName, TAG.headerValue);
  }

  /** @returns {Headers[]} each set, by its number */
  headerSets() {
    /** @type {Headers[]} */
    const sets = [];
    let name = "";
    for (const [tag, bytes] of this) {
      if (tag === TAG.headerSet) sets.push(new Headers());
      else if (tag === TAG.headerName) name = decoder.decode(bytes);
      else if (tag === TAG.headerValue) sets.at(-1)?.append(name, decoder.decode(bytes));
    }
    return sets;
  }
}
