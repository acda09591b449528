// Calls with an Idempotency-Key, as the other checks see them: all calls with one key and one body are one call, which changes something
// once at most. check_repeats.mjs judges their answers.

/** @typedef {import("./history.mjs").Call} Call */

/** Answers that say nothing about the repeated call: the use case did not run for them. */
const OF_NO_USE_CASE = new Set(["call-under-way", "other-body", "body-timeout", "rate-limited", "broken-request"]);

/** @param {Call} call whether the answer is one that every repetition must get */
export function isAnswered({ status, problem = "" }) {
  return status > 0 && status < 500 && !OF_NO_USE_CASE.has(problem);
}

/** @param {readonly Call[]} calls @returns {Map<string, Call[]>} those with a key, by key and body */
export function repeatsIn(calls) {
  /** @type {Map<string, Call[]>} */
  const groups = new Map();
  for (const call of calls) {
    if (!call.key) continue;
    const name = `${call.key} ${call.sent}`;
    groups.set(name, [...(groups.get(name) ?? []), call]);
  }
  return groups;
}

/** @param {readonly Call[]} calls @returns {Call[]} with one call, and its `repeats`, for each key and body */
export function foldRepeats(calls) {
  return [...calls.filter(({ key }) => !key), ...[...repeatsIn(calls).values()].map(fold)];
}

/**
 * A success took place between the first call's beginning and the first such answer. Without one, a call without an answer leaves all
 * open: the answer of another may be that of a call which came when the key was forgotten.
 * @param {Call[]} repeats
 * @returns {Call}
 */
function fold(repeats) {
  if (repeats.length === 1) return repeats[0];
  const open = repeats.find(({ status }) => status === 0 || status >= 500);
  const done = repeats.filter(({ status }) => status >= 200 && status < 300);
  if (done.length > 0) return { ...firstHeard(done), began: firstBegun(repeats), repeats };
  if (open) return { ...open, status: 0, problem: "", requestId: "", began: firstBegun(repeats), ended: Math.max(...repeats.map(({ ended }) => ended)), repeats };
  const answered = repeats.filter(isAnswered);
  return answered.length > 0 ? { ...firstHeard(answered), began: firstBegun(answered), repeats } : { ...firstHeard(repeats), repeats };
}

/** @param {Call[]} calls */
function firstHeard(calls) {
  return calls.reduce((first, call) => (call.ended < first.ended ? call : first));
}

/** @param {Call[]} calls */
function firstBegun(calls) {
  return Math.min(...calls.map(({ began }) => began));
}
