// The rules by which this instrument decides, each a function of the figures alone.

/** @typedef {import("./programs.mjs").Figures} Figures */

/**
 * Without a difference each test falls below this once in 100,000 comparisons. A run makes about 70 of them with two tests each, so
 * fewer than one run in 700 has a false alarm.
 */
export const DIFFERENCE_LEVEL = 1e-5;

/** For the test suite, which must not fail by chance: an alarm needs both tests below this. The sign test's p-value is exact. */
export const ALARM_LEVEL = 1e-7;

/** The largest share of groups with a wrong answer: with more it would be a different experiment. */
const MOST_WRONG = 1 / 1000;

/** @param {Figures} figures @returns {boolean} whether the two classes can be told apart */
export function differs({ signed_rank_p, sign_p }) {
  return signed_rank_p < DIFFERENCE_LEVEL || sign_p < DIFFERENCE_LEVEL;
}

/** @param {Figures} figures @param {string} a the class whose times come first @returns {string} */
export function verdictOf(figures, a) {
  if (!differs(figures)) return "finds nothing";
  const slower = figures.median_difference > 0 || (figures.median_difference === 0 && figures.share_slower > 0.5);
  return `differs: ${a} ${slower ? "slower" : "faster"} by ${microseconds(Math.abs(figures.median_difference))} µs`;
}

/** @param {Figures} figures @returns {boolean} whether the delayed control was found, in the right direction */
export function isFoundSlower(figures) {
  return differs(figures) && figures.median_difference > 0;
}

/** @param {Figures} figures @returns {boolean} whether the test suite fails; by chance at most once in 10,000,000 times */
export function isAlarm({ signed_rank_p, sign_p }) {
  return signed_rank_p < ALARM_LEVEL && sign_p < ALARM_LEVEL;
}

/**
 * @param {Pick<import("./report.mjs").Result, "comparisons" | "faults" | "groups">[]} results
 * @returns {0 | 1 | 2} 2 if the instrument can't be trusted, since a control failed or answers were wrong; 1 if a claim is broken,
 *   since classes can be told apart; else 0
 */
export function exitCodeOf(results) {
  const all = results.flatMap(({ comparisons }) => comparisons);
  const controlFailed = all.some(({ role, figures }) =>
    (role === "null control" && differs(figures)) || (role === "positive control" && !isFoundSlower(figures)));
  const manyWrong = results.some(({ faults, groups }) => faults.length > groups * MOST_WRONG);
  if (controlFailed || manyWrong) return 2;
  return all.some(({ role, figures }) => role === "claim" && differs(figures)) ? 1 : 0;
}

/** @param {number} nanoseconds @returns {string} with a decimal if that is significant */
export function microseconds(nanoseconds) {
  const value = nanoseconds / 1000;
  return Math.abs(value) < 100 ? value.toFixed(1) : value.toFixed(0);
}
