// What the documents say, as checks of a scenario's result: each names its source, says what should be, whether it is so, and what was
// seen. Used by the scenarios.
import { GREEDY_RATE } from "./arena.mjs";
import { latencyOf, requestsOf, total } from "./tally.mjs";

/**
 * @typedef {import("./arena.mjs").Result} Result
 * @typedef {import("./arena.mjs").Claim} Claim
 */

/** @param {number} count */
export function grouped(count) {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** @param {import("./tally.mjs").Counts} counts @returns {string} "429: 12, 503: 1" */
export function listed(counts) {
  return Object.entries(counts).map(([key, count]) => `${key}: ${grouped(count)}`).join(", ");
}

/** @param {Result} result @param {string} source @returns {Claim} */
export function honestAreServed({ honest }, source) {
  const [served, all] = [total(honest.served), requestsOf(honest)];
  const others = [listed(honest.refused), listed(honest.lost)].filter(Boolean).join("; ");
  const seen = `${grouped(served)} of ${grouped(all)}${others && `; ${others}`}`;
  return { words: "honest clients: 100 % served", source, holds: all > 0 && served === all, seen };
}

/** @param {Result} result @param {string} source @returns {Claim} */
export function processLives({ deaths }, source) {
  const [first] = deaths;
  const when = first && `first after ${first.second.toFixed(1)} s and ${grouped(first.answered)} answers to attackers: ${first.lastLine}`;
  return { words: "the process lives", source, holds: deaths.length === 0, seen: first ? `ended ${deaths.length} times, ${when}` : "no restart" };
}

/**
 * @param {Result} result
 * @param {number} calls at once
 * @param {number} seconds in which they are refilled
 * @param {string} source
 * @returns {Claim}
 */
export function limitHolds({ greedy }, calls, seconds, source) {
  const sent = greedy?.sent ?? 0;
  const served = total(greedy?.tally.served ?? {});
  const granted = calls + Math.ceil(((sent / GREEDY_RATE) * calls) / seconds);
  const seen = `${served} of ${sent} calls, where ${granted} are granted`;
  return { words: `a client gets ${calls} calls in ${seconds} s and no more`, source, holds: sent > 0 && served <= granted, seen };
}

/** @param {Result} result @param {number} milliseconds @param {string} source @returns {Claim} */
export function honestAreQuick({ honest }, milliseconds, source) {
  const { max, p99 } = latencyOf(honest);
  const seen = `p99 ${p99.toFixed(1)} ms, at most ${max.toFixed(1)} ms`;
  return { words: `99 of 100 honest answers within ${milliseconds} ms`, source, holds: honest.milliseconds.length > 0 && p99 <= milliseconds, seen };
}

/** @param {Result} result @param {number} mebibytes @param {string} source @returns {Claim} */
export function memoryGrowsBy({ samples }, mebibytes, source) {
  const grown = (Math.max(...samples.map(({ rssKiB }) => rssKiB)) - samples[0].rssKiB) / 1024;
  return { words: `memory grows by ${mebibytes} MiB at most`, source, holds: grown <= mebibytes, seen: `${grown.toFixed(1)} MiB` };
}

/** @param {Result} result @param {string} words @param {string} source @returns {Claim} from the faults that the scenario has listed */
export function noFaults({ seen }, words, source) {
  const faults = /** @type {string[]} */ (seen.faults);
  const right = `${seen.probes - faults.length} of ${seen.probes}`;
  return { words, source, holds: seen.probes > 0 && faults.length === 0, seen: [right, ...faults].join("; ") };
}
