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
export const MAX_TEXT = 8192;
export const RANDOM_SIZE = 64;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const HEAD_SIZE = 5;

/** A message to the module, written field by field. */
export class Message {
  /** @type {{tag: number, bytes: Uint8Array}[]} */
  #fields = [];

  /** @param {number} tag @param {Uint8Array} bytes */
  bytes(tag, bytes) {
    this.#fields.push({ tag, bytes });
    return this;
  }

  /** Cuts a text at MAX_TEXT bytes. @param {number} tag @param {string} text */
  text(tag, text) {
    return this.bytes(tag, encoder.encode(text.slice(0, MAX_TEXT)).subarray(0, MAX_TEXT));
  }

  /** @param {number} tag @param {number} value */
  number(tag, value) {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
    return this.bytes(tag, bytes);
  }

  /** @param {Uint8Array} target @returns {number} the message's size */
  writeTo(target) {
    const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
    let at = 0;
    for (const { tag, bytes } of this.#fields) {
      view.setUint8(at, tag);
      view.setUint32(at + 1, bytes.length, true);
      target.set(bytes, at + HEAD_SIZE);
      at += HEAD_SIZE + bytes.length;
    }
    return at;
  }
}

/** @param {Uint8Array} bytes */
function numberOf(bytes) {
  return Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
}

/** A message from the module, copied out of its memory. */
export class Fields {
  /** @type {{tag: number, bytes: Uint8Array<ArrayBuffer>}[]} */
  #fields = [];

  /** @param {Uint8Array<ArrayBuffer>} message */
  constructor(message) {
    const copy = message.slice();
    const view = new DataView(copy.buffer);
    for (let at = 0; at < copy.length;) {
      const end = at + HEAD_SIZE + view.getUint32(at + 1, true);
      this.#fields.push({ tag: copy[at], bytes: copy.subarray(at + HEAD_SIZE, end) });
      at = end;
    }
  }

  /** @param {number} tag @returns {Uint8Array<ArrayBuffer> | undefined} */
  find(tag) {
    return this.#fields.find((field) => field.tag === tag)?.bytes;
  }

  /** @param {number} tag @returns {Uint8Array<ArrayBuffer>} */
  bytes(tag) {
    const found = this.find(tag);
    if (!found) throw new Error(`the module's answer lacks field ${tag}`);
    return found;
  }

  /** @param {number} tag @returns {string} "" if the field is missing */
  text(tag) {
    return decoder.decode(this.find(tag) ?? new Uint8Array());
  }

  /** @param {number} tag @returns {number} */
  number(tag) {
    return numberOf(this.bytes(tag));
  }

  /** @param {number} tag @returns {string[]} */
  texts(tag) {
    return this.#fields.filter((field) => field.tag === tag).map((field) => decoder.decode(field.bytes));
  }

  /** @param {number} nameTag @param {number} valueTag */
  pairs(nameTag, valueTag) {
    const values = this.texts(valueTag);
    return this.texts(nameTag).map((name, i) => ({ name, value: values[i] }));
  }

  /** @param {number} numberTag @param {number} valueTag @returns {[number, Uint8Array<ArrayBuffer>][]} values by their numbers */
  numbered(numberTag, valueTag) {
    const numbers = this.#fields.filter((field) => field.tag === numberTag).map((field) => numberOf(field.bytes));
    const values = this.#fields.filter((field) => field.tag === valueTag).map((field) => field.bytes);
    return numbers.map((number, i) => [number, values[i]]);
  }

  /** @returns {Headers} */
  headers() {
    const headers = new Headers();
    for (const { name, value } of this.pairs(TAG.headerName, TAG.headerValue)) headers.append(name, value);
    return headers;
  }
}
