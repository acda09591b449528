// The edge part of scripts/bench: refusals that the edge makes without the origin, beside an empty Worker, a plain-JavaScript one and a
// bare one on raw workerd; accepted forgot requests from end to end, beside an ordinary FastAPI application and the bare Worker. wrk is the
// generator, at 16 and 64 connections.
import { Rig } from "../rig/rig.mjs";
import { forgotExtent, measureForgot } from "./edge_forgot.mjs";
import { measureRefusals } from "./edge_refusals.mjs";
import { SmtpSink } from "./mail_sink.mjs";

const STRICT = { LIMIT_FORGOT_PER_CLIENT: "1/3600" };
/** The reference does not limit mails per account: with the usual limit nearly all of our mails would be suppressed. */
const UNLIMITED_MAILS = { MAIL_LIMIT_PER_ACCOUNT: "100000/60,100000/3600" };

/** @param {{rounds: number, seconds: number}} wishes */
export function extent({ rounds, seconds }) {
  return `${rounds} ${rounds === 1 ? "round" : "rounds"}, ${seconds} s each (${forgotExtent(seconds)}); each connection of wrk calls again as soon as it is answered `
    + "(closed loop at full load), and latencies are those of that load, without wrk's correction";
}

/** @param {import("./measurement.mjs").Wishes} wishes @returns {Promise<import("./measurement.mjs").Figure[]>} */
export async function measure(wishes) {
  await using parts = new AsyncDisposableStack();
  const sink = parts.adopt(await SmtpSink.start(), (one) => one.stop());
  const plan = { edges: 2, relayPort: sink.port, originSettings: UNLIMITED_MAILS };
  const rig = parts.adopt(await Rig.prepare(plan), (one) => one.stop());
  await startServices(rig);
  return [...(await measureRefusals(rig, wishes)), ...(await measureForgot(rig, sink, wishes))];
}

/** Two edges: the first with limits that no client reaches; the second passes one forgot request per client in an hour. @param {Rig} rig */
async function startServices(rig) {
  const [open, strict] = rig.edges;
  await rig.origins[0].start();
  await open.start();
  Object.assign(rig.edgeSettings, STRICT);
  await strict.start();
}
