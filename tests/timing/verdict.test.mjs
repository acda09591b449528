import assert from "node:assert/strict";
import { test } from "node:test";

import { differs, exitCodeOf, isAlarm, isFoundSlower, microseconds, verdictOf } from "./verdict.mjs";

/**
 * @param {number} signedRank
 * @param {number} sign
 * @param {number} [median]
 * @returns {import("./programs.mjs").Figures}
 */
function figures(signedRank, sign, median = 391_400) {
  return { pairs: 100, median_difference: median, interval_95: [0, 1], interval_99: [0, 1], signed_rank_p: signedRank, sign_p: sign, share_slower: 0.6, quantiles: [] };
}

test("either test alone shows a difference, below one in a hundred thousand", () => {
  assert.equal(differs(figures(0.9e-5, 0.5)), true);
  assert.equal(differs(figures(0.5, 0.9e-5)), true);
  assert.equal(differs(figures(1e-5, 1e-5)), false);
});

test("a verdict names the slower class and the difference", () => {
  assert.equal(verdictOf(figures(1e-9, 1e-9), "known"), "differs: known slower by 391 µs");
  assert.equal(verdictOf(figures(1e-9, 1e-9, -20_540), "known"), "differs: known faster by 20.5 µs");
  assert.equal(verdictOf(figures(1e-4, 1e-4), "known"), "finds nothing");
});

test("the delayed control counts as found only if it is slower", () => {
  assert.equal(isFoundSlower(figures(1e-9, 1e-9)), true);
  assert.equal(isFoundSlower(figures(1e-9, 1e-9, -391_400)), false);
  assert.equal(isFoundSlower(figures(1e-4, 1e-4)), false);
});

test("the suite's alarm needs both tests, below one in ten million", () => {
  assert.equal(isAlarm(figures(0.9e-7, 0.9e-7)), true);
  assert.equal(isAlarm(figures(0.9e-7, 1e-7)), false);
  assert.equal(isAlarm(figures(1e-7, 0.9e-7)), false);
});

test("times are shown with their significant digits", () => {
  assert.deepEqual([391_400, 20_540, -90].map(microseconds), ["391", "20.5", "-0.1"]);
});

/** @param {Record<string, import("./programs.mjs").Figures>} byRole @param {number} [wrong] of 1000 groups */
function result(byRole, wrong = 0) {
  const comparisons = Object.entries(byRole).map(([role, one]) =>
    ({ measure: "forgot", a: "a", b: "b", role: /** @type {import("./measurement.mjs").Role} */ (role), figures: one }));
  return { groups: 1000, faults: Array(wrong).fill("known: 503"), comparisons };
}

test("a run with good controls exits with 1 if a claim is broken, else with 0", () => {
  const [found, nothing] = [figures(1e-9, 1e-9), figures(0.5, 0.5)];
  const controls = { "null control": nothing, "positive control": found };
  assert.equal(exitCodeOf([result({ ...controls, claim: nothing })]), 0);
  assert.equal(exitCodeOf([result({ ...controls, claim: nothing }), result({ ...controls, claim: found })]), 1);
  assert.equal(exitCodeOf([result({ ...controls, claim: nothing, note: found })]), 0);
});

test("a run with wrong controls or answers exits with 2, whatever it found", () => {
  const [found, nothing] = [figures(1e-9, 1e-9), figures(0.5, 0.5)];
  assert.equal(exitCodeOf([result({ "null control": found, "positive control": found, claim: nothing })]), 2);
  assert.equal(exitCodeOf([result({ "null control": nothing, "positive control": nothing, claim: found })]), 2);
  assert.equal(exitCodeOf([result({ claim: nothing }, 1)]), 0);
  assert.equal(exitCodeOf([result({ claim: nothing }, 2)]), 2);
});
