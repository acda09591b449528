// Finds any of a hundred thousand strings in tens of megabytes in one pass: a hash rolls over the text (Rabin and Karp), and the text is
// compared only where the hash is one of the strings'. Base64 and base64url count as one alphabet.

// The number of hashed characters of each string.
const WINDOW = 8;
const BASE = 0x01000193;
const FILTER_BITS = 24;

/** @typedef {{text: string, offset: number, what: string}} Needle */

export class NeedleSet {
  /** @type {Map<number, Needle[]>} by the hash of the window at their offset */
  #buckets = new Map();
  #filter = new Uint8Array(1 << (FILTER_BITS - 3));
  #known = new Set();

  get size() {
    return this.#known.size;
  }

  /** @param {string} raw at least 8 characters; shorter ones are ignored @param {string} what a description */
  add(raw, what) {
    const text = oneAlphabet(raw);
    if (text.length < WINDOW || this.#known.has(text)) return;
    this.#known.add(text);
    const { hash, offset } = this.#rarestWindow(text);
    const bucket = this.#buckets.get(hash);
    if (bucket) bucket.push({ text, offset, what });
    else this.#buckets.set(hash, [{ text, offset, what }]);
    this.#filter[slot(hash) >>> 3] |= 1 << (slot(hash) & 7);
  }

  /** @param {string} raw @returns {{what: string, around: string}[]} each string that occurs, once, with the text around it */
  find(raw) {
    const text = oneAlphabet(raw);
    /** @type {Map<string, {what: string, around: string}>} */
    const found = new Map();
    const leaving = powerOfBase(WINDOW);
    let hash = 0;
    for (let end = 0; end < text.length; ++end) {
      hash = (Math.imul(hash, BASE) + text.charCodeAt(end)) | 0;
      if (end >= WINDOW) hash = (hash - Math.imul(text.charCodeAt(end - WINDOW), leaving)) | 0;
      const bit = slot(hash);
      if (end < WINDOW - 1 || !(this.#filter[bit >>> 3] & (1 << (bit & 7)))) continue;
      for (const needle of this.#buckets.get(hash) ?? []) compare(text, end - WINDOW + 1 - needle.offset, needle, found);
    }
    return [...found.values()];
  }

  /** Strings often begin or end alike: returns the one of three windows that fewest others share. @param {string} text */
  #rarestWindow(text) {
    const offsets = [0, (text.length - WINDOW) >> 1, text.length - WINDOW];
    const windows = offsets.map((offset) => ({ offset, hash: hashOf(text, offset) }));
    const crowd = (/** @type {{hash: number}} */ window) => this.#buckets.get(window.hash)?.length ?? 0;
    return windows.reduce((best, window) => (crowd(window) < crowd(best) ? window : best));
  }
}

/**
 * @param {string} text
 * @param {number} at
 * @param {Needle} needle
 * @param {Map<string, {what: string, around: string}>} found
 */
function compare(text, at, needle, found) {
  if (at < 0 || found.has(needle.text) || !text.startsWith(needle.text, at)) return;
  const before = text.slice(text.lastIndexOf("\n", at) + 1, at).slice(-100);
  const after = text.slice(at + needle.text.length).match(/^.{0,60}/)?.[0] ?? "";
  found.set(needle.text, { what: needle.what, around: `${before}[${needle.text.slice(0, 6)}...]${after}` });
}

/** @param {string} text @param {number} offset */
function hashOf(text, offset) {
  let hash = 0;
  for (let index = offset; index < offset + WINDOW; ++index) hash = (Math.imul(hash, BASE) + text.charCodeAt(index)) | 0;
  return hash;
}

/** @param {number} exponent */
function powerOfBase(exponent) {
  let power = 1;
  for (let index = 0; index < exponent; ++index) power = Math.imul(power, BASE);
  return power;
}

/** @param {number} hash @returns {number} its place in the filter: the low bits alone mix too little */
function slot(hash) {
  return (hash ^ (hash >>> 13)) & ((1 << FILTER_BITS) - 1);
}

/** @param {string} text */
function oneAlphabet(text) {
  return text.replaceAll("+", "-").replaceAll("/", "_");
}

/** @param {Buffer} bytes @returns {string[]} */
export function hexForms(bytes) {
  const hex = bytes.toString("hex");
  return [hex, hex.toUpperCase()];
}

/** @param {Buffer} bytes @returns {string[]} the part of their base64 that is the same at any position in a longer text */
export function base64Forms(bytes) {
  return [0, 1, 2].map((shift) => {
    const whole = Buffer.concat([Buffer.alloc(shift), bytes]);
    return whole.toString("base64url").slice([0, 2, 3][shift], Math.floor((whole.length * 8) / 6));
  });
}

/** @param {string} text @returns {string[]} its forms in JSON, in URLs and in forms */
export function textForms(text) {
  const url = encodeURIComponent(text);
  return [...new Set([text, JSON.stringify(text).slice(1, -1), url, url.replaceAll("%20", "+")])];
}
