// The counts of one limiter in this isolate, and what storing them needs to know. They may outlive the object that loaded them: its
// successor in the same isolate goes on with them, and so does the Worker where it counts itself (limiters.js).
import { LimiterTable, PAGES_AT_ONCE } from "./limiter_table.js";

// milliseconds
export const SAVE_AFTER = 1000;
const NEXT_PART_AFTER = 100;

/** By the object's id. @type {Map<string, Counts>} */
const kept = new Map();

/** @param {string} id @returns {Counts | undefined} */
export function countsHere(id) {
  const counts = kept.get(id);
  return counts?.isLost ? undefined : counts;
}

/** @param {string} id @param {Counts} counts */
export function keep(id, counts) {
  kept.set(id, counts);
}

/** @param {string} id */
export function dropCounts(id) {
  kept.delete(id);
}

export class Counts {
  #table;
  #hasChanged = false; // since the last save began
  #hasMore = false; // pages than the last save stored
  /** False from the beginning of a save to its success. */
  isStored = true;
  /** Whether the instance trapped. It must not be called again. */
  isLost = false;

  /**
   * @param {LimiterTable} table @param {Uint8Array} seed of the table
   * @param {string} writer stored with the pages: each Counts has its own @param {string} [predecessor] the writer of the pages it began with
   */
  constructor(table, seed, writer, predecessor) {
    this.#table = table;
    this.seed = seed;
    this.writer = writer;
    this.predecessor = predecessor;
  }

  /** @param {string | undefined} writer of what is stored @returns {boolean} false if another process has stored since */
  continues(writer) {
    return writer === this.writer || writer === this.predecessor;
  }

  get needsStoring() {
    return this.#hasChanged || this.#hasMore || !this.isStored;
  }

  /** Milliseconds until the next save. */
  get pause() {
    return this.#hasMore && this.isStored ? NEXT_PART_AFTER : SAVE_AFTER;
  }

  /** Awaits nothing, so of any number of simultaneous questions exactly as many pass as the limit allows. @param {Uint8Array} question */
  take(question) {
    this.#hasChanged = true;
    return this.#orLost(() => this.#table.take(question, Date.now()));
  }

  /** @returns {Map<number, Uint8Array>} the first of the pages to store: of all, if the last save failed */
  pagesToStore() {
    const pages = this.#orLost(() => (this.isStored ? this.#table.changedPages() : this.#table.allPages()));
    this.#hasChanged = false;
    this.#hasMore = pages.size === PAGES_AT_ONCE;
    return pages;
  }

  /** @template T @param {() => T} work @returns {T} */
  #orLost(work) {
    try {
      return work();
    } catch (error) {
      this.isLost = true;
      throw error;
    }
  }
}
