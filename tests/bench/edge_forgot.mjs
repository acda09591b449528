// Accepted forgot requests over the whole self-hosted way (workerd, limiter, origin, PostgreSQL), for known and for unknown addresses,
// beside an ordinary FastAPI application on the same PostgreSQL. Neither works off its mails while the other is measured.
import { keepBusy, until } from "../system/polling.mjs";
import { KNOWN, knownAddress, unknownAddress } from "./edge_flows.mjs";
import { figureOf, measureStages } from "./edge_stages.mjs";
import { FastapiReference } from "./fastapi_reference.mjs";
import { accountAddress, addAccounts, waitingRequests } from "./mail_queue.mjs";
import { SmtpSink } from "./mail_sink.mjs";
import { sample } from "./wrk.mjs";

/**
 * @typedef {import("./edge_flows.mjs").Flow} Flow
 * @typedef {import("./edge_stages.mjs").Stage} Stage
 * @typedef {import("./measurement.mjs").Figure} Figure
 * @typedef {import("./measurement.mjs").Wishes} Wishes
 * @typedef {import("../rig/rig.mjs").Rig} Rig
 */

const FASTAPI = "FastAPI";
const ABOUT = "FastAPI runs under two uvicorn workers, limits nobody and sends each mail after the answer";
/** What the design asks for; of unknown addresses it asks for nothing. */
const REACH = new Map([[knownAddress().name, 10]]);
/** A limiter waits for the disk: in a second a slow one may answer nothing. */
const LEAST_SECONDS = 4;
/** Where the limiters keep workerd's one thread at the disk, their answers and the origin's come after their deadlines. */
const OVERLOAD = ["limiter.failed", "limiter.unavailable", "origin.failed", "origin.unreachable"];
const LANES = 8;
const QUIET = { every: 200, deadline: 30_000 };
/** Nobody logs in. */
const NO_HASH = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/** @param {Rig} rig @param {Wishes} wishes @returns {Promise<Figure[]>} */
export async function measureForgot(rig, wishes) {
  const addresses = Array.from({ length: KNOWN }, (_, index) => accountAddress(index + 1));
  await addAccounts(rig.database, 1, KNOWN, NO_HASH);
  const sink = await SmtpSink.start();
  const fastapi = await FastapiReference.start(rig, sink.port, addresses);
  try {
    const seconds = Math.max(LEAST_SECONDS, wishes.seconds);
    const figures = await measureBeside({ rig, fastapi, sink }, { ...wishes, seconds });
    return figures.map((figure) => ({ ...figure, note: [`${ABOUT}; ${seconds} s or more each`, figure.note].filter(Boolean).join("; ") }));
  } finally {
    await fastapi.end();
    await sink.stop();
  }
}

/** @param {{rig: Rig, fastapi: FastapiReference, sink: SmtpSink}} place `sink`: the application's @param {Wishes} wishes */
async function measureBeside({ rig, fastapi, sink }, wishes) {
  const [edge] = rig.edges;
  const flows = [knownAddress(), unknownAddress()];
  wishes.say("edge: the first request of each client and address");
  for (const url of [edge.url, fastapi.url]) for (const flow of flows) await askOnce(url, flow);
  /** @type {[string, Stage][]} */
  const stages = flows.flatMap((flow) => [
    [flow.name, { url: edge.url, logged: edge, flow: { ...flow, overload: OVERLOAD }, after: () => rested(rig, flow) }],
    [referenceOf(flow), { url: fastapi.url, flow, after: () => quiet(sink) }],
  ]);
  const runs = await measureStages(Object.fromEntries(stages), wishes);
  const wordsOf = (/** @type {Flow} */ { name }) => ({ referenceName: FASTAPI, reach: REACH.get(name) });
  return runs.flatMap((run) => flows.map((flow) => figureOf(run, flow.name, referenceOf(flow), wordsOf(flow))));
}

/** @param {Flow} flow */
function referenceOf({ name }) {
  return `${name}, ${FASTAPI}`;
}

/** A limiter makes its file at a key's first request, which is slower than all others. @param {string} url @param {Flow} flow */
async function askOnce(url, flow) {
  let asked = 0;
  await keepBusy(LANES, () => asked >= flow.requests.length, () => sample(url, { ...flow, requests: [flow.requests[asked++]] }));
}

/** The requests are worked off, and what failed under load is good again. @param {Rig} rig @param {Flow} flow */
async function rested({ database, edges }, flow) {
  await until("the origin has worked off the requests", async () => (await waitingRequests(database)) === 0, QUIET);
  await until("the edge accepts again", () => sample(edges[0].url, flow).then(() => true, () => false), QUIET);
}

/** No mail has come since the last look. @param {SmtpSink} sink */
async function quiet(sink) {
  let seen = -1;
  const hasNoneCome = async () => {
    const before = seen;
    seen = (await sink.look()).length;
    return seen === before;
  };
  await until("the application has sent its mails", hasNoneCome, QUIET);
}
