// A run's report: a printed table with a verdict on each comparison, charts, and all figures as JSON.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { intervals } from "../rig/svg.mjs";
import { differs, isFoundSlower, microseconds, verdictOf } from "./verdict.mjs";

/**
 * @typedef {import("./measurement.mjs").Comparison} Comparison
 * @typedef {import("./stage.mjs").Situation} Situation
 *
 * @typedef {object} Result of one flow at one place
 * @property {string} flow
 * @property {import("./flows.mjs").Place} place
 * @property {Situation} situation
 * @property {number} groups
 * @property {string[]} faults
 * @property {number} seconds
 * @property {Comparison[]} comparisons
 * @property {number} mails_per_second during the flow, those of the storm included
 * @property {import("./world.mjs").MailTimes} [mail_milliseconds] if the flow causes mails
 *
 * @typedef {object} Report
 * @property {string} started
 * @property {Record<Situation, number>} delay_microseconds of the positive control
 * @property {{cpu: string, cores: number, load_at_start: number[], load_at_end: number[]}} machine
 * @property {"memory" | "disk"} data the place of PostgreSQL's and the limiters' data
 * @property {Record<string, string>} origin_settings
 * @property {Record<string, number>} request_states the forgot requests, counted by the state in which they ended
 * @property {Result[]} results
 */

const WIDTHS = [52, 7, 11, 20, 20, 9, 9, 7, 28];
const HEADINGS = ["", "pairs", "median µs", "95 %", "99 %", "Wilcoxon", "sign", "slower", "p10 / p50 / p90 / p99 µs", "verdict"];

/** @param {string[]} cells */
function row(cells) {
  return cells.map((cell, i) => (i === 0 ? cell.padEnd(WIDTHS[0]) : cell.padStart(WIDTHS[i] ?? 0))).join("  ").trimEnd();
}

/** @param {[number, number]} interval */
function span([low, high]) {
  return `${microseconds(low)} to ${microseconds(high)}`;
}

/** @param {number} p */
function probability(p) {
  return p < 0.001 ? p.toExponential(0) : p.toFixed(3);
}

/** @param {Comparison} comparison */
export function verdictCell({ role, a, figures }) {
  const verdict = verdictOf(figures, a);
  if (role === "null control") return differs(figures) ? `CONTROL FAILED: ${verdict}` : "finds nothing, as it must";
  if (role === "positive control") return isFoundSlower(figures) ? `${verdict}, as it must` : "CONTROL NOT FOUND: too noisy, or too few pairs";
  return role === "note" ? `${verdict} (for information)` : verdict;
}

/** @param {Comparison} comparison */
function comparisonRow(comparison) {
  const { measure, a, b, figures } = comparison;
  const quantiles = figures.quantiles.map(({ difference }) => microseconds(difference)).join(" / ");
  return row([
    `  ${measure}: ${a} - ${b}`, String(figures.pairs),
    microseconds(figures.median_difference), span(figures.interval_95), span(figures.interval_99),
    probability(figures.signed_rank_p), probability(figures.sign_p), `${(100 * figures.share_slower).toFixed(1)} %`, quantiles,
    verdictCell(comparison),
  ]);
}

/** @param {Pick<Result, "flow" | "place" | "situation">} result */
export function titleOf({ flow, place, situation }) {
  return `${flow} ${place === "origin" ? "at the origin" : "through the edge"}, ${situation === "idle" ? "idle" : "under a mail storm"}`;
}

/** @param {Result} result */
function mailsOf({ mails_per_second, mail_milliseconds: took }) {
  const times = took ? `, half of them within ${took.p50} ms of the request, 99 of 100 within ${took.p99} ms` : "";
  return `${mails_per_second} mails/s${times}`;
}

/** @param {Result[]} results @returns {string} */
export function tableOf(results) {
  const parts = results.flatMap((result) => {
    const lost = result.faults.length === 0 ? "" : `, ${result.faults.length} WRONG ANSWERS: ${[...new Set(result.faults)].slice(0, 5).join(", ")}`;
    const facts = `${result.groups} groups, ${Math.round(result.seconds)} s, ${mailsOf(result)}${lost}`;
    return [`${titleOf(result)} (${facts})`, ...result.comparisons.map(comparisonRow)];
  });
  return [row(HEADINGS), ...parts].join("\n");
}

/** @param {Result[]} results of one situation @param {Situation} situation @returns {string} an SVG document */
function chartOf(results, situation) {
  const rows = results.flatMap(({ place, comparisons }) => comparisons.map(({ measure, a, b, figures }) => {
    const [low, high] = figures.interval_99.map((value) => value / 1000);
    return { label: `${measure}, ${place}: ${a} - ${b}`, low, mid: figures.median_difference / 1000, high };
  }));
  const when = situation === "idle" ? "nothing else running" : "under a mail storm";
  return intervals({ title: `Who answers slower? ${when}`, unit: "µs, median of paired differences with 99 % interval", rows, mark: 0 });
}

/** @param {Report} report @param {string} folder @returns {string[]} the files */
export function writeReport(report, folder) {
  const json = join(folder, "timing.json");
  writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
  const situations = [...new Set(report.results.map(({ situation }) => situation))];
  const charts = situations.map((situation) => {
    const chart = join(folder, `timing-${situation}.svg`);
    writeFileSync(chart, chartOf(report.results.filter((result) => result.situation === situation), situation));
    return chart;
  });
  return [json, ...charts];
}
