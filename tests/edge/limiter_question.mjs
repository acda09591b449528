// The question that rekey_limiter_take reads, as edge/core/limiter.cpp writes it: for tests that ask a limiter without a step.
import { createHash } from "node:crypto";

export const COUNT_SIZE = 42;
export const KEY_SIZE = 32;

/**
 * @typedef {{key: string, count: number, seconds: number, whenLimited?: "refuse" | "suppress", whenUncounted?: "refuse" | "count"}} Count
 * @param {Count[]} counts
 */
export function questionOf(counts) {
  const question = new Uint8Array(counts.length * COUNT_SIZE);
  counts.forEach((count, i) => writeCount(new DataView(question.buffer, i * COUNT_SIZE, COUNT_SIZE), count));
  return question;
}

/** @param {DataView} place @param {Count} count */
function writeCount(place, { key, count, seconds, whenLimited = "refuse", whenUncounted = "refuse" }) {
  createHash("sha256").update(key).digest().forEach((byte, at) => place.setUint8(at, byte));
  place.setUint32(KEY_SIZE, count, true);
  place.setUint32(KEY_SIZE + 4, seconds, true);
  place.setUint8(KEY_SIZE + 8, whenLimited === "refuse" ? 0 : 1);
  place.setUint8(KEY_SIZE + 9, whenUncounted === "refuse" ? 0 : 1);
}

/** @param {Uint8Array} question @returns {string[]} in hex */
export function keysOf(question) {
  const starts = Array.from({ length: question.length / COUNT_SIZE }, (_, i) => i * COUNT_SIZE);
  return starts.map((start) => Buffer.from(question.subarray(start, start + KEY_SIZE)).toString("hex"));
}
