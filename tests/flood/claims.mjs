// Checks of a scenario's result against the sentences of README.md and DESIGN.md that a flood can break; each quotes its sentence.
// Figures that no sentence promises are in observations.mjs. Used by the scenarios.
import { GREEDY_RATE } from "./arena.mjs";
import { restartsOf, rightOnes } from "./observations.mjs";
import { grouped, listed, requestsOf, total } from "./tally.mjs";

/**
 * @typedef {import("./arena.mjs").Result} Result
 * @typedef {import("./arena.mjs").Claim} Claim
 */

/** @param {Result} result @param {string} source @returns {Claim} */
export function honestAreServed({ honest }, source) {
  const [served, all] = [total(honest.served), requestsOf(honest)];
  const others = [listed(honest.refused), listed(honest.lost)].filter(Boolean).join("; ");
  const seen = `${grouped(served)} of ${grouped(all)}${others && `; ${others}`}`;
  return { words: "honest clients: 100 % served", source, holds: all > 0 && served === all, seen };
}

/** @param {Result} result @param {string} source @returns {Claim} */
export function processLives({ deaths }, source) {
  return { words: "the process lives", source, holds: deaths.length === 0, seen: restartsOf({ deaths }) };
}

/** @param {Result} result @param {number} mostKiB @param {string} source @returns {Claim} of the files of the attacked process */
export function diskIsBounded({ samples }, mostKiB, source) {
  const most = Math.max(...samples.map(({ diskKiB }) => diskKiB));
  return { words: `at most ${grouped(mostKiB)} KiB on disk`, source, holds: most <= mostKiB, seen: `${grouped(most)} KiB` };
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

/** @param {Result} result @param {string} words @param {string} source @returns {Claim} from the faults that the scenario has listed */
export function noFaults(result, words, source) {
  const { probes, faults } = result.seen;
  return { words, source, holds: probes > 0 && faults.length === 0, seen: rightOnes(result) };
}
