// The mail part of scripts/bench: the rate at which a burst is sent, beside bare libcurl into the same sink, and the time of one mail.
// One drain for each state of the statistics, whatever the number of rounds: each takes up to a minute.
import { setTimeout as sleep } from "node:timers/promises";

import { Rig } from "../rig/rig.mjs";
import { lines } from "../rig/svg.mjs";
import { until } from "../system/polling.mjs";
import { Relay } from "../system/relay.mjs";
import { describeCost, prepareCost, withCost } from "./growth_database_cost.mjs";
import { OriginCalls } from "./growth_origin_calls.mjs";
import { bareCurl } from "./mail_bare_curl.mjs";
import { watchDrain } from "./mail_drain.mjs";
import { waitsOneByOne, waitsUnderLoad } from "./mail_latency.mjs";
import { accountAddress, addAccounts, emptyQueue, fillQueue } from "./mail_queue.mjs";
import { SmtpSink } from "./mail_sink.mjs";
import { latencyOf } from "./mail_stamps.mjs";
import { readable } from "./measurement.mjs";

/**
 * @typedef {import("./measurement.mjs").Figure & {bySecond?: number[]}} Figure
 * @typedef {import("./mail_queue.mjs").Statistics} Statistics
 * @typedef {{rig: Rig, sink: SmtpSink, calls: OriginCalls, bytes: number}} Place of the measurement; `bytes`: the size of a reset mail
 */

const SENDERS = 4;
const ASKED_FOR = 2000; // mails a second, from the first second on
/** The origin makes a round about once a second: by then its statements have their cached plans, made over an empty queue. */
const IDLE_BEFORE_BURST = 7000;
/** By then the burst's deliveries and tokens fill enough pages for the planner's statistics. */
const TOKENS_ANALYZED_AFTER = 2000;
const LATENCY_LOAD = 50; // requests a second
const EDGE_SECONDS = 5; // of a drain's beginning and end
const TAKEN = { empty: "while nothing waited", good: "after the burst" };

const ENOUGH = 5; // wished seconds; with fewer it is a trial

/** @param {number} seconds of one measurement */
function sizes(seconds) {
  if (seconds < ENOUGH) return { rows: 5000, longest: 6000, oneByOne: 40, underLoad: 100 };
  return { rows: 50_000, longest: 60_000, oneByOne: 100, underLoad: 1000 };
}

/** @param {{seconds: number}} wishes */
export function extent({ seconds }) {
  const { rows, longest, oneByOne, underLoad } = sizes(seconds);
  return `each once: ${oneByOne} requests one by one, ${underLoad} requests at ${LATENCY_LOAD} a second, two bursts of ${rows.toLocaleString("en")} `
    + `for ${longest / 1000} s at most, bare libcurl for ${seconds} s before and after each`;
}

/** @param {import("./measurement.mjs").Wishes} wishes @returns {Promise<Figure[]>} */
export async function measure({ seconds, say }) {
  await using parts = new AsyncDisposableStack();
  const sink = parts.adopt(await SmtpSink.start(), (one) => one.stop());
  const rig = parts.adopt(await Rig.start({ edges: 0, originSettings: { MAIL_SENDERS: String(SENDERS) } }), (one) => one.stop());
  const calls = new OriginCalls(rig.origins[0].url, rig.settings.EDGE_ORIGIN_KEYS);
  const { rows } = sizes(seconds);
  say(`mail: ${rows} accounts`);
  const bytes = await prepare(rig, sink, calls, rows);
  const place = { rig, sink, calls, bytes };
  return [...(await latencies(place, seconds, say)), ...(await drains(place, seconds, say))];
}

/**
 * Makes accounts, and sets the sink as the relay.
 * @param {Rig} rig @param {SmtpSink} sink @param {OriginCalls} calls @param {number} rows
 * @returns {Promise<number>} bytes of a reset mail
 */
async function prepare(rig, sink, calls, rows) {
  await prepareCost(rig.database);
  await calls.call("register", { username: "bench", email: "bench@example.com", password: "a long enough password" }, "created");
  await addAccounts(rig.database, 1, rows, await rig.database.run("SELECT password_hash FROM users"));
  const bytes = await mailSize(rig, calls);
  rig.settings.MAIL_PORT = String(sink.port);
  await freshOrigin(rig);
  return bytes;
}

/** @param {Rig} rig @param {OriginCalls} calls */
async function mailSize(rig, calls) {
  const relay = new Relay();
  rig.settings.MAIL_PORT = String(await relay.listen());
  await freshOrigin(rig);
  await calls.call("forgot-password", { email: accountAddress(1), suppress: false }, "accepted");
  await until("a mail has come", () => relay.mails.length > 0);
  await relay.close();
  return relay.mails[0].message.raw.length;
}

/** Starts an origin without cached plans, over an empty queue with matching statistics. @param {Rig} rig */
async function freshOrigin(rig) {
  await rig.origins[0].end();
  await emptyQueue(rig.database);
  await rig.origins[0].start();
}

