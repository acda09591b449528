// Compares a test's counts with their gates in gates.mjs, prints both, and records which gates were checked.
import assert from "node:assert/strict";

import { gates } from "./gates.mjs";

export const ATTEMPTS = 3;

/** A gate further above its count no longer guards it: a change that lowers a count must lower its gate. */
const MOST_SLACK = 1.5;

/** @type {Set<string>} */
const looked = new Set();

/**
 * @param {number | undefined} measured
 * @param {number | undefined} gate
 * @param {number} slack the highest ratio of gate to count
 * @returns {string} the fault, or ""
 */
export function verdictOn(measured, gate, slack = MOST_SLACK) {
  if (measured === undefined || !Number.isFinite(measured)) return "nothing was counted";
  if (gate === undefined) return "there is no such gate in tests/counts/gates.mjs";
  if (measured > gate) return "more than the gate allows";
  if (gate > measured * slack) return "far less than the gate allows: lower it in tests/counts/gates.mjs";
  return "";
}

/**
 * Fails if a count is above its gate, or so far below it that the gate guards nothing.
 * @param {import("node:test").TestContext} t
 * @param {string} subject of gates.mjs
 * @param {Record<string, number>} counts all of that subject
 */
export function assertGates(t, subject, counts) {
  looked.add(subject);
  const { limits, varying = [] } = gates[subject] ?? { limits: {} };
  const faults = [...new Set([...Object.keys(counts), ...Object.keys(limits)])].flatMap((name) => {
    const line = `${subject}: ${name} ${readable(counts[name])}, gate ${limits[name]}`;
    t.diagnostic(line);
    const verdict = verdictOn(counts[name], limits[name], varying.includes(name) ? Infinity : MOST_SLACK);
    return verdict ? [`${line}: ${verdict}`] : [];
  });
  assert.deepEqual(faults, []);
}

/**
 * Counts again while a count is above its gate, and keeps the lowest of each: chance only adds to a count, such as a read that came in
 * two parts.
 * @param {string} subject of gates.mjs
 * @param {() => Promise<Record<string, number>>} count
 * @returns {Promise<Record<string, number>>}
 */
export async function leastCounts(subject, count) {
  let least = await count();
  for (let attempt = 1; attempt < ATTEMPTS && isAboveGate(subject, least); ++attempt) least = lesser(least, await count());
  return least;
}

/** @param {string} subject @param {Record<string, number>} counts */
function isAboveGate(subject, counts) {
  const limits = gates[subject]?.limits ?? {};
  return Object.entries(counts).some(([name, value]) => value > limits[name]);
}

/** @param {Record<string, number>} one @param {Record<string, number>} other @returns {Record<string, number>} */
function lesser(one, other) {
  return Object.fromEntries(Object.entries(one).map(([name, value]) => [name, Math.min(value, other[name])]));
}

/** For the end of a file: a gate that no test checks guards nothing. @param {string} part the beginning of the file's subjects */
export function assertAllLookedAt(part) {
  const expected = Object.keys(gates).filter((subject) => subject.startsWith(part));
  assert.deepEqual(expected.filter((subject) => !looked.has(subject)), []);
}

/** @param {number | undefined} value */
function readable(value) {
  return value === undefined || Number.isInteger(value) ? String(value) : value.toFixed(2);
}
