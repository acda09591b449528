// The instruments' charts as SVG documents: intervals, bars and lines. They hold no scripts and no fonts, and their colours are
// readable on light and dark backgrounds, so that a README can show the files directly.

/**
 * @typedef {object} Axis where values fall on the page
 * @property {(value: number) => number} at
 * @property {number[]} ticks
 *
 * @typedef {{label: string, low: number, mid: number, high: number}} IntervalRow
 * @typedef {{label: string, value: number, low?: number, high?: number}} BarRow
 * @typedef {{name: string, points: [number, number][]}} Series
 * @typedef {{label?: string, log?: boolean, from?: number, to?: number}} AxisWish
 */

const WIDTH = 780;
const ROW = 26;
const TOP = 44;
const FOOT = 44;
const INK = "#767c85";
const GRID = "#9aa1ab";
const COLOURS = ["#3b82c4", "#d9792b", "#3f9a54", "#b5559b", "#9a8a1f", "#c9504c"];
/** Width of a letter of 12 px sans serif. A generous guess: a column that is too wide is still readable, one too narrow is not. */
const LETTER = 6.8;

/** @param {string} text */
function escaped(text) {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/**
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 * @param {string} [text]
 */
function element(name, attributes, text) {
  const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${typeof value === "number" ? +value.toFixed(2) : escaped(value)}"`);
  return text === undefined ? `<${name}${list.join("")}/>` : `<${name}${list.join("")}>${escaped(text)}</${name}>`;
}

/** @param {number} x @param {number} y @param {string} words @param {"start" | "middle" | "end"} [anchor] */
function text(x, y, words, anchor = "start") {
  return element("text", { x, y, "text-anchor": anchor, fill: INK }, words);
}

/** @param {number} x1 @param {number} y1 @param {number} x2 @param {number} y2 @param {Record<string, string | number>} [style] */
function line(x1, y1, x2, y2, style = {}) {
  return element("line", { x1, y1, x2, y2, stroke: GRID, "stroke-width": 1, ...style });
}

/** @param {string} title @param {number} height @param {string[]} parts */
function svgDocument(title, height, parts) {
  const head = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" `;
  const font = `font-family="system-ui, sans-serif" font-size="12" role="img">`;
  const heading = element("text", { x: 8, y: 20, fill: INK, "font-size": 14, "font-weight": "bold" }, title);
  return [head + font, element("title", {}, title), heading, ...parts, "</svg>", ""].join("\n");
}

/** Three or four significant digits: a chart can't show more. @param {number} value */
export function shortNumber(value) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e6) return `${+(value / 1e6).toPrecision(3)}M`;
  if (size >= 1e4) return `${+(value / 1e3).toPrecision(3)}k`;
  return String(size >= 1000 ? Math.round(value) : +value.toPrecision(3));
}

/** @param {number} low @param {number} high @returns {number[]} 4 to 8 round numbers that enclose both */
function roundTicks(low, high) {
  const raw = (high - low || Math.abs(high) || 1) / 5;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= raw) ?? 10);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(Math.ceil(high / step - 1e-9), first + 1);
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}

/** @param {number} low above 0 @param {number} high @returns {number[]} powers of ten that enclose both */
function powerTicks(low, high) {
  const first = Math.floor(Math.log10(low) + 1e-9);
  const last = Math.max(Math.ceil(Math.log10(high) - 1e-9), first + 1);
  return Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i));
}

/**
 * @param {number[]} values all that must be on the axis
 * @param {AxisWish} wish
 * @param {number} start where on the page the lowest value is
 * @param {number} end
 * @returns {Axis}
 */
function axis(values, wish, start, end) {
  const usable = values.filter((value) => Number.isFinite(value) && (!wish.log || value > 0));
  const given = [...usable, ...[wish.from, wish.to].filter((value) => value !== undefined)];
  const known = given.length > 0 ? given : [1];
  const low = Math.min(...known);
  const high = Math.max(...known);
  const ticks = wish.log ? powerTicks(low, high) : roundTicks(low, high);
  const place = (/** @type {number} */ value) => (wish.log ? Math.log10(Math.max(value, ticks[0])) : value);
  const [first, last] = [place(ticks[0]), place(ticks[ticks.length - 1])];
  return { ticks, at: (value) => start + ((place(value) - first) / (last - first)) * (end - start) };
}

/** @param {Axis} x @param {number} bottom @param {string} unit */
function xGrid(x, bottom, unit) {
  const ticks = x.ticks.flatMap((tick) => [
    line(x.at(tick), TOP - 8, x.at(tick), bottom, { opacity: 0.35 }),
    text(x.at(tick), bottom + 16, shortNumber(tick), "middle"),
  ]);
  const middle = (x.at(x.ticks[0]) + x.at(x.ticks[x.ticks.length - 1])) / 2;
  return [...ticks, text(middle, bottom + 34, unit, "middle")];
}

/** @param {{label: string}[]} rows */
function labelWidth(rows) {
  return Math.min(16 + LETTER * Math.max(4, ...rows.map((row) => row.label.length)), WIDTH * 0.55);
}

