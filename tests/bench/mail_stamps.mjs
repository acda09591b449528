// Evaluates the sink's stamps: the mails in each second, and quantiles.

/**
 * @typedef {object} Stamp
 * @property {number} at milliseconds since 1970, with fractions
 * @property {string} to recipient of the envelope
 */

const NANOSECONDS = 1e6; // in a millisecond
const SECOND = 1000;

/**
 * @param {string} text lines "nanoseconds recipient"
 * @returns {{stamps: Stamp[], rest: string}} the complete lines, and the rest after them
 */
export function readStamps(text) {
  const lines = text.split("\n");
  const rest = lines.pop() ?? "";
  return { stamps: lines.map(readStamp), rest };
}

/** @param {string} line @returns {Stamp} */
function readStamp(line) {
  const found = /^(\d{18,20}) (\S+)$/.exec(line);
  if (!found) throw new Error(`this is no stamp: ${line}`);
  return { at: Number(found[1]) / NANOSECONDS, to: found[2] };
}

/**
 * @param {Stamp[]} stamps
 * @param {number} from milliseconds since 1970
 * @param {number} until the same; a second that it cuts is left out, unless there is no complete one
 * @returns {number[]} mails in each second
 */
export function mailsBySecond(stamps, from, until) {
  const seconds = Math.max(1, Math.floor((until - from) / SECOND));
  const counts = Array.from({ length: seconds }, () => 0);
  for (const { at } of stamps) {
    const second = Math.floor((at - from) / SECOND);
    if (second >= 0 && second < seconds) ++counts[second];
  }
  return counts;
}

/**
 * @param {number[]} values at least one
 * @param {number} share 0.5 for the median
 */
export function quantile(values, share) {
  if (values.length === 0) throw new Error("a quantile of nothing");
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/** @param {number[]} values at least one @returns {import("./measurement.mjs").Latency} */
export function latencyOf(values) {
  return { p50: quantile(values, 0.5), p99: quantile(values, 0.99) };
}
