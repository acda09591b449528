// The figures of scripts/bench and their presentation: figures beside their references, ratios with their spread, the table. Each part
// (edge.mjs, origin.mjs, mail.mjs, growth.mjs, memory.mjs, desk.mjs, accounts.mjs) exports `measure` and, if it draws more than ratios, `charts`.

/**
 * @typedef {object} Figure one quantity; one number for each round
 * @property {string} name the measured quantity, distinct from its neighbours: "forged token, 16 connections"
 * @property {string} unit such as "requests/s" or "ms"
 * @property {number[]} ours
 * @property {number[]} [reference] of the same rounds, one for each of ours; undefined for a figure without a reference
 * @property {string} [referenceName]
 * @property {number} [reach] the design's goal for the ratio: a minimum, or a maximum if less is better
 * @property {number} [goal] the design's goal for the value, in the figure's unit; in the same sense
 * @property {"more" | "less"} [better] "more" by default
 * @property {Latency[]} [latency] of ours, one for each round
 * @property {number} [x] what grew, in a part that measures growth
 * @property {string} [note] information that a reader needs
 *
 * @typedef {{p50: number, p99: number}} Latency in milliseconds
 *
 * @typedef {object} Wishes
 * @property {number} rounds
 * @property {number} seconds of each measurement in a round
 * @property {(line: string) => void} say reports progress
 *
 * @typedef {object} Part
 * @property {(wishes: Wishes) => Promise<Figure[]>} measure
 * @property {(wishes: {rounds: number, seconds: number}) => string} extent the duration and number of the measurements, and the kind of load
 * @property {(figures: Figure[]) => Record<string, string>} [charts] file name without folder -> SVG; else one chart of all ratios
 *
 * @typedef {{low: number, mid: number, high: number}} Spread the least, the median, the greatest
 */

/** @param {number[]} values at least one @returns {number} */
export function median(values) {
  if (values.length === 0) throw new Error("nothing was measured");
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** @param {number[]} values at least one @returns {Spread} */
export function spread(values) {
  return { low: Math.min(...values), mid: median(values), high: Math.max(...values) };
}

/**
 * Ours in units of the reference. Divides the pairs of each round, not the medians of all rounds: a slow machine slows both of a pair.
 * @param {Figure} figure
 * @returns {Spread | undefined} undefined without a reference
 */
export function ratio({ name, ours, reference }) {
  if (reference === undefined) return undefined;
  if (reference.length !== ours.length) throw new Error(`${name}: ${ours.length} rounds of ours, ${reference.length} of the reference`);
  return spread(ours.map((value, round) => value / reference[round]));
}

/**
 * @param {Figure} figure
 * @returns {boolean | undefined} undefined without a goal
 */
export function isReached(figure) {
  const judged = wishesOf(figure);
  return judged.length === 0 ? undefined : judged.every((wish) => wish.isReached);
}

/** @param {Figure} figure @returns {{text: string, isReached: boolean}[]} of its ratio, of its value, or of both */
function wishesOf(figure) {
  const { ours, unit, reach, goal, better } = figure;
  const found = ratio(figure);
  const sign = better === "less" ? "<=" : ">=";
  const judge = (/** @type {number} */ value, /** @type {number} */ wish) => (better === "less" ? value <= wish : value >= wish);
  return [
    ...(reach === undefined || found === undefined ? [] : [{ text: `${sign} ${reach}`, isReached: judge(found.mid, reach) }]),
    ...(goal === undefined ? [] : [{ text: `${sign} ${goal.toLocaleString("en")} ${unit}`, isReached: judge(median(ours), goal) }]),
  ];
}

/**
 * Runs each measurement once in every round, in the given order in even rounds and backwards in odd ones: A B, B A, A B ...
 * so that neither of two always finds the machine warm.
 * @template T
 * @param {number} rounds
 * @param {Record<string, (round: number) => Promise<T>>} measurements
 * @returns {Promise<Record<string, T[]>>} by name, one result for each round
 */
export async function interleaved(rounds, measurements) {
  const names = Object.keys(measurements);
  /** @type {Record<string, T[]>} */
  const results = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; ++round) {
    const order = round % 2 === 0 ? names : names.toReversed();
    for (const name of order) results[name].push(await measurements[name](round));
  }
  return results;
}

/** @param {number} value @returns {string} with at least three digits, and commas between thousands */
export function readable(value) {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3;
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** @param {Figure} figure @returns {string[]} a line of the table */
function cells(figure) {
  const { name, unit, ours, reference, referenceName, latency } = figure;
  const found = ratio(figure);
  const of = (/** @type {"p50" | "p99"} */ quantile) => (latency ? readable(median(latency.map((one) => one[quantile]))) : "");
  return [
    name,
    `${readable(median(ours))} ${unit}`,
    reference ? `${readable(median(reference))} ${referenceName ?? ""}`.trim() : "",
    found ? `${readable(found.mid)} (${readable(found.low)} to ${readable(found.high)})` : "",
    wishesOf(figure).map((wish) => `${wish.text}${wish.isReached ? "" : ", missed"}`).join("; "),
    of("p50"),
    of("p99"),
  ];
}

const HEADINGS = ["what", "ours", "reference", "ratio (least to greatest)", "asked for", "p50 ms", "p99 ms"];

/** @param {Figure[]} figures @returns {string} a table in Markdown, aligned for a terminal, too */
export function table(figures) {
  const rows = [HEADINGS, ...figures.map(cells)];
  const used = HEADINGS.map((_, column) => column === 0 || rows.slice(1).some((row) => row[column] !== ""));
  const kept = rows.map((row) => row.filter((_, column) => used[column]));
  const widths = kept[0].map((_, column) => Math.max(...kept.map((row) => row[column].length)));
  const text = (/** @type {string[]} */ row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(" | ")} |`;
  const rule = `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`;
  const notes = figures.filter((figure) => figure.note).map((figure) => `- ${figure.name}: ${figure.note}`);
  return [text(kept[0]), rule, ...kept.slice(1).map(text), ...(notes.length > 0 ? ["", ...notes] : [])].join("\n");
}
