// Reads Prometheus' text format, and has promtool check it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";

/** @param {string} text @returns {Map<string, number>} each value by its name and labels */
export function valuesOf(text) {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]));
}

/** @param {Map<string, number>} before @param {Map<string, number>} after @returns {Record<string, number>} what was added to each value that has changed */
export function increases(before, after) {
  const changed = [...after].filter(([series, value]) => value !== (before.get(series) ?? 0));
  return Object.fromEntries(changed.map(([series, value]) => [series, value - (before.get(series) ?? 0)]));
}

/** @param {string} series @returns {Record<string, string>} its labels */
export function labelsOf(series) {
  return Object.fromEntries([...series.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
}

/** Fails unless promtool accepts names, types and values. @param {string} text */
export function checkWithPromtool(text) {
  const { status, stdout, stderr, error } = spawnSync("promtool", ["check", "metrics"], { input: text, encoding: "utf8" });
  assert.ifError(error);
  assert.equal(status, 0, stdout + stderr);
  assert.equal(stdout + stderr, "");
}
