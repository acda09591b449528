// Samples the resources of an attacked process every second: memory, descriptors, processor time, and its files and bytes on disk.
// Used by arena.mjs.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/**
 * @typedef {object} Sample
 * @property {number} second since the sampler's start
 * @property {number} rssKiB
 * @property {number} descriptors
 * @property {number} threads
 * @property {number} cpuSeconds since the process's start
 * @property {number} files in its data folder
 * @property {number} diskKiB the space of these files
 * @property {number} logKiB
 *
 * @typedef {import("../rig/service.mjs").Figures} Figures
 * @typedef {{log: string, figures(): Figures, limitsFolder?: string}} Sampled
 */

const EVERY = 1000;

export class Sampler {
  /** @type {Sample[]} */
  samples = [];
  #started = performance.now();
  #logBefore = 0;
  /** @type {NodeJS.Timeout | undefined} */
  #timer;

  /** @param {Sampled} service @param {number} [every] milliseconds */
  constructor(service, every = EVERY) {
    this.service = service;
    this.every = every;
  }

  start() {
    this.#started = performance.now();
    this.#logBefore = sizeOf(this.service.log);
    this.#take();
    this.#timer = setInterval(() => this.#take(), this.every);
  }

  /** @returns {Sample[]} */
  stop() {
    clearInterval(this.#timer);
    this.#take();
    return this.samples;
  }

  #take() {
    const second = (performance.now() - this.#started) / 1000;
    const logKiB = (sizeOf(this.service.log) - this.#logBefore) / 1024;
    this.samples.push({ second, ...this.service.figures(), ...onDisk(this.service.limitsFolder), logKiB });
  }
}

/** @param {string | undefined} folder @returns {{files: number, diskKiB: number}} of all below it */
export function onDisk(folder) {
  const sum = { files: 0, diskKiB: 0 };
  if (folder === undefined) return sum;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const blocks = entry.isFile() ? blocksOf(join(entry.parentPath, entry.name)) : undefined;
    if (blocks === undefined) continue;
    sum.files += 1;
    sum.diskKiB += blocks / 2;
  }
  return sum;
}

/** @param {string} file @returns {number | undefined} of 512 bytes; undefined where the process has just deleted it */
function blocksOf(file) {
  return statSync(file, { throwIfNoEntry: false })?.blocks;
}

/** @param {string} file */
function sizeOf(file) {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
