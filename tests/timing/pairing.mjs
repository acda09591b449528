// Groups of requests, one of each class, in random order, so that the sign of a difference is a fair coin unless the classes differ.
// And from the probe's lines back to pairs. Pure except for the random order.

/**
 * @typedef {{label: string, pause: number, bytes: Buffer}} Planned a request for the probe; the pause, in microseconds, follows it
 *
 * @typedef {object} Member one class's turn in a group: its request, those that follow it at once, and a pause
 * @property {string} of the class; letters and `-`
 * @property {Buffer[]} requests
 * @property {number} pause microseconds after the last request
 *
 * @typedef {Map<number, Record<string, number[]>>} Samples by group and class: nanoseconds of each of its requests
 */

/**
 * @template T
 * @param {T[]} values
 * @param {() => number} [draw] returns 0 to 1, without 1
 * @returns {T[]} all values, in a uniformly random order
 */
export function shuffled(values, draw = Math.random) {
  const order = [...values];
  for (let i = order.length - 1; i > 0; --i) {
    const j = Math.floor(draw() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** @param {Member[]} members @param {number} group its number @returns {Planned[]} */
export function plannedGroup(members, group) {
  return shuffled(members).flatMap(({ of, requests, pause }) =>
    requests.map((bytes, part) => ({ label: `${of}.${group}.${part}`, pause: part === requests.length - 1 ? pause : 0, bytes })));
}

/**
 * Adds the probe's lines to the samples. A group with a wrong answer is left out as a whole.
 * @param {string} lines of the probe
 * @param {number[]} statuses expected for each request of a member
 * @param {Samples} samples
 * @returns {string[]} the wrong answers, such as "known: 503"
 */
export function addSamples(lines, statuses, samples) {
  /** @type {string[]} */
  const faults = [];
  /** @type {Set<number>} */
  const faulty = new Set();
  for (const line of lines.trimEnd().split("\n")) {
    const [label, nanoseconds, status] = line.split(" ");
    const [of, group, part] = label.split(".");
    if (Number(status) !== statuses[Number(part)]) {
      faults.push(`${of}: ${status}`);
      faulty.add(Number(group));
    }
    const times = samples.get(Number(group)) ?? {};
    samples.set(Number(group), times);
    (times[of] ??= [])[Number(part)] = Number(nanoseconds);
  }
  for (const group of faulty) samples.delete(group);
  return faults;
}

/**
 * @param {Samples} samples
 * @param {string} a a class
 * @param {string} b
 * @param {number} first the first request whose time is added up
 * @param {number} end the first that is not
 * @returns {[number, number][]} for every group that has both classes
 */
export function pairsOf(samples, a, b, first, end) {
  const sum = (/** @type {number[]} */ times) => times.slice(first, end).reduce((total, time) => total + time, 0);
  /** @type {[number, number][]} */
  const pairs = [];
  for (const times of samples.values()) if (times[a] && times[b]) pairs.push([sum(times[a]), sum(times[b])]);
  return pairs;
}