/** @param {Place} place @param {number} seconds @param {(line: string) => void} say @returns {Promise<Figure[]>} */
async function latencies({ sink, calls }, seconds, say) {
  const { oneByOne: count, underLoad } = sizes(seconds);
  say(`mail: ${count} requests one by one`);
  const idle = await waitsOneByOne(calls, sink, accountsFrom(1, count));
  say(`mail: ${LATENCY_LOAD} requests a second`);
  // Other accounts: a second mail for an account would wait for its limit.
  const loaded = await waitsUnderLoad(calls, sink, { accounts: accountsFrom(count + 1, underLoad), perSecond: LATENCY_LOAD });
  return [latencyFigure("202 to the relay, one at a time", idle), latencyFigure(`202 to the relay, ${LATENCY_LOAD} a second`, loaded)];
}

/** @param {number} first @param {number} count */
function accountsFrom(first, count) {
  return Array.from({ length: count }, (_, index) => first + index);
}

/** @param {string} name @param {number[]} waits @returns {Figure} */
function latencyFigure(name, waits) {
  const latency = latencyOf(waits);
  return { name, unit: "ms", better: "less", ours: [latency.p50], latency: [latency], note: `${waits.length} requests at the origin` };
}

/** @param {Place} place @param {number} seconds @param {(line: string) => void} say @returns {Promise<Figure[]>} */
async function drains(place, seconds, say) {
  const bare = () => bareCurl(place.sink.port, { threads: SENDERS, bytes: place.bytes, seconds });
  say(`mail: bare libcurl, ${place.bytes} bytes a mail`);
  let before = await bare();
  /** @type {Figure[]} */
  const figures = [];
  for (const statistics of /** @type {const} */ (["empty", "good"])) {
    const { drain, costs } = await drainOf(place, statistics, sizes(seconds), say);
    const after = await bare();
    figures.push(...drainFigures(statistics, sizes(seconds).rows, drain, costs, (before + after) / 2));
    before = after;
  }
  return figures;
}

/**
 * @param {Place} place @param {Statistics} statistics @param {{rows: number, longest: number}} size @param {(line: string) => void} say
 * @returns {Promise<{drain: import("./mail_drain.mjs").Drain, costs: string}>}
 */
async function drainOf({ rig, sink }, statistics, { rows, longest }, say) {
  await freshOrigin(rig);
  await sleep(IDLE_BEFORE_BURST);
  await sink.forget();
  say(`mail: ${rows} requests at once, ${statistics} statistics, ${longest / 1000} s at most`);
  const { result, cost } = await withCost(rig.database, async () => {
    await fillQueue(rig.database, rows, statistics);
    const from = Date.now();
    const analyzed = statistics === "good" ? sleep(TOKENS_ANALYZED_AFTER).then(() => rig.database.run("ANALYZE deliveries, delivery_attempts, reset_tokens")) : undefined;
    const drain = await watchDrain(rig.database, sink, { from, expected: rows, longest });
    await analyzed;
    return drain;
  });
  return { drain: result, costs: describeCost(cost, 4, result.mails) };
}

/**
 * @param {Statistics} statistics @param {number} rows
 * @param {import("./mail_drain.mjs").Drain} drain
 * @param {string} costs @param {number} bare mails a second, before and after
 * @returns {Figure[]}
 */
function drainFigures(statistics, rows, { mails, copies, left, seconds, perSecond, waited, bySecond }, costs, bare) {
  const name = `drain of ${rows.toLocaleString("en")}, ${statistics} statistics`;
  const cut = left > 0 ? `cut off after ${seconds.toFixed(0)} s with ${left} left` : `all in ${seconds.toFixed(1)} s`;
  const mean = (/** @type {number[]} */ counts) => counts.reduce((sum, count) => sum + count, 0) / counts.length;
  const first = mean(bySecond.slice(0, EDGE_SECONDS));
  const last = mean(bySecond.slice(-EDGE_SECONDS));
  const pace = `the first mail after ${(1000 * waited).toFixed(0)} ms; from then on the first ${EDGE_SECONDS} s ${readable(first)} a second, the last ${EDGE_SECONDS} s ${readable(last)}`;
  return [{
    name, unit: "mails/s", ours: [perSecond], reference: [bare], referenceName: `bare libcurl, ${SENDERS} threads`, goal: ASKED_FOR, bySecond,
    note: `statistics taken ${TAKEN[statistics]}; ${mails} mails, ${copies} copies, ${cut}; ${pace}. ${costs}`,
  }, { name: `${name}, first second`, unit: "mails/s", ours: [bySecond[0]], goal: ASKED_FOR }];
}

/** @param {Figure[]} figures */
export function charts(figures) {
  const series = figures.flatMap(({ name, bySecond }) => (bySecond ? [{ name: name.replace(/^.*, /, ""), points: pointsOf(bySecond) }] : []));
  const x = { label: "seconds since the burst's first mail" };
  return { "mail-drain.svg": lines({ title: "Mails in each second of a burst", x, y: { label: "mails", from: 0 }, series }) };
}

/** @param {number[]} counts @returns {[number, number][]} */
function pointsOf(counts) {
  return counts.map((count, second) => [second + 1, count]);
}
