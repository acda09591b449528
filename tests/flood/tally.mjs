// The outcomes of requests: served, refused or lost, by status and by reason, and the times of the answers. A plain object, since
// the processes of a flood send it to the reporting one.

/**
 * @typedef {Record<string, number>} Counts
 * @typedef {object} Tally
 * @property {Counts} served by status
 * @property {Counts} refused by status
 * @property {Counts} lost by reason: no connection, reset, closed, timed out
 * @property {number[]} milliseconds of each answer, if they are kept
 */

/** @returns {Tally} */
export function newTally() {
  return { served: {}, refused: {}, lost: {}, milliseconds: [] };
}

/** @param {Counts} counts @param {string | number} key @param {number} [by] */
function add(counts, key, by = 1) {
  counts[key] = (counts[key] ?? 0) + by;
}

/** @param {Tally} tally @param {number} status @param {number[]} [expected] the statuses that serve; by default those below 400 */
export function countAnswer(tally, status, expected) {
  const serves = expected ? expected.includes(status) : status > 0 && status < 400;
  add(serves ? tally.served : tally.refused, status);
}

/** @param {Tally} tally @param {string} reason @param {number} [requests] */
export function countLoss(tally, reason, requests = 1) {
  if (requests > 0) add(tally.lost, reason, requests);
}

/** @param {Tally[]} tallies @returns {Tally} */
export function sumOf(tallies) {
  const sum = newTally();
  for (const tally of tallies) {
    for (const kind of /** @type {const} */ (["served", "refused", "lost"])) {
      for (const [key, count] of Object.entries(tally[kind])) add(sum[kind], key, count);
    }
    for (const time of tally.milliseconds) sum.milliseconds.push(time);
  }
  return sum;
}

/** @param {Counts} counts */
export function total(counts) {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** @param {Tally} tally */
export function requestsOf(tally) {
  return total(tally.served) + total(tally.refused) + total(tally.lost);
}

/**
 * @param {number[]} values
 * @param {number} share 0 to 1
 * @returns {number} the smallest value that at least this share does not exceed; 0 if there are no values
 */
export function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

/** @param {Tally} tally */
export function latencyOf({ milliseconds }) {
  return { p50: quantile(milliseconds, 0.5), p99: quantile(milliseconds, 0.99), max: quantile(milliseconds, 1) };
}

/** @param {number} count */
export function grouped(count) {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** @param {Counts} counts @returns {string} "429: 12, 503: 1" */
export function listed(counts) {
  return Object.entries(counts).map(([key, count]) => `${key}: ${grouped(count)}`).join(", ");
}
