// The gates themselves: they fail when they must, and each count has a unit and a reason.
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { leastCounts, verdictOn } from "./gate.mjs";
import { gates, units } from "./gates.mjs";

describe("a gate", () => {
  test("passes a count that it allows", () => {
    assert.equal(verdictOn(16, 16), "");
    assert.equal(verdictOn(15.5, 16), "");
    assert.equal(verdictOn(0, 0), "");
  });

  test("refuses any count above it", () => {
    assert.match(verdictOn(16.05, 16), /more than/);
    assert.match(verdictOn(0.05, 0), /more than/);
  });

  test("refuses to be far above the count", () => {
    assert.match(verdictOn(10, 16), /lower it/);
    assert.match(verdictOn(0, 1), /lower it/);
  });

  test("allows a low count where chance lowers it, and no high one", () => {
    assert.equal(verdictOn(1, 16, Infinity), "");
    assert.match(verdictOn(17, 16, Infinity), /more than/);
  });

  test("refuses a missing count, and a missing gate", () => {
    assert.match(verdictOn(NaN, 16), /nothing was counted/);
    assert.match(verdictOn(undefined, 16), /nothing was counted/);
    assert.match(verdictOn(16, undefined), /no such gate/);
  });
});

describe("the lowest of three attempts", () => {
  const subject = "edge, page";
  const { systemCalls } = gates[subject].limits;

  /** @param {Record<string, number>[]} attempts @returns {Promise<{least: Record<string, number>, taken: number}>} */
  async function leastOf(attempts) {
    let taken = 0;
    const least = await leastCounts(subject, async () => attempts[taken++]);
    return { least, taken };
  }

  test("is the first if that is within the gate", async () => {
    assert.deepEqual(await leastOf([{ systemCalls, syncs: 0 }]), { least: { systemCalls, syncs: 0 }, taken: 1 });
  });

  test("ignores a stray call, whichever count it adds to", async () => {
    const attempts = [{ systemCalls: systemCalls + 0.1, syncs: 0 }, { systemCalls, syncs: 0.1 }];
    assert.deepEqual(await leastOf(attempts), { least: { systemCalls, syncs: 0 }, taken: 2 });
  });

  test("stays above the gate if every attempt is", async () => {
    const attempts = [0.3, 0.1, 0.2].map((more) => ({ systemCalls: systemCalls + more, syncs: 0 }));
    assert.deepEqual(await leastOf(attempts), { least: { systemCalls: systemCalls + 0.1, syncs: 0 }, taken: 3 });
  });
});

test("every gate has a unit and a reason, and every unit is used", () => {
  const names = Object.values(gates).flatMap(({ limits }) => Object.keys(limits));
  assert.deepEqual(new Set(names), new Set(Object.keys(units)));
  for (const [subject, { why, limits, varying = [] }] of Object.entries(gates)) {
    assert.match(why, /^[A-Z0-9].*\.$/, subject);
    assert.deepEqual(varying.filter((name) => !(name in limits)), [], subject);
  }
});
