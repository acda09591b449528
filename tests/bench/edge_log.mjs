// The events in a Worker's log: they show which answers it gave, for instance 400 or 503, which wrk's count does not.
import { readFileSync, statSync, truncateSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import { until } from "../system/polling.mjs";

const REST = 1100; // ms; the number of equal refusals is logged a second after the first
const LATEST = 3000;

/** Reads and empties the log. The service appends, so it continues at the beginning. @param {{log: string}} service @returns {Map<string, number>} */
export function takeEvents({ log }) {
  const text = readFileSync(log, "latin1");
  truncateSync(log);
  return countEvents(text);
}

/** Waits until nothing more is logged, and empties the log: requests that an earlier load left under way are logged late. @param {{log: string}} service */
export async function clearLog(service) {
  await until("nothing more is logged", async () => {
    takeEvents(service);
    await sleep(REST);
    return statSync(service.log).size === 0;
  });
}

/**
 * The events of a load, when as many are logged as there were answers, or else when none can follow.
 * @param {{log: string}} service @param {string} event @param {number} answers @returns {Promise<Map<string, number>>}
 */
export async function takeEventsOf(service, event, answers) {
  const events = takeEvents(service);
  for (let waited = 0; waited < LATEST && (events.get(event) ?? 0) < answers; waited += REST) {
    await sleep(REST);
    for (const [name, count] of takeEvents(service)) events.set(name, (events.get(name) ?? 0) + count);
  }
  return events;
}

/** @param {string} text @returns {Map<string, number>} a line may stand for more than one */
export function countEvents(text) {
  /** @type {Map<string, number>} */
  const events = new Map();
  for (const [, event, repeated] of text.matchAll(/"event":"([^"]*)"[^}\n]*?(?:"repeated":(\d+))?\}/g)) {
    events.set(event, (events.get(event) ?? 0) + Number(repeated ?? 1));
  }
  return events;
}

/** @param {Map<string, number>} events */
export function describeEvents(events) {
  if (events.size === 0) return "the log holds no event";
  return `the log holds ${[...events].map(([event, count]) => `${count} times ${event}`).join(", ")}`;
}

/**
 * Throws if the log holds events of another kind than the flow's, or fewer than there were answers.
 * @param {Map<string, number>} events
 * @param {{name: string, event: string, overload?: string[]}} flow
 * @param {number} answers that the flow wants
 */
export function checkEvents(events, { name, event, overload = [] }, answers) {
  if ([...events.keys()].some((one) => one !== event && !overload.includes(one))) throw new Error(`${name}: ${describeEvents(events)}`);
  const count = events.get(event) ?? 0;
  if (count < answers) throw new Error(`${name}: ${answers} answers, but ${count} times ${event} in the log`);
}
