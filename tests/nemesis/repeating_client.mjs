// A client of calls that may be repeated: some carry an Idempotency-Key, and are sent again under it. The client has lost the answer, or
// has it already; it asks any edge, now and then twice at the same moment; and by mistake it uses the key for another body.

/**
 * @typedef {import("./edge_client.mjs").Wish} Wish
 * @typedef {import("./history.mjs").Call} Call
 * @typedef {import("./history.mjs").Operation} Operation
 * @typedef {import("./seeded_random.mjs").SeededRandom} SeededRandom
 */

const KEYED = 0.4;
/** After a call without an answer of its own. The lease of a call whose origin died is longer than these take. */
const MOST_REPEATS = 3;
/** Milliseconds: Retry-After of a call that is under way says a second. */
const PAUSE = /** @type {[number, number]} */ ([100, 1000]);

export class RepeatingClient {
  /** @param {Pick<import("./edge_client.mjs").EdgeClient, "call">} client @param {SeededRandom} random */
  constructor(client, random) {
    this.client = client;
    this.random = random;
  }

  /**
   * @param {Operation} op
   * @param {Wish} wish
   * @param {number} [edge] of the first call
   * @returns {Promise<Call>} what is known after all repetitions: a success, or else a call that may have been carried out
   */
  async call(op, wish, edge) {
    if (!this.random.chance(KEYED)) return this.client.call(op, wish, edge);
    const keyed = { ...wish, key: this.random.word() };
    const calls = await this.#firstOf(op, keyed, edge);
    for (let left = MOST_REPEATS; left > 0 && !calls.some(isAnswered); --left) {
      await sleep(this.random.between(...PAUSE));
      calls.push(await this.client.call(op, keyed));
    }
    if (calls.some(isAnswered)) await this.#repeatNeedlessly(op, keyed);
    return calls.find(({ status }) => status >= 200 && status < 300) ?? calls.find(isOpen) ?? calls[0];
  }

  /** @param {Operation} op @param {Wish} wish @param {number} [edge] @returns {Promise<Call[]>} */
  async #firstOf(op, wish, edge) {
    const first = this.client.call(op, wish, edge);
    return Promise.all(this.random.chance(0.2) ? [first, this.client.call(op, wish)] : [first]);
  }

  /** @param {Operation} op @param {Wish} wish */
  async #repeatNeedlessly(op, wish) {
    if (this.random.chance(0.5)) await this.client.call(op, wish);
    if (this.random.chance(0.4)) await this.client.call(op, { ...wish, ...this.#otherBody(op) });
    if (this.random.chance(0.2)) await this.client.call(op, wish);
  }

  /** @param {Operation} op @returns {Partial<Wish>} */
  #otherBody(op) {
    const password = `another long enough ${this.random.word()}`;
    return op === "register" ? { password } : { newPassword: password };
  }
}

/** @param {Call} call whether the use case has answered it */
function isAnswered(call) {
  return !isOpen(call) && ![408, 429].includes(call.status) && call.problem !== "call-under-way";
}

/** @param {Call} call that may have been carried out, or not */
function isOpen({ status }) {
  return status === 0 || status >= 500;
}

/** @param {number} milliseconds */
function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
