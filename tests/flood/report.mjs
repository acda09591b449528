// A flood's results: the printed lines, the JSON, and a chart for each scenario.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { lines } from "../rig/svg.mjs";
import { grouped, latencyOf, listed, requestsOf, total } from "./tally.mjs";

/**
 * @typedef {import("./arena.mjs").Result} Result
 * @typedef {import("./tally.mjs").Tally} Tally
 * @typedef {import("./sampler.mjs").Sample} Sample
 */

/** @param {string} who @param {Tally} tally */
function tallyLine(who, tally) {
  const parts = /** @type {const} */ (["served", "refused", "lost"]).map((kind) => {
    const list = listed(tally[kind]);
    return `${kind} ${grouped(total(tally[kind]))}${list && ` (${list})`}`;
  });
  return `  ${who.padEnd(12)} ${parts.join(", ")}`;
}

/** @param {Tally} honest */
function latencyLine(honest) {
  const { p50, p99, max } = latencyOf(honest);
  return `  ${"".padEnd(12)} answered in p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, at most ${max.toFixed(1)} ms`;
}

/** @param {string} name @param {import("./crew.mjs").Report} report */
function attackerLines(name, report) {
  const { tally, sent, mostConnected, closed } = report;
  if (mostConnected === undefined) return [`${tallyLine(name, tally)}; ${grouped(sent)} sent`];
  const ended = `${grouped(closed ?? 0)} ended by the server (${listed(tally.lost)})`;
  const answers = listed({ ...tally.served, ...tally.refused }) || "none";
  return [`  ${name.padEnd(12)} ${grouped(mostConnected)} sockets at once, ${grouped(sent)} in all; ${ended}; answers: ${answers}`];
}

/** Name, key, and divisor from the sample's unit to the report's. */
const FIGURES = /** @type {const} */ ([
  ["descriptors", "descriptors", 1],
  ["memory MiB", "rssKiB", 1024],
  ["files", "files", 1],
  ["disk MiB", "diskKiB", 1024],
  ["log MiB", "logKiB", 1024],
]);

/** @param {Sample[]} samples @returns {string} the first, the highest and the last value of each figure */
function processLine(samples) {
  const words = FIGURES.map(([name, key, unit]) => {
    const values = samples.map((sample) => sample[key] / unit);
    const shown = [values[0], Math.max(...values), values[values.length - 1]];
    return `${name} ${shown.map((value) => (unit === 1 ? grouped(value) : value.toFixed(1))).join(" / ")}`;
  });
  return `  ${"process".padEnd(12)} first / highest / last: ${words.join(", ")}`;
}

/** @param {Result} result @returns {string[]} */
export function linesOf(result) {
  return [
    `${result.at} ${result.name} (${result.seconds} s): ${result.what}`,
    ...Object.entries(result.attackers).flatMap(([name, report]) => attackerLines(name, report)),
    tallyLine("honest", result.honest),
    latencyLine(result.honest),
    ...(result.greedy ? [tallyLine("greedy", result.greedy.tally)] : []),
    processLine(result.samples),
    ...result.claims.map(({ words, source, holds, seen }) => (holds ? `  holds: ${words}: ${seen}` : `  does not hold today: ${words} (${source}): ${seen}`)),
    ...result.observations.map((words) => `  seen: ${words}`),
  ];
}

/** @param {Sample[]} samples @param {(sample: Sample) => number} value @returns {[number, number][]} */
function over(samples, value) {
  return samples.map((sample) => [sample.second, value(sample)]);
}

/** @param {Result} result @returns {string} an SVG document */
export function chartOf({ at, name, samples }) {
  const series = [
    { name: "descriptors", points: over(samples, ({ descriptors }) => descriptors) },
    { name: "memory, MiB", points: over(samples, ({ rssKiB }) => rssKiB / 1024) },
    { name: "files", points: over(samples, ({ files }) => files) },
    { name: "disk, KiB", points: over(samples, ({ diskKiB }) => diskKiB) },
  ];
  const told = series.filter(({ points }) => points.some(([, value]) => value > 0));
  return lines({ title: `Flood: ${at}, ${name}`, x: { label: "seconds" }, y: { label: "what the process holds", log: true }, series: told });
}

/** Reduces the times to the report's quantiles. @param {Result} result */
function forJson(result) {
  const { milliseconds, ...honest } = result.honest;
  const requests = Object.values(result.attackers).reduce((sum, { tally }) => sum + requestsOf(tally), 0);
  const greedy = result.greedy && { ...result.greedy, tally: { ...result.greedy.tally, milliseconds: undefined } };
  return { ...result, greedy, attackersRequests: requests, honest: { ...honest, latency: latencyOf(result.honest) } };
}

/** @param {string} folder @param {Result[]} results @param {Record<string, unknown>} about the run */
export function writeResults(folder, results, about) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "flood.json"), `${JSON.stringify({ ...about, scenarios: results.map(forJson) }, null, 1)}\n`);
  writeFileSync(join(folder, "flood.txt"), `${results.map((result) => linesOf(result).join("\n")).join("\n\n")}\n`);
  for (const result of results) writeFileSync(join(folder, `${result.at}-${result.name}.svg`), chartOf(result));
}
