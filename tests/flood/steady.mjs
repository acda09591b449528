// The honest clients beside a flood: a fixed number of calls a second, each on a new connection and at its own time, whatever happened
// to earlier ones. Records every answer and its time. Runs in a process of its own (crew_member.mjs).
import { askOnce } from "./single_call.mjs";
import { countAnswer, countLoss, newTally } from "./tally.mjs";

/**
 * @typedef {object} SteadyPlan
 * @property {number} port on 127.0.0.1
 * @property {number} rate calls a second
 * @property {number} [patience] milliseconds for an answer
 *
 * @typedef {object} Call
 * @property {string} bytes
 * @property {number[]} expected the statuses that serve it
 */

const PATIENCE = 10_000;

export class Steady {
  tally = newTally();
  #sent = 0;
  #started = 0;
  /** @type {NodeJS.Timeout | undefined} */
  #timer;
  /** @type {Set<Promise<void>>} */
  #underWay = new Set();

  /** @param {SteadyPlan} plan @param {(index: number) => Call} callOf */
  constructor(plan, callOf) {
    this.plan = plan;
    this.callOf = callOf;
  }

  start() {
    this.#started = performance.now();
    this.#timer = setInterval(() => this.#askDue(), 1000 / this.plan.rate / 2);
  }

  /** Sends no more, and waits for the outstanding answers. */
  async stop() {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
  }

  report() {
    return { tally: this.tally, sent: this.#sent };
  }

  #askDue() {
    const due = ((performance.now() - this.#started) / 1000) * this.plan.rate;
    while (this.#sent < due) this.#send(this.callOf(this.#sent++));
  }

  /** @param {Call} call */
  #send(call) {
    const asked = this.#ask(call).finally(() => this.#underWay.delete(asked));
    this.#underWay.add(asked);
  }

  /** @param {Call} call */
  async #ask({ bytes, expected }) {
    const began = performance.now();
    const outcome = await askOnce(this.plan.port, bytes, this.plan.patience ?? PATIENCE);
    if ("lost" in outcome) return countLoss(this.tally, outcome.lost);
    countAnswer(this.tally, outcome.status, expected);
    this.tally.milliseconds.push(performance.now() - began);
  }
}
