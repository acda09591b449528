// The events in a Worker's log: they show which answers it gave, for instance 400 or 503, which wrk's count does not.
import { readFileSync, statSync, truncateSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import { until } from "../system/polling.mjs";

const REST = 50; // ms

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

/** @param {string} text @returns {Map<string, number>} */
export function countEvents(text) {
  /** @type {Map<string, number>} */
  const events = new Map();
  for (const [, event] of text.matchAll(/"event":"([^"]*)"/g)) events.set(event, (events.get(event) ?? 0) + 1);
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
