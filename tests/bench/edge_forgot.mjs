// Accepted forgot requests through a self-hosted Rekey (workerd, limiter, origin, PostgreSQL), for known and for unknown addresses, beside
// an ordinary FastAPI application on the same PostgreSQL. Neither sends its mails while the other is measured.
import { keepBusy, until } from "../system/polling.mjs";
import { KNOWN, knownAddress, unknownAddress } from "./edge_flows.mjs";
import { figureOf, measureStages } from "./edge_stages.mjs";
import { FastapiReference } from "./fastapi_reference.mjs";
import { accountAddress, addAccounts, waitingRequests } from "./mail_queue.mjs";
import { empty } from "./origin_place.mjs";
import { SmtpSink } from "./mail_sink.mjs";
import { ReferenceWorkers } from "./reference_workers.mjs";
import { sample } from "./wrk.mjs";

/**
 * @typedef {import("./edge_flows.mjs").Flow} Flow
 * @typedef {import("./edge_stages.mjs").Stage} Stage
 * @typedef {import("./measurement.mjs").Figure} Figure
 * @typedef {import("./measurement.mjs").Wishes} Wishes
 * @typedef {import("../rig/rig.mjs").Rig} Rig
 */

const FASTAPI = "FastAPI";
const BARE = "bare Worker";
const ABOUT = "FastAPI runs under two uvicorn workers, limits nobody and sends each mail after the answer; "
  + "the bare Worker checks nothing, and calls a limiter that counts nothing, and the origin, which refuses the call";
const MAILS = "no limit holds a mail of ours back, but requests of one account that wait together get one mail, by design";
/** The design's goal for known addresses; there is none for unknown ones. */
const REACH = new Map([[knownAddress().name, 10]]);
/** With fewer seconds than `ENOUGH` it is a trial; with a slow disk there may be no answer in a single second. */
const ENOUGH = 3;
const TRY = { seconds: 2, connections: [16] };
/** If workerd's only thread waits for a slow disk, the answers of limiters and origin miss their deadlines. */
const OVERLOAD = ["limiter.failed", "limiter.unavailable", "origin.failed", "origin.unreachable"];
const LANES = 8;
const QUIET = { every: 200, deadline: 30_000 };
const EMPTIED = "reset_requests, deliveries, delivery_attempts, reset_tokens, audit_log";
/** Nobody logs in. */
const NO_HASH = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/** @param {number} seconds wished for @returns {{seconds: number, connections?: number[]}} */
function extentFor(seconds) {
  return seconds < ENOUGH ? TRY : { seconds };
}

/** @param {number} seconds wished for */
export function forgotExtent(seconds) {
  const { seconds: each, connections } = extentFor(seconds);
  return `accepted forgot: ${each} s${connections ? `, ${connections} connections alone` : ""}, four times as long if fewer requests are answered than there are connections`;
}

/** @param {Rig} rig @param {SmtpSink} relay ours @param {Wishes} wishes @returns {Promise<Figure[]>} */
export async function measureForgot(rig, relay, wishes) {
  const addresses = Array.from({ length: KNOWN }, (_, index) => accountAddress(index + 1));
  await addAccounts(rig.database, 1, KNOWN, NO_HASH);
  await using parts = new AsyncDisposableStack();
  const sink = parts.adopt(await SmtpSink.start(), (one) => one.stop());
  const fastapi = parts.adopt(await FastapiReference.start(rig, sink.port, addresses), (one) => one.end());
  const workers = parts.adopt(await ReferenceWorkers.start(rig.folder, rig.edgeSettings), (one) => one.end());
  const figures = await measureBeside({ rig, fastapi, workers, relay, sink }, { ...wishes, ...extentFor(wishes.seconds) });
  return figures.map((figure) => ({ ...figure, note: [ABOUT, figure.note].filter(Boolean).join("; ") }));
}

/**
 * @param {{rig: Rig, fastapi: FastapiReference, workers: ReferenceWorkers, relay: SmtpSink, sink: SmtpSink}} place `relay`: ours; `sink`: the application's
 * @param {Wishes & {connections?: number[]}} wishes
 */
async function measureBeside({ rig, fastapi, workers, relay, sink }, wishes) {
  const [edge] = rig.edges;
  const flows = [knownAddress(), unknownAddress()];
  wishes.say("edge: the first request of each client and address");
  for (const url of [edge.url, fastapi.url]) for (const flow of flows) await askOnce(url, flow);
  /** @type {[string, Stage][]} */
  const stages = flows.flatMap((flow) => [
    [flow.name, { url: edge.url, logged: edge, relay, flow: { ...flow, overload: OVERLOAD }, after: () => rested(rig, flow) }],
    [referenceOf(flow), { url: fastapi.url, relay: sink, flow, after: () => quiet(sink) }],
  ]);
  const [known] = flows;
  const bare = { url: workers.bareUrl, flow: known };
  const runs = await measureStages({ ...Object.fromEntries(stages), [BARE]: bare }, wishes);
  const wordsOf = (/** @type {Flow} */ { name }) => ({ referenceName: FASTAPI, reach: REACH.get(name) });
  return runs.flatMap((run) => [
    ...flows.map((flow) => {
      const figure = figureOf(run, flow.name, referenceOf(flow), wordsOf(flow));
      return { ...figure, note: [figure.note, mailsNote(run, flow)].filter(Boolean).join("; ") };
    }),
    figureOf(run, known.name, BARE, { referenceName: BARE }),
  ]);
}

/** Mails that each side sent while it was loaded. @param {import("./edge_stages.mjs").Run} run @param {Flow} flow */
export function mailsNote({ loads }, flow) {
  const told = (/** @type {string} */ stage) => {
    const sum = (/** @type {"mails" | "wanted"} */ what) => loads[stage].reduce((total, load) => total + (load[what] ?? 0), 0).toLocaleString("en");
    return `${sum("mails")} mails for ${sum("wanted")} accepted requests`;
  };
  const words = `sent within the measured time: ours ${told(flow.name)}, ${FASTAPI} ${told(referenceOf(flow))}`;
  return flow.name === knownAddress().name ? `${words}; ${MAILS}` : words;
}

/** @param {Flow} flow */
function referenceOf({ name }) {
  return `${name}, ${FASTAPI}`;
}

/** So that no key is new to the limiters when it is measured. @param {string} url @param {Flow} flow */
async function askOnce(url, flow) {
  let asked = 0;
  await keepBusy(LANES, () => asked >= flow.requests.length, () => sample(url, { ...flow, requests: [flow.requests[asked++]] }));
}

/** Waits until all requests have ended and the edge accepts again, and empties the tables for the next load. @param {Rig} rig @param {Flow} flow */
async function rested({ database, edges }, flow) {
  const isWorkedOff = async () => (await waitingRequests(database)) === 0;
  await until("the origin has ended all requests", isWorkedOff, QUIET);
  await until("the edge accepts again", () => sample(edges[0].url, flow).then(() => true, () => false), QUIET);
  await until("the origin has ended the last requests", isWorkedOff, QUIET);
  await empty(database, EMPTIED);
  await database.run("CHECKPOINT");
}

/** Waits until no more mails arrive. @param {SmtpSink} sink */
async function quiet(sink) {
  let seen = -1;
  const hasNoneCome = async () => {
    const before = seen;
    seen = (await sink.look()).length;
    return seen === before;
  };
  await until("the application has sent its mails", hasNoneCome, QUIET);
}
