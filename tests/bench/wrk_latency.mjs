// Restores wrk's measured latencies. For each answer that took twice the mean interval or longer, wrk 4.1 adds answers that it did not
// get ("corrected for coordinated omission", stats_correct in its src/stats.c); origin_load adds none, and the figures must be comparable.

/** @typedef {[number, number]} Counted microseconds, and the number of answers that took so long */

/**
 * @param {Counted[]} corrected rising
 * @param {{requests: number, microseconds: number, connections: number}} run
 * @returns {Counted[]} rising, as many answers as there were requests
 * @throws if the numbers differ: this wrk corrects differently
 */
export function uncorrected(corrected, { requests, microseconds, connections }) {
  const counts = new Map(corrected);
  const interval = intervalOf(requests, microseconds, connections);
  // From the longest down: an answer's correction added only to shorter ones.
  for (const [value] of corrected.toReversed()) {
    const count = counts.get(value) ?? 0;
    if (count === 0 || value < 2 * interval) continue;
    for (let added = value - interval; added > interval; added -= interval) counts.set(added, (counts.get(added) ?? 0) - count);
  }
  return checked([...counts].filter(([, count]) => count !== 0), requests);
}

/** @param {number} requests @param {number} microseconds @param {number} connections @returns {number} the interval that wrk expects */
function intervalOf(requests, microseconds, connections) {
  const each = Math.floor(requests / connections);
  return each === 0 ? Number.POSITIVE_INFINITY : Math.floor(microseconds / each);
}

/** @param {Counted[]} counted @param {number} requests */
function checked(counted, requests) {
  const total = counted.reduce((sum, [, count]) => sum + count, 0);
  if (total !== requests || counted.some(([, count]) => count < 0)) throw new Error(`wrk told ${total} latencies of ${requests} answers`);
  return counted;
}

/** @param {Counted[]} counted rising, at least one @param {number} share 0.5 for the median @returns {number} milliseconds */
export function quantileOf(counted, share) {
  const total = counted.reduce((sum, [, count]) => sum + count, 0);
  let before = 0;
  const found = counted.find(([, count]) => (before += count) > Math.min(total - 1, Math.floor(share * total)));
  if (!found) throw new Error("a quantile of nothing");
  return found[0] / 1000;
}
