// Writes the figures of scripts/bench: JSON and charts below .rekey/bench, and with --record also to the folder that README.md shows.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { bars } from "../rig/svg.mjs";
import { checkout } from "../system/stack.mjs";
import { ratio } from "./measurement.mjs";

/**
 * @typedef {import("./measurement.mjs").Figure} Figure
 * @typedef {{machine: import("./machine.mjs").Machine, date: string, commit: string, extent: string, figures: Figure[]}} Result
 */

const LATEST = join(checkout, ".rekey/bench");
const RECORD = join(checkout, "tests/bench/results");

/** @param {{isForRecord: boolean}} options @returns {string[]} */
export function resultFolders({ isForRecord }) {
  return isForRecord ? [LATEST, RECORD] : [LATEST];
}

/** @param {string[]} folders @param {string} part @param {Result} result @param {Record<string, string>} charts */
export function writeResult(folders, part, result, charts) {
  const files = { [`${part}.json`]: `${JSON.stringify(result, undefined, 2)}\n`, ...charts };
  for (const folder of folders) {
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  }
}

/**
 * One bar for each figure with a reference; the line at 1 is the reference.
 * @param {string} part @param {Figure[]} figures @returns {Record<string, string>} empty if no figure has a reference
 */
export function ratioChart(part, figures) {
  const rows = figures.flatMap((figure) => {
    const found = ratio(figure);
    return found ? [{ label: chartLabel(figure), value: found.mid, low: found.low, high: found.high }] : [];
  });
  if (rows.length === 0) return {};
  const title = `scripts/bench ${part}: ours in units of the reference`;
  return { [`${part}.svg`]: bars({ title, unit: "ratio: median, least and greatest of the rounds", rows, mark: 1 }) };
}

/** @param {Figure} figure */
function chartLabel({ name, referenceName }) {
  return referenceName ? `${name} / ${referenceName}` : name;
}
