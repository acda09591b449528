// Records a run's events, in memory for the checker and line by line in a file, and has the run's clock. readHistory() reads a file, so
// that a kept run can be checked again.
import { createWriteStream, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname } from "node:path";

/**
 * @typedef {import("./history.mjs").Call} Call
 * @typedef {import("./history.mjs").Mail} Mail
 * @typedef {import("./history.mjs").Fault} Fault
 * @typedef {import("./history.mjs").End} End
 * @typedef {import("./history.mjs").Run} Run
 *
 * @typedef {object} Ending the data known after the run
 * @property {End} end
 * @property {import("./history.mjs").Writing[]} writings
 * @property {string[]} secrets
 * @property {string} frontendUrl
 */

export class Recorder {
  /** @type {Call[]} */
  calls = [];
  /** @type {Mail[]} */
  mails = [];
  /** @type {import("./history.mjs").WebhookCall[]} */
  webhooks = [];
  /** @type {Fault[]} */
  faults = [];
  startedAt = Date.now();
  #began = performance.now();
  #numbered = 0;
  #file;

  /** @param {string} path of the file; its folder is created if necessary @param {string} seed */
  constructor(path, seed) {
    this.path = path;
    this.seed = seed;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    this.#file = createWriteStream(path, { mode: 0o600 });
  }

  /** Restarts the run's clock, after the world was built. */
  begin() {
    this.#began = performance.now();
    this.startedAt = Date.now();
  }

  /** @returns {number} milliseconds since the run's start */
  now() {
    return Math.round((performance.now() - this.#began) * 1000) / 1000;
  }

  /** @returns {number} of the next call */
  nextId() {
    return ++this.#numbered;
  }

  /** @param {Call} call that has ended */
  call(call) {
    this.calls.push(call);
    this.#write(call);
  }

  /** @param {Mail} mail */
  mail(mail) {
    this.mails.push(mail);
    this.#write(mail);
  }

  /** @param {import("./history.mjs").WebhookCall} webhook */
  webhook(webhook) {
    this.webhooks.push(webhook);
    this.#write(webhook);
  }

  /** @param {Fault} fault that is mended */
  fault(fault) {
    this.faults.push(fault);
    this.#write(fault);
  }

  /** @param {Ending} ending @returns {Promise<Run>} the whole run, which is now on disk, too */
  async finish({ end, writings, secrets, frontendUrl }) {
    const { seed, startedAt } = this;
    const lines = [end, { kind: "run", seed, startedAt, frontendUrl, secrets }, ...writings.map((writing) => ({ kind: "writing", ...writing }))];
    for (const line of lines) this.#write(line);
    await this.close();
    return { seed, startedAt, frontendUrl, calls: this.calls, mails: this.mails, webhooks: this.webhooks, faults: this.faults, end, writings, secrets };
  }

  async close() {
    await new Promise((resolve) => this.#file.end(() => resolve(undefined)));
  }

  forget() {
    rmSync(this.path, { force: true });
  }

  /** @param {object} line */
  #write(line) {
    this.#file.write(`${JSON.stringify(line)}\n`);
  }
}

/** @param {string} path @returns {Run} */
export function readHistory(path) {
  const lines = readFileSync(path, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
  const all = (/** @type {string} */ kind) => lines.filter((line) => line.kind === kind);
  const [run, end] = [all("run")[0], all("end")[0]];
  if (!run || !end) throw new Error(`${path} is the history of a run that did not reach its end`);
  const { seed, startedAt, frontendUrl, secrets } = run;
  return { seed, startedAt, frontendUrl, calls: all("call"), mails: all("mail"), webhooks: all("webhook"), faults: all("fault"), end, writings: all("writing"), secrets };
}
