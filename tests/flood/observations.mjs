// Figures that no sentence of README.md or DESIGN.md promises: a report shows them beside the claims, and they can't fail a run.
// Used by the scenarios.
import { grouped } from "./tally.mjs";

/**
 * @typedef {import("./arena.mjs").Result} Result
 *
 * @typedef {object} Cost of one request
 * @property {number} milliseconds until it was refused
 * @property {number} grownKiB
 */

/** @param {Pick<Result, "deaths">} result @returns {string} how often the process ended, and the circumstances of its first end */
export function restartsOf({ deaths }) {
  const [first] = deaths;
  if (!first) return "no restart";
  const when = `first after ${first.second.toFixed(1)} s and ${grouped(first.answered)} answers to attackers: ${first.lastLine}`;
  return `the process ended ${deaths.length} times, ${when}`;
}

/** @param {Result} result @returns {string} */
export function memoryGrowth({ samples }) {
  const grown = (Math.max(...samples.map(({ rssKiB }) => rssKiB)) - samples[0].rssKiB) / 1024;
  return `${grown.toFixed(1)} MiB more memory at most`;
}

/** @param {Result} result @returns {string} of the requests of a corpus */
export function rightOnes({ seen }) {
  return [`${seen.probes - seen.faults.length} of ${seen.probes} as they should be`, ...seen.faults].join("; ");
}

/** @param {Result} result @returns {string} of requests that are too large */
export function costliest({ seen }) {
  const costs = /** @type {Cost[]} */ (seen.costs);
  const latest = Math.max(...costs.map(({ milliseconds }) => milliseconds));
  const most = Math.max(...costs.map(({ grownKiB }) => grownKiB));
  return `the slowest refusal after ${Math.round(latest)} ms, at most ${grouped(most)} KiB of memory for one`;
}
