// The limiters as the Worker asks them: each is an object (limiter.js). Where SINGLE_ISOLATE says that the objects live in the Worker's own
// isolate (workerd.capnp), the Worker itself counts in what the object has loaded, since a call of an object costs far more than the
// count. The object then only loads and stores.
import { SAVE_AFTER, countsHere } from "./limiter_counts.js";
import { errorName } from "./log.js";

/**
 * @typedef {import("./limiter.js").Limiter} Limiter
 * @typedef {import("./exchange.js").LimiterStub} LimiterStub
 * @typedef {{LIMITER: DurableObjectNamespace<Limiter>, SINGLE_ISOLATE?: unknown}} Env
 * @typedef {{waitUntil(work: Promise<void>): void, log(line: Record<string, unknown>): void}} Context of the request
 */

/** @type {Map<string, NearLimiter>} */
const near = new Map();

/** @param {Env} env @param {string} name @param {Context} context @returns {LimiterStub} */
export function limiterNamed(env, name, context) {
  if (env.SINGLE_ISOLATE !== "yes") return env.LIMITER.get(env.LIMITER.idFromName(name));
  const limiter = near.get(name) ?? new NearLimiter(env.LIMITER.idFromName(name));
  near.set(name, limiter);
  return { take: (question) => limiter.take(question, env.LIMITER, context) };
}

/** A limiter whose object lives in this isolate. */
class NearLimiter {
  #id;
  #key;
  #savesAt = 0; // when the counts are to be saved next; a moment long past if the platform ended that context

  /** @param {object} id */
  constructor(id) {
    this.#id = id;
    this.#key = id.toString();
  }

  /**
   * Counts here. While its counts are not loaded, the object takes the questions: it counts in the same table.
   * @param {Uint8Array} question @param {DurableObjectNamespace<Limiter>} objects @param {Context} context
   */
  take(question, objects, context) {
    this.#saveLater(objects, context);
    return countsHere(this.#key)?.take(question) ?? objects.get(this.#id).take(question);
  }

  /** @param {DurableObjectNamespace<Limiter>} objects @param {Context} context */
  #saveLater(objects, { waitUntil, log }) {
    if (Math.abs(this.#savesAt - Date.now()) <= SAVE_AFTER) return;
    waitUntil(this.#saveUntilAllIsStored(objects, log));
  }

  /** Ends, too, where a later request took this over, because the disk was slow. @param {DurableObjectNamespace<Limiter>} objects @param {Context["log"]} log */
  async #saveUntilAllIsStored(objects, log) {
    let due;
    do {
      const pause = countsHere(this.#key)?.pause ?? SAVE_AFTER;
      due = this.#savesAt = Date.now() + pause;
      await new Promise((resolve) => setTimeout(resolve, pause));
      await this.#save(objects, log);
    } while (this.#savesAt === due && this.#needsStoring);
    if (this.#savesAt === due) this.#savesAt = 0;
  }

  get #needsStoring() {
    return countsHere(this.#key)?.needsStoring ?? false;
  }

  /** @param {DurableObjectNamespace<Limiter>} objects @param {Context["log"]} log */
  async #save(objects, log) {
    try {
      if (this.#needsStoring) await objects.get(this.#id).save();
    } catch (error) {
      log({ event: "alarm.limiter_storage", error: errorName(error) });
    }
  }
}
