// Looks after the attacked process as a service manager does: notices its end, writes down when it was and what the log's last line
// says, and starts it again. Used by arena.mjs; the service is one of tests/rig, or of the test's own.
import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/**
 * @typedef {object} Death
 * @property {number} second since the keeper's start
 * @property {number} answered how many requests the attackers had had answered by then, as far as was known
 * @property {string} lastLine of the log
 *
 * @typedef {{log: string, isRunning(): boolean, launch(): void}} Kept
 */

const LOOK_EVERY = 50;
const START_AFTER = 100; // as systemd waits
const TAIL = 16_384;

export class Keeper {
  /** @type {Death[]} */
  deaths = [];
  #started = performance.now();
  /** @type {NodeJS.Timeout | undefined} */
  #timer;

  /** @param {Kept} service @param {() => number} answered */
  constructor(service, answered) {
    this.service = service;
    this.answered = answered;
  }

  start() {
    this.#started = performance.now();
    this.#timer = setTimeout(() => this.#look(), LOOK_EVERY);
  }

  stop() {
    clearTimeout(this.#timer);
  }

  #look() {
    const alive = this.service.isRunning();
    if (!alive) this.deaths.push(this.#death());
    this.#timer = alive ? setTimeout(() => this.#look(), LOOK_EVERY) : setTimeout(() => this.#startAgain(), START_AFTER);
  }

  /** @returns {Death} */
  #death() {
    return { second: (performance.now() - this.#started) / 1000, answered: this.answered(), lastLine: lastLineOf(this.service.log) };
  }

  #startAgain() {
    this.service.launch();
    this.#timer = setTimeout(() => this.#look(), LOOK_EVERY);
  }
}

/** @param {string} file @returns {string} its end, at most 16 KiB of it */
export function tailOf(file) {
  const handle = openSync(file, "r");
  try {
    const bytes = Buffer.alloc(TAIL);
    const size = readSync(handle, bytes, 0, TAIL, Math.max(0, fstatSync(handle).size - TAIL));
    return bytes.toString("latin1", 0, size);
  } finally {
    closeSync(handle);
  }
}

/** @param {string} file @returns {string} its last line that says something: of a fatal error its own, not the stack below it */
export function lastLineOf(file) {
  const lines = tailOf(file).split("\n").filter((line) => line.trim() !== "");
  const fatal = lines.slice(-5).findLast((line) => /fatal|overloaded|terminate|out of memory/i.test(line));
  return (fatal ?? lines.at(-1) ?? "").slice(0, 300);
}
