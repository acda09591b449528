// A short run of the instrument of scripts/prove timing: it finds the delay that a proxy adds for some unknown addresses, and finds no
// difference without a delay. The measurement of Rekey itself takes about an hour; its report has the results.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { FLOWS } from "./flows.mjs";
import { Measurement } from "./measurement.mjs";
import { Stage } from "./stage.mjs";
import { isAlarm } from "./verdict.mjs";

/**
 * 600 pairs and 3 ms. The delayed control is missed if fewer than 366 of 600 pairs show it slower. An answer takes about a millisecond;
 * on a machine with a load of ten, one in seven takes 3 ms longer than another. As long as three pairs of four show the 3 ms, the sign
 * test misses it with a probability below 1e-12 (Chernoff's bound: exp(-600 D(0.61 || 0.75)) = 4e-13); the rank test needs fewer pairs.
 * The other control raises an alarm by chance at most once in 10,000,000 runs: that is the level of the sign test, which is exact.
 */
const PAIRS = 600;
const DELAY = 3000;

const { forgot } = FLOWS;
const plainForgot = {
  ...forgot,
  subjects: [],
  rareSubjects: [],
  pause: { origin: 0, edge: 0 },
  measures: forgot.measures.slice(0, 1),
  statuses: { origin: forgot.statuses.origin.slice(0, 1), edge: forgot.statuses.edge.slice(0, 1) },
  requests: (/** @type {Parameters<typeof forgot.requests>} */ ...words) => forgot.requests(...words).slice(0, 1),
};

/** @type {Stage} */
let stage;
/** @type {import("./measurement.mjs").Comparison[]} */
let comparisons;

before(async () => {
  stage = await Stage.start({ places: ["origin"], delays: { idle: DELAY }, data: "memory", relay: "none" });
  const measurement = new Measurement(stage, plainForgot, "origin", "idle", 1);
  await measurement.warmUp(30);
  await measurement.take(PAIRS);
  assert.deepEqual(measurement.faults, []);
  comparisons = measurement.takeComparisons();
});
after(() => stage?.stop());

/** @param {import("./measurement.mjs").Role} role */
function figuresOf(role) {
  const found = comparisons.find((comparison) => comparison.role === role);
  assert.ok(found);
  assert.equal(found.figures.pairs, PAIRS);
  return found.figures;
}

test("E07: the 3 ms that a proxy adds for some unknown addresses are found", () => {
  const figures = figuresOf("positive control");
  assert.ok(isAlarm(figures), JSON.stringify(figures));
  assert.ok(figures.median_difference > 0, JSON.stringify(figures));
});

test("no difference is found between two classes of unknown addresses", () => {
  const figures = figuresOf("null control");
  assert.ok(!isAlarm(figures), JSON.stringify(figures));
});