/**
 * A chart with a row for each of `rows`: its label on the left, then what `draw` returns, and `words` on the right.
 * @template {{label: string}} R
 * @param {{title: string, unit: string, rows: R[], mark?: number} & AxisWish} chart
 * @param {number[]} values
 * @param {(row: R, x: Axis, y: number) => string[]} draw
 * @param {(row: R) => string} words
 */
function rowChart(chart, values, draw, words) {
  const { title, unit, rows, mark } = chart;
  const bottom = TOP + rows.length * ROW;
  const right = 24 + LETTER * Math.max(4, ...rows.map((row) => words(row).length));
  const x = axis(mark === undefined ? values : [...values, mark], chart, labelWidth(rows), WIDTH - right);
  const marked = mark === undefined ? [] : [line(x.at(mark), TOP - 8, x.at(mark), bottom, { stroke: INK, "stroke-dasharray": "4 3" })];
  const drawn = rows.flatMap((row, i) => {
    const y = TOP + (i + 0.5) * ROW;
    return [text(8, y + 4, row.label), ...draw(row, x, y), text(WIDTH - 8, y + 4, words(row), "end")];
  });
  return svgDocument(title, bottom + FOOT, [...xGrid(x, bottom, unit), ...marked, ...drawn]);
}

/**
 * A point with its interval in each row. `mark` is the value that means "no difference": a dashed line stands there.
 * @param {{title: string, unit: string, rows: IntervalRow[], mark?: number} & AxisWish} chart
 * @returns {string} an SVG document
 */
export function intervals(chart) {
  const values = chart.rows.flatMap(({ low, mid, high }) => [low, mid, high]);
  const draw = (/** @type {IntervalRow} */ row, /** @type {Axis} */ x, /** @type {number} */ y) => [
    line(x.at(row.low), y, x.at(row.high), y, { stroke: COLOURS[0], "stroke-width": 3 }),
    element("circle", { cx: x.at(row.mid), cy: y, r: 5, fill: COLOURS[0] }),
  ];
  const words = (/** @type {IntervalRow} */ row) => `${shortNumber(row.mid)} (${shortNumber(row.low)} to ${shortNumber(row.high)})`;
  return rowChart(chart, values, draw, words);
}

/**
 * A bar in each row, from 0 or with `log` from the first tick, with a whisker where `low` and `high` are given.
 * @param {{title: string, unit: string, rows: BarRow[], mark?: number} & AxisWish} chart
 * @returns {string} an SVG document
 */
export function bars(chart) {
  const values = chart.rows.flatMap(({ value, low = value, high = value }) => [low, value, high]);
  const draw = (/** @type {BarRow} */ row, /** @type {Axis} */ x, /** @type {number} */ y) => {
    const [left, right] = [x.at(chart.log ? x.ticks[0] : 0), x.at(row.value)].sort((a, b) => a - b);
    const bar = element("rect", { x: left, y: y - 8, width: right - left, height: 16, fill: COLOURS[0], opacity: 0.85 });
    const whisker = row.low === undefined || row.high === undefined ? [] : [line(x.at(row.low), y, x.at(row.high), y, { stroke: INK, "stroke-width": 2 })];
    return [bar, ...whisker];
  };
  return rowChart(chart, chart.log ? values : [0, ...values], draw, (row) => shortNumber(row.value));
}

/** @param {Axis} x @param {Axis} y @param {number} index @param {Series} series */
function drawnSeries(x, y, index, { name, points }) {
  const colour = COLOURS[index % COLOURS.length];
  const path = points.map(([a, b]) => `${x.at(a).toFixed(1)},${y.at(b).toFixed(1)}`).join(" ");
  const dots = points.length > 40 ? [] : points.map(([a, b]) => element("circle", { cx: x.at(a), cy: y.at(b), r: 3, fill: colour }));
  const legend = element("rect", { x: WIDTH - 170, y: TOP + index * 20 - 9, width: 12, height: 12, fill: colour });
  return [
    element("polyline", { points: path, fill: "none", stroke: colour, "stroke-width": 2 }), ...dots,
    legend, text(WIDTH - 152, TOP + index * 20 + 1, name),
  ];
}

/**
 * Lines over a common x, with a legend on the right.
 * @param {{title: string, x: AxisWish, y: AxisWish, series: Series[]}} chart
 * @returns {string} an SVG document
 */
export function lines({ title, x: xWish, y: yWish, series }) {
  const points = series.flatMap((one) => one.points);
  const bottom = TOP + 280;
  const [left, right] = [70, WIDTH - 200];
  const x = axis(points.map(([a]) => a), xWish, left, right);
  const y = axis(points.map(([, b]) => b), yWish, bottom, TOP);
  const levels = y.ticks.flatMap((tick) => [line(left, y.at(tick), right, y.at(tick), { opacity: 0.35 }), text(left - 8, y.at(tick) + 4, shortNumber(tick), "end")]);
  const drawn = series.flatMap((one, i) => drawnSeries(x, y, i, one));
  return svgDocument(title, bottom + FOOT, [...xGrid(x, bottom, xWish.label ?? ""), ...levels, text(8, TOP - 8, yWish.label ?? ""), ...drawn]);
}
