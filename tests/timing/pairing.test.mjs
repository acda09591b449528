import assert from "node:assert/strict";
import { test } from "node:test";

import { addSamples, pairsOf, plannedGroup, shuffled } from "./pairing.mjs";

/** @param {string} of @param {number} requests */
function member(of, requests) {
  return { of, requests: Array.from({ length: requests }, (_, i) => Buffer.from(`${of}${i}`)), pause: 70 };
}

test("every order of a group is equally likely", () => {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (let i = 0; i < 60_000; ++i) {
    const order = shuffled(["a", "b", "c"]).join("");
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  assert.equal(counts.size, 6);
  for (const count of counts.values()) assert.ok(Math.abs(count - 10_000) < 700, `${count} of 60000`); // 7.7 standard deviations
});

test("a member's requests stay together and in order; its pause follows the last one", () => {
  const plan = plannedGroup([member("known", 3), member("unknown", 3)], 5);
  const firsts = [plan.slice(0, 3), plan.slice(3)].sort((a, b) => a[0].label.localeCompare(b[0].label));
  assert.deepEqual(firsts[0].map(({ label, pause }) => [label, pause]), [["known.5.0", 0], ["known.5.1", 0], ["known.5.2", 70]]);
  assert.deepEqual(firsts[1].map(({ bytes }) => bytes.toString()), ["unknown0", "unknown1", "unknown2"]);
});

test("times become pairs within their group, in whatever order they were taken", () => {
  const samples = new Map();
  const lines = "unknown.1.0 10 202\nunknown.1.1 1 200\nknown.1.0 30 202\nknown.1.1 2 200\nknown.2.0 40 202\nknown.2.1 3 200\n";
  assert.deepEqual(addSamples(lines, [202, 200], samples), []);
  assert.deepEqual(pairsOf(samples, "known", "unknown", 0, 1), [[30, 10]]);
  assert.deepEqual(pairsOf(samples, "known", "unknown", 0, 2), [[32, 11]]);
  assert.deepEqual(pairsOf(samples, "known", "inactive", 0, 1), []);
});

test("a group with a wrong answer is left out, and reported", () => {
  const samples = new Map();
  const faults = addSamples("known.1.0 10 503\nunknown.1.0 10 202\nknown.2.0 10 202\nunknown.2.0 11 202\n", [202], samples);
  assert.deepEqual(faults, ["known: 503"]);
  assert.deepEqual(pairsOf(samples, "known", "unknown", 0, 1), [[10, 11]]);
});
