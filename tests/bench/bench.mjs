// scripts/bench: measures the given parts, prints their tables and writes their results. Each part is a module beside this file. A part
// that fails, for example by a wrong answer, is reported, the others are still measured, and the exit code is 1. A figure that misses its
// goal is marked in the table, but is not a failure.
import { existsSync } from "node:fs";
import { join } from "node:path";

import { USAGE, UsageError, extentOf, readOptions } from "./bench_options.mjs";
import { describeCommit, describeMachine, machineLine } from "./machine.mjs";
import { table } from "./measurement.mjs";
import { ratioChart, resultFolders, writeResult } from "./results.mjs";

/** @typedef {import("./bench_options.mjs").Options} Options */

/** @param {string} part @returns {Promise<import("./measurement.mjs").Part>} */
async function load(part) {
  const file = join(import.meta.dirname, `${part}.mjs`);
  if (!existsSync(file)) throw new Error(`scripts/bench has no part ${part} yet`);
  return import(file);
}

/** @param {string} line */
function say(line) {
  process.stderr.write(`bench: ${line}\n`);
}

/** @param {string} part @param {Options} options */
async function measure(part, options) {
  const { measure, charts, extent } = await load(part);
  const wishes = extentOf(part, options);
  const circumstances = { machine: describeMachine(), date: new Date().toISOString(), commit: describeCommit(), extent: extent(wishes) };
  const started = performance.now();
  const figures = await measure({ ...wishes, say });
  const folders = resultFolders(options);
  writeResult(folders, part, { ...circumstances, figures }, charts?.(figures) ?? ratioChart(part, figures));
  const took = Math.round((performance.now() - started) / 1000);
  console.log(`\n## ${part}\n\n${table(figures)}\n\n${circumstances.extent}. ${took} s in all; written to ${folders.join(" and ")}`);
}

/** @param {Options} options @returns {Promise<number>} parts that failed */
async function measureAll(options) {
  let failed = 0;
  for (const part of options.parts) {
    try {
      await measure(part, options);
    } catch (error) {
      ++failed;
      console.error(`bench: ${part} failed:`, error);
    }
  }
  return failed;
}

// Parts clean up at the process's exit, which a signal alone would skip.
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) process.on(signal, () => process.exit(1));

try {
  const options = readOptions(process.argv.slice(2));
  console.log(machineLine(describeMachine()));
  process.exit((await measureAll(options)) === 0 ? 0 : 1);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n${USAGE}`);
  process.exit(2);
}
