// Watches the attacked process as a service manager does: notices its end, records the time and the log's last line, and starts it
// again. Used by arena.mjs; the service comes from tests/rig, or from a test.
import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/**
 * @typedef {object} Death
 * @property {number} second since the keeper's start
 * @property {number} answered the attackers' answered requests so far, by their newest reports
 * @property {string} lastLine of the log
 *
 * @typedef {{log: string, isRunning(): boolean, launch(): void}} Kept
 */

const LOOK_EVERY = 50;
const START_AFTER = 100; // systemd's default
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

/** @param {string} file @returns {string} its last meaningful line: a fatal error's message rather than the stack below it */
export function lastLineOf(file) {
  const lines = tailOf(file).split("\n").filter((line) => line.trim() !== "");
  const fatal = lines.slice(-5).findLast((line) => /fatal|overloaded|terminate|out of memory/i.test(line));
  return (fatal ?? lines.at(-1) ?? "").slice(0, 300);
}
