// The counts of one limiter in an instance of rekey.wasm of its own (edge/exports.h, "A limiter"). The host stores its pages and
// passes questions and verdicts on. Hands out copies only: the platform stores or sends a view with the whole buffer behind it.
import { Message, TAG } from "./message.js";
import { ModuleInstance } from "./module_instance.js";

export const SEED_SIZE = 16;
const PAGES_PER_MESSAGE = 32;
/** Told at once: few, because all answers wait while workerd stores them. */
export const PAGES_AT_ONCE = 3 * PAGES_PER_MESSAGE;
const NOTHING = new Uint8Array();

export class LimiterTable {
  #instance;

  /**
   * @param {WebAssembly.Module} module
   * @param {Uint8Array} seed SEED_SIZE random bytes, the same for all pages of a limiter
   * @param {Iterable<[number, Uint8Array]>} pages the stored ones, by number
   */
  constructor(module, seed, pages = []) {
    this.#instance = new ModuleInstance(module);
    for (const some of [[], ...inChunks([...pages], PAGES_PER_MESSAGE)]) this.#load(seed, some);
  }

  /** @param {Uint8Array} seed @param {[number, Uint8Array][]} pages */
  #load(seed, pages) {
    const message = new Message().bytes(TAG.seed, seed);
    for (const [number, page] of pages) message.number(TAG.pageNumber, number).bytes(TAG.page, page);
    this.#instance.call("rekey_limiter_load", message);
  }

  /** @param {Uint8Array} question @param {number} now @returns {Uint8Array} the verdicts */
  take(question, now) {
    return this.#take(new Message().number(TAG.now, now).bytes(TAG.question, question));
  }

  /** Counts in the place of a limiter that gives no answer. @param {Uint8Array} question @param {number} now @returns {Uint8Array} the verdicts */
  standIn(question, now) {
    return this.#take(new Message().number(TAG.now, now).bytes(TAG.question, question).bytes(TAG.standIn, NOTHING));
  }

  /** @returns {Map<number, Uint8Array>} pages that have not been told since they changed, by number; at most PAGES_AT_ONCE */
  changedPages() {
    return this.#pages(new Message());
  }

  /** As if all pages had changed. @returns {Map<number, Uint8Array>} */
  allPages() {
    return this.#pages(new Message().bytes(TAG.allPages, NOTHING));
  }

  /** @param {Message} message */
  #take(message) {
    return this.#instance.call("rekey_limiter_take", message).bytes(TAG.verdict).slice();
  }

  /** @param {Message} first */
  #pages(first) {
    /** @type {Map<number, Uint8Array>} */
    const pages = new Map();
    for (let message = first; pages.size < PAGES_AT_ONCE; message = new Message()) {
      const told = this.#tell(message);
      if (told.length === 0) break;
      for (const [number, page] of told) pages.set(number, page.slice());
    }
    return pages;
  }

  /** @param {Message} message */
  #tell(message) {
    return this.#instance.call("rekey_limiter_save", message).numbered(TAG.pageNumber, TAG.page);
  }
}

/** @template T @param {T[]} items @param {number} size */
function inChunks(items, size) {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
