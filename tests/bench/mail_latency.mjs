// The time from the 202 of a forgot request to its mail at the relay, request by request: one at a time, and under a steady load.
// The time starts when the origin's answer arrives; the edge's time is not included.
import { setTimeout as sleep } from "node:timers/promises";

import { until } from "../system/polling.mjs";
import { accountAddress } from "./mail_queue.mjs";

/**
 * @typedef {import("./mail_sink.mjs").SmtpSink} SmtpSink
 * @typedef {import("./growth_origin_calls.mjs").OriginCalls} OriginCalls
 */

const LAST_MAIL = 20_000; // milliseconds to wait for the last mail

/** @returns {() => number} milliseconds since 1970 with fractions, by the clock of the sink's stamps */
export function preciseClock() {
  const before = Date.now();
  let now = before;
  while (now === before) now = Date.now(); // the millisecond has just begun
  const offset = now - performance.now();
  return () => offset + performance.now();
}

/** @param {OriginCalls} calls @param {number} account */
function forgot(calls, account) {
  return calls.call("forgot-password", { email: accountAddress(account), suppress: false }, "accepted");
}

/**
 * @param {OriginCalls} calls
 * @param {SmtpSink} sink
 * @param {number[]} accounts one request for each, sent after the previous one's mail has arrived
 * @returns {Promise<number[]>} milliseconds; negative if the mail arrived before the answer
 */
export async function waitsOneByOne(calls, sink, accounts) {
  await sink.forget();
  const clock = preciseClock();
  /** @type {number[]} */
  const accepted = [];
  for (const account of accounts) {
    await forgot(calls, account);
    accepted.push(clock());
    await until("the mail has come", async () => (await sink.look()).length >= accepted.length, { every: 5 });
  }
  return waits(sink, accounts, accepted);
}

/**
 * @param {OriginCalls} calls
 * @param {SmtpSink} sink
 * @param {{accounts: number[], perSecond: number}} load one request for each, at fixed times, whatever happened to earlier ones
 * @returns {Promise<number[]>} as above
 */
export async function waitsUnderLoad(calls, sink, { accounts, perSecond }) {
  await sink.forget();
  const clock = preciseClock();
  const began = performance.now();
  const accepted = await Promise.all(accounts.map(async (account, index) => {
    await sleep(Math.max(0, began + (index * 1000) / perSecond - performance.now()));
    await forgot(calls, account);
    return clock();
  }));
  await until("every mail has come", async () => (await sink.look()).length >= accounts.length, { deadline: LAST_MAIL });
  return waits(sink, accounts, accepted);
}

/** @param {SmtpSink} sink @param {number[]} accounts @param {number[]} accepted the time of each request's answer */
function waits(sink, accounts, accepted) {
  const came = new Map(sink.stamps.map((stamp) => [stamp.to, stamp.at]));
  return accepted.map((at, index) => {
    const address = accountAddress(accounts[index]);
    const mail = came.get(address);
    if (mail === undefined) throw new Error(`no mail came to ${address}`);
    return mail - at;
  });
}
