// The figures of the growth part, one quantity at one size each, and the charts over all sizes, with a line for each quantity.
import { lines } from "../rig/svg.mjs";
import { latencyOf } from "./mail_stamps.mjs";

/**
 * @typedef {import("./measurement.mjs").Figure} Figure
 * @typedef {import("./growth_database_cost.mjs").DatabaseCost} DatabaseCost
 * @typedef {{of: string, size: number}} Size such as 10,000 users
 */

/** @param {string} what @param {Size} size */
function nameOf(what, { of, size }) {
  return `${what}, ${size.toLocaleString("en")} ${of}`;
}

/**
 * @param {string} what
 * @param {Size} size
 * @param {number[]} times milliseconds of each call
 * @param {string} note
 * @returns {Figure}
 */
export function latencyFigure(what, size, times, note) {
  const latency = latencyOf(times);
  return { name: nameOf(what, size), unit: "ms", better: "less", ours: [latency.p50], latency: [latency], x: size.size, note };
}

/**
 * @param {string} what
 * @param {Size} size
 * @param {number} value
 * @param {string} unit
 * @param {string} [note]
 * @returns {Figure}
 */
export function amountFigure(what, size, value, unit, note) {
  return { name: nameOf(what, size), unit, better: "less", ours: [value], x: size.size, ...(note ? { note } : {}) };
}

/**
 * A line for each quantity of one unit, since they share an axis.
 * @param {Figure[]} figures
 * @param {string} title
 * @param {string} of what grows, as in the names
 * @param {string} unit
 */
export function growthChart(figures, title, of, unit) {
  /** @type {Map<string, [number, number][]>} */
  const series = new Map();
  for (const figure of figures) {
    const [what, size] = figure.name.split(/, (?=[\d,]+ [^,]*$)/);
    if (figure.x === undefined || figure.unit !== unit || !size?.endsWith(` ${of}`)) continue;
    series.set(what, [...(series.get(what) ?? []), [figure.x, figure.ours[0]]]);
  }
  const wishes = { x: { label: of, log: true }, y: { label: unit, log: true } };
  return lines({ title, ...wishes, series: [...series].map(([name, points]) => ({ name, points })) });
}
