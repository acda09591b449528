// A limiter: the Durable Object that counts the keys of the module's questions. Its counts are in memory, in an instance of the
// module. A second after a change the changed pages are stored, and no answer waits for that: a crash or a stop forgets a second or
// two. (But workerd writes in the thread that answers, which therefore waits for the disk once a second.) The platform drops an idle
// object after some ten seconds; its successor reads the pages.
import { DurableObject } from "cloudflare:workers";
import rekey from "../../build/edge/edge/rekey.wasm";
import { LimiterTable, SEED_SIZE, inChunks } from "./limiter_table.js";
import { errorName, writeLine } from "./log.js";

const SAVE_AFTER = 1000; // milliseconds
const PUTS_AT_ONCE = 128; // the platform's bound
const SEED = "seed";
const WRITER = "writer"; // of the last save
const PAGE = "page."; // a release with pages of another layout must use another prefix

/** @typedef {{table: LimiterTable, seed: Uint8Array, writer: string, predecessor: string | undefined}} Counts each has a writer of its own */

/**
 * The counts that may not have been stored, by the object's id. Where storing fails, the platform ends the object. Its successor in
 * this process, which the next call brings, goes on with them and stores them: so a full disk resets no count.
 * @type {Map<string, Counts>}
 */
const unsaved = new Map();

export class Limiter extends DurableObject {
  /** @type {Counts | undefined} */
  #counts;
  #hasChanged = false;
  #willSave = false;

  /**
   * Counts without awaiting anything, so of any number of simultaneous questions exactly as many pass as the limit allows.
   * @param {Uint8Array} question
   * @returns {Promise<Uint8Array>} the verdicts
   */
  async take(question) {
    try {
      this.#counts ??= this.#open();
      const verdicts = this.#counts.table.take(question, Date.now());
      this.#hasChanged = true;
      this.#saveLater();
      return verdicts;
    } catch (error) {
      this.#discard();
      throw error;
    }
  }

  /** An instance that trapped is lost. */
  #discard() {
    if (this.#counts && unsaved.get(this.#id) === this.#counts) unsaved.delete(this.#id);
    this.#counts = undefined;
  }

  get #id() {
    return this.ctx.id.toString();
  }

  /** @returns {Counts} */
  #open() {
    const { kv } = this.ctx.storage;
    const writer = /** @type {string | undefined} */ (kv.get(WRITER));
    const kept = unsaved.get(this.#id);
    if (kept && [kept.writer, kept.predecessor].includes(writer)) return kept; // else another process has stored since
    const seed = /** @type {Uint8Array | undefined} */ (kv.get(SEED)) ?? crypto.getRandomValues(new Uint8Array(SEED_SIZE));
    const pages = [...kv.list({ prefix: PAGE })].map(([name, page]) => /** @type {[number, Uint8Array]} */ ([Number(name.slice(PAGE.length)), page]));
    return { table: new LimiterTable(rekey, seed, pages), seed, writer: crypto.randomUUID(), predecessor: writer };
  }

  #saveLater() {
    if (this.#willSave) return;
    this.#willSave = true;
    setTimeout(() => this.#save(), SAVE_AFTER);
  }

  async #save() {
    this.#hasChanged = false;
    if (this.#counts) await this.#store(this.#counts);
    this.#willSave = false;
    if (this.#hasChanged) this.#saveLater();
  }

  /** @param {Counts} counts */
  async #store(counts) {
    const { table } = counts;
    const pages = unsaved.has(this.#id) ? table.allPages() : table.changedPages();
    if (pages.size === 0) return;
    unsaved.set(this.#id, counts);
    try {
      const named = [...pages].map(([number, page]) => [PAGE + number, page]);
      const entries = [[SEED, counts.seed], [WRITER, counts.writer], ...named];
      await Promise.all(inChunks(entries, PUTS_AT_ONCE).map((some) => this.#put(Object.fromEntries(some))));
      await this.ctx.storage.sync();
      unsaved.delete(this.#id);
    } catch (error) {
      writeLine({ event: "alarm.limiter_storage", error: errorName(error) });
      this.#hasChanged = true;
    }
  }

  /** All that is put without waiting in between is stored together or not at all. @param {Record<string, unknown>} entries */
  #put(entries) {
    return this.ctx.storage.put(entries, { allowUnconfirmed: true });
  }
}
