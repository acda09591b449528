// The edge part of scripts/bench: refusals that the edge words alone, beside an empty Worker and a plain-JavaScript one on raw workerd;
// accepted forgot requests over the whole way, beside an ordinary FastAPI application. wrk is the generator, at 16 and 64 connections.
import { Rig } from "../rig/rig.mjs";
import { measureForgot } from "./edge_forgot.mjs";
import { measureRefusals } from "./edge_refusals.mjs";
import { SmtpSink } from "./mail_sink.mjs";

const STRICT = { LIMIT_FORGOT_PER_CLIENT: "1/3600" };

/** @param {import("./measurement.mjs").Wishes} wishes @returns {Promise<import("./measurement.mjs").Figure[]>} */
export async function measure(wishes) {
  const sink = await SmtpSink.start();
  const rig = await Rig.prepare({ edges: 2, relayPort: sink.port });
  try {
    await startServices(rig);
    return [...(await measureRefusals(rig, wishes)), ...(await measureForgot(rig, wishes))];
  } finally {
    await rig.stop();
    await sink.stop();
  }
}

/** Two edges: no client meets a limit of the first; the second lets one forgot request of each client pass in an hour. @param {Rig} rig */
async function startServices(rig) {
  const [open, strict] = rig.edges;
  await rig.origins[0].start();
  await open.start();
  Object.assign(rig.edgeSettings, STRICT);
  await strict.start();
}
