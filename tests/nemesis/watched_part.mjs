// One part of the system under a service manager, as README requires: if it ends without being told to, it is started again. The faults
// act through this class, one at a time for each part.

/**
 * @typedef {object} Running a program that can be started, signalled and ended
 * @property {string} name
 * @property {number} pid
 * @property {() => Promise<void>} start returns when it answers
 * @property {(signal?: NodeJS.Signals) => Promise<void>} end
 * @property {(signal: NodeJS.Signals) => void} signal
 * @property {() => boolean} isRunning
 * @property {() => string} logText
 */

const LOOK_EVERY = 200;
const RESTART_AFTER = 500;
const LONGEST_START = 60_000;

export class WatchedPart {
  #busy = Promise.resolve();
  #wanted = false;
  /** @type {number[]} when it ended without being told to, by the run's clock */
  endedUnasked = [];

  /** @param {Running} service @param {() => number} now the run's clock */
  constructor(service, now) {
    this.service = service;
    this.now = now;
    this.name = service.name;
    this.watch = setInterval(() => this.#look(), LOOK_EVERY);
  }

  /**
   * Waits until no other fault uses the part.
   * @param {() => Promise<void>} work
   */
  exclusively(work) {
    const done = this.#busy.then(work);
    this.#busy = done.catch(() => {});
    return done;
  }

  start() {
    this.#wanted = true;
    return this.exclusively(() => this.#startPatiently());
  }

  /** @param {NodeJS.Signals} signal @param {number} pause milliseconds until it is started again */
  restart(signal, pause) {
    return this.exclusively(async () => {
      await this.service.end(signal);
      await sleep(pause);
      await this.#startPatiently();
    });
  }

  /** @param {number} milliseconds */
  pause(milliseconds) {
    return this.exclusively(async () => {
      this.service.signal("SIGSTOP");
      await sleep(milliseconds);
      this.service.signal("SIGCONT");
    });
  }

  /** Stops it for good. @param {NodeJS.Signals} [signal] */
  stop(signal) {
    this.#wanted = false;
    clearInterval(this.watch);
    return this.exclusively(() => this.service.end(signal));
  }

  #look() {
    if (!this.#wanted || this.service.isRunning()) return;
    this.exclusively(async () => {
      if (!this.#wanted || this.service.isRunning()) return;
      this.endedUnasked.push(this.now());
      await sleep(RESTART_AFTER);
      await this.#startPatiently();
    }).catch(() => {});
  }

  /** Repeats the start until it succeeds: a part may need another one to start. */
  async #startPatiently() {
    for (const end = performance.now() + LONGEST_START; ; ) {
      const problem = await this.service.start().then(() => "", (error) => String(error));
      if (!problem) return;
      if (performance.now() > end) throw new Error(`${this.name} does not start: ${problem}`);
      await this.service.end("SIGKILL");
      await sleep(RESTART_AFTER);
    }
  }
}

/** @param {number} milliseconds */
function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
