// The counts of a run, as text: calls by operation and status, mails by reply, faults by name, requests by state.

/**
 * @typedef {import("./history.mjs").Call} Call
 * @typedef {import("./nemesis_run.mjs").Result} Result
 */

/** @param {Result} result @returns {string} */
export function tablesOf({ run, counts, violations }) {
  const { calls, mails, faults, end } = run;
  const byClaim = countBy(violations, ({ claim }) => claim);
  const checked = Object.entries(counts).map(([name, value]) => `${name} ${typeof value === "object" ? JSON.stringify(value) : value}`);
  return [
    section("calls", [...groups(calls, ({ op }) => op)].map(([op, some]) => `${op.padEnd(16)} ${listOf(countBy(some, wordOfStatus))}`)),
    section("mails", [...groups(mails, ({ subject }) => subject)].map(([subject, some]) => `${subject.padEnd(16)} ${listOf(countBy(some, ({ reply }) => reply))}`)),
    section("webhooks", [...groups(run.webhooks, ({ type }) => type)].map(([type, some]) => `${type.padEnd(24)} ${listOf(countBy(some, ({ reply }) => reply))}`)),
    section("faults", [listOf(countBy(faults, nameOfFault))]),
    section("requests", [listOf(countBy(end.requests, ({ state }) => state))]),
    section("notices", [listOf(countBy(end.notices, ({ state }) => state))]),
    section("ended unasked", [listOf(new Map(Object.entries(end.endedUnasked ?? {}).map(([name, times]) => [name, times.length])))]),
    section("checked", checked),
    section("violations", [listOf(byClaim) || "none"]),
    `${percent(shareAnswered(calls))} of ${calls.length} calls were answered as in good times`,
  ].join("\n");
}

/** The share of calls that were neither given up nor answered with 408, 429 or 5xx. @param {readonly Call[]} calls */
export function shareAnswered(calls) {
  const answered = calls.filter(({ status }) => status > 0 && status < 500 && status !== 429 && status !== 408);
  return calls.length === 0 ? 0 : answered.length / calls.length;
}

/**
 * @template T
 * @param {readonly T[]} list
 * @param {(item: T) => string} nameOf
 * @returns {Map<string, number>} in the order of the names
 */
export function countBy(list, nameOf) {
  return new Map([...groups(list, nameOf)].map(([name, some]) => [name, some.length]));
}

/**
 * @template T
 * @param {readonly T[]} list
 * @param {(item: T) => string} nameOf
 * @returns {Map<string, T[]>}
 */
function groups(list, nameOf) {
  /** @type {Map<string, T[]>} */
  const found = new Map();
  for (const item of list) {
    const some = found.get(nameOf(item));
    if (some) some.push(item);
    else found.set(nameOf(item), [item]);
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** @param {Call} call */
function wordOfStatus({ status }) {
  return status === 0 ? "none" : String(status);
}

/** @param {import("./history.mjs").Fault} fault */
function nameOfFault({ name, detail }) {
  if (detail.left_out) return `${name} (left out: ${detail.left_out})`;
  if (detail.exit_code) return `${name} (exit code ${detail.exit_code})`;
  return detail.trouble ? `${name} (trouble: ${detail.trouble})` : name;
}

/** @param {Map<string, number>} numbers */
function listOf(numbers) {
  return [...numbers].map(([name, number]) => `${name} ${number}`).join(", ");
}

/** @param {string} title @param {string[]} lines */
function section(title, lines) {
  return lines.map((line, index) => `${(index === 0 ? title : "").padEnd(14)} ${line}`).join("\n");
}

/** @param {number} share */
function percent(share) {
  return `${(100 * share).toFixed(1)} %`;
}
