// A limiter: the Durable Object that counts the keys of the module's questions and stores the counts. They are in memory, in an instance
// of the module. A second after a change the changed pages are stored, a hundred at a time, and no answer waits for that: a crash or a
// stop forgets a second or two. (But workerd writes in the thread that answers, which therefore waits for the disk each time.) The platform
// drops an idle object after some ten seconds; its successor reads the pages. Under workerd the Worker counts in the object's place
// (limiters.js), as soon as the object has loaded the counts, and says when to store them.
import { DurableObject } from "cloudflare:workers";
import rekey from "../../build/edge/edge/rekey.wasm";
import { Counts, SAVE_AFTER, countsHere, dropCounts, keep } from "./limiter_counts.js";
import { LimiterTable, SEED_SIZE } from "./limiter_table.js";
import { errorName, writeLine } from "./log.js";

const SEED = "seed";
const WRITER = "writer"; // of the last save
const PAGE = "page."; // a release with pages of another layout must use another prefix

/** @param {string} error */
function tellFailure(error) {
  writeLine({ event: "alarm.limiter_storage", error });
}

export class Limiter extends DurableObject {
  /** @type {Counts | undefined} */
  #counts;
  #willSave = false;
  #isSaving = false;

  /** @param {Uint8Array} question @returns {Promise<Uint8Array>} the verdicts */
  async take(question) {
    const verdicts = this.#current().take(question);
    if (!this.#isNear) this.#saveLater();
    return verdicts;
  }

  /** Stores what has changed. */
  async save() {
    if (this.#isSaving) return;
    this.#isSaving = true;
    try {
      await this.#store(this.#current());
    } finally {
      this.#isSaving = false;
    }
  }

  get #id() {
    return this.ctx.id.toString();
  }

  /** Whether the Worker counts, in this isolate, and says when to save (limiters.js). */
  get #isNear() {
    return this.env.SINGLE_ISOLATE === "yes";
  }

  /** Counts of a trapped instance are lost. */
  #current() {
    if (!this.#counts || this.#counts.isLost) this.#counts = this.#open();
    return this.#counts;
  }

  #open() {
    const writer = /** @type {string | undefined} */ (this.ctx.storage.kv.get(WRITER));
    const here = countsHere(this.#id);
    if (here?.continues(writer)) return this.#goOnWith(here);
    const counts = this.#load(writer);
    if (this.#isNear) keep(this.#id, counts);
    return counts;
  }

  /** @param {Counts} counts */
  #goOnWith(counts) {
    if (!counts.isStored && !this.#isNear) tellFailure("ended"); // the Worker hears of it from its call
    return counts;
  }

  /** @param {string | undefined} predecessor */
  #load(predecessor) {
    const { kv } = this.ctx.storage;
    const seed = /** @type {Uint8Array | undefined} */ (kv.get(SEED)) ?? crypto.getRandomValues(new Uint8Array(SEED_SIZE));
    const pages = [...kv.list({ prefix: PAGE })].map(([name, page]) => /** @type {[number, Uint8Array]} */ ([Number(name.slice(PAGE.length)), page]));
    return new Counts(new LimiterTable(rekey, seed, pages), seed, crypto.randomUUID(), predecessor);
  }

  #saveLater() {
    if (this.#willSave) return;
    this.#willSave = true;
    setTimeout(() => this.#saveInTurn(), this.#counts?.pause ?? SAVE_AFTER);
  }

  async #saveInTurn() {
    await this.save().catch((error) => tellFailure(errorName(error)));
    this.#willSave = false;
    if (this.#counts?.needsStoring) this.#saveLater();
  }

  /**
   * Where storing fails, the platform ends the object, often before this function hears of it. The successor in this isolate goes on with
   * the counts and stores them: so a full disk resets no count.
   * @param {Counts} counts
   */
  async #store(counts) {
    const pages = counts.pagesToStore();
    if (pages.size === 0) return;
    counts.isStored = false;
    keep(this.#id, counts);
    await this.#put(counts, pages);
    counts.isStored = true;
    if (!this.#isNear) dropCounts(this.#id);
  }

  /** One put, of at most 128 entries, is stored whole or not at all. @param {Counts} counts @param {Map<number, Uint8Array>} pages */
  async #put({ seed, writer }, pages) {
    const named = [...pages].map(([number, page]) => [PAGE + number, page]);
    await this.ctx.storage.put(Object.fromEntries([[SEED, seed], [WRITER, writer], ...named]), { allowUnconfirmed: true });
    await this.ctx.storage.sync();
  }
}
