// A limiter: the Durable Object that counts the keys which the module sends it to. Its counts lie in memory, in an instance of the
// module. A second after a change the changed pages are stored, and no answer waits for that: a crash forgets a second or two.
// The platform drops an idle object after some ten seconds; its successor reads the pages.
import { DurableObject } from "cloudflare:workers";
import rekey from "../../build/edge/edge/rekey.wasm";
import { LimiterTable, SEED_SIZE, inChunks } from "./limiter_table.js";
import { errorName, writeLine } from "./log.js";

const SAVE_AFTER = 1000; // milliseconds
const PUTS_AT_ONCE = 128; // the platform's bound
const SEED = "seed";
const VERSION = "version"; // counts the saves
const PAGE = "page."; // a release with pages of another layout must name them otherwise

/** @typedef {{table: LimiterTable, seed: Uint8Array, version: number}} Counts version: of the save that stored them last */

/**
 * The counts that are not certainly stored, by the object's id. Where storing fails, the platform ends the object. Its successor
 * in this process goes on with them, so a full disk resets no count.
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
      this.#counts = undefined; // an instance that trapped is lost
      throw error;
    }
  }

  get #id() {
    return this.ctx.id.toString();
  }

  /** @returns {Counts} */
  #open() {
    const { kv } = this.ctx.storage;
    const version = /** @type {number | undefined} */ (kv.get(VERSION)) ?? 0;
    const kept = unsaved.get(this.#id);
    if (kept && kept.version >= version) return kept; // an older one: another process has stored since
    const seed = /** @type {Uint8Array | undefined} */ (kv.get(SEED)) ?? crypto.getRandomValues(new Uint8Array(SEED_SIZE));
    const pages = [...kv.list({ prefix: PAGE })].map(([name, page]) => /** @type {[number, Uint8Array]} */ ([Number(name.slice(PAGE.length)), page]));
    return { table: new LimiterTable(rekey, seed, pages), seed, version };
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
    ++counts.version;
    unsaved.set(this.#id, counts);
    try {
      const named = [...pages].map(([number, page]) => [PAGE + number, page]);
      const entries = [[SEED, counts.seed], [VERSION, counts.version], ...named];
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
