// Measures how fast the mail worker empties a full queue: mails at the sink per second, until the queue is empty or the time is over.
import { setTimeout as sleep } from "node:timers/promises";

import { waitingRequests } from "./mail_queue.mjs";
import { mailsBySecond } from "./mail_stamps.mjs";

/**
 * @typedef {import("./mail_stamps.mjs").Stamp} Stamp
 *
 * @typedef {object} Drain
 * @property {number} mails recipients with a mail
 * @property {number} copies mails beyond a recipient's first
 * @property {number} left requests still waiting; above 0 the drain was cut off
 * @property {number} seconds
 * @property {number} perSecond mails
 * @property {number} waited seconds until the first mail: the worker makes its rounds when chance has it
 * @property {number[]} bySecond mails in each second from the first mail on
 */

const LOOK_EVERY = 100;
const QUIET = 3000; // after this time without a mail the database is asked whether anything waits

/**
 * @param {import("../system/database.mjs").Database} database
 * @param {import("./mail_sink.mjs").SmtpSink} sink whose stamps were cleared before the queue was filled
 * @param {{from: number, expected: number, longest: number}} plan when the queue was filled; how many mails; milliseconds at most
 * @returns {Promise<Drain>}
 */
export async function watchDrain(database, sink, { from, expected, longest }) {
  let arrived = { count: 0, at: from };
  for (;;) {
    await sleep(LOOK_EVERY);
    const { length } = await sink.look();
    if (length > arrived.count) arrived = { count: length, at: Date.now() };
    const isQuiet = Date.now() - arrived.at > QUIET;
    if (length >= expected && recipientsOf(sink.stamps) >= expected) break;
    if (Date.now() - from >= longest || (isQuiet && (await waitingRequests(database)) === 0)) break;
  }
  const until = Date.now();
  const left = recipientsOf(sink.stamps) >= expected ? 0 : await waitingRequests(database);
  await sleep(LOOK_EVERY); // the stamp of a request that has just ended may not be in the file yet
  return judgeDrain(await sink.look(), { from, until, expected, left });
}

/** @param {Stamp[]} stamps */
function recipientsOf(stamps) {
  return new Set(stamps.map((stamp) => stamp.to)).size;
}

/**
 * @param {Stamp[]} stamps
 * @param {{from: number, until: number, expected: number, left: number}} run
 * @returns {Drain}
 * @throws if mails are missing although nothing waits any more: a rate with lost mails is worthless
 */
export function judgeDrain(stamps, { from, until, expected, left }) {
  const inTime = left === 0 ? stamps : stamps.filter((stamp) => stamp.at <= until);
  const mails = recipientsOf(inTime);
  if (left === 0 && mails < expected) throw new Error(`${expected - mails} of ${expected} mails never came, and nothing waits any more`);
  const end = left === 0 ? Math.max(...stamps.map((stamp) => stamp.at)) : until;
  const seconds = (end - from) / 1000;
  const first = inTime.reduce((least, { at }) => Math.min(least, at), end);
  return {
    mails, copies: inTime.length - mails, left, seconds, perSecond: mails / seconds,
    waited: (first - from) / 1000, bySecond: mailsBySecond(inTime, first, end),
  };
}
