// Sends a corpus of odd requests to the attacked process, a few at a time, and lists those that were not treated as they should be.
// Used by the scenarios of both targets.
import { literal } from "../system/database.mjs";
import { oversizedFault } from "./oversized.mjs";
import { probe } from "./single_call.mjs";
import { faultOf } from "./smuggling.mjs";

/**
 * @typedef {import("./arena.mjs").Arena} Arena
 * @typedef {import("./smuggling.mjs").Probe} Probe
 * @typedef {{probes: number, faults: string[], answers: Record<string, string>}} Findings
 */

const AT_ONCE = 32;
const PATIENCE = 8000; // the front ends a request that is late after 5 s, and its farewell after one more
const ROW_DELAY = 300; // a hidden request that is carried out is a row by then

/** @param {Arena} arena @param {Probe[]} probes @returns {Promise<Findings>} */
export async function probeAll(arena, probes) {
  const findings = { probes: 0, faults: /** @type {string[]} */ ([]), answers: /** @type {Record<string, string>} */ ({}) };
  const waiting = [...probes];
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await examine(arena, next, findings);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return findings;
}

/** @param {Arena} arena @param {Probe} one @param {Findings} findings */
async function examine(arena, one, findings) {
  const seen = await probe(arena.service.port, one.pieces, PATIENCE);
  const executed = one.hidden !== undefined && (await isCarriedOut(arena, one.hidden));
  const fault = faultOf(one, { ...seen, executed });
  findings.probes += 1;
  findings.answers[one.name] = `${seen.statuses.join(", ") || "no answer"}; ${seen.closed ? "closed" : "open"}`;
  if (fault) findings.faults.push(`${one.name}: ${fault}`);
}

/** @param {Arena} arena @param {string} email */
async function isCarriedOut(arena, email) {
  await new Promise((resolve) => setTimeout(resolve, ROW_DELAY));
  return Number(await arena.rig.database.run(`SELECT count(*) FROM reset_requests WHERE email = ${literal(email)}`)) > 0;
}

const OVERSIZED_PATIENCE = 3000;

/**
 * One after the other, so that the memory that each costs can be told.
 * @param {Arena} arena
 * @param {import("./oversized.mjs").Oversized[]} requests
 * @param {number} mostKiB that one may cost
 * @returns {Promise<Findings>}
 */
export async function sendOversized(arena, requests, mostKiB) {
  const findings = { probes: 0, faults: /** @type {string[]} */ ([]), answers: /** @type {Record<string, string>} */ ({}) };
  for (const request of requests) {
    const before = arena.service.figures().rssKiB;
    const seen = await probe(arena.service.port, request.pieces, OVERSIZED_PATIENCE);
    const grown = arena.service.figures().rssKiB - before;
    const fault = oversizedFault(request, seen, grown, mostKiB);
    findings.probes += 1;
    findings.answers[request.name] = `${seen.statuses[0] ?? "cut off"} after ${Math.round(seen.milliseconds)} ms, ${grown} KiB more`;
    if (fault) findings.faults.push(`${request.name}: ${fault}`);
  }
  return findings;
}
