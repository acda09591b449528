// Sends a corpus of odd requests to the attacked process, some at a time, and lists those that it handled wrongly. Used by the scenarios
// of both targets.
import { literal } from "../system/database.mjs";
import { until } from "../system/polling.mjs";
import { oversizedFault } from "./oversized.mjs";
import { PeakMemory } from "./peak_memory.mjs";
import { listens, probe } from "./single_call.mjs";
import { faultOf } from "./smuggling.mjs";

/**
 * @typedef {import("./arena.mjs").Arena} Arena
 * @typedef {import("./smuggling.mjs").Probe} Probe
 * @typedef {{probes: number, faults: string[], answers: Record<string, string>}} Findings
 */

const AT_ONCE = 32;
const PATIENCE = 8000; // the front ends a late request after 5 s, and its connection a second later
const SETTLED_AFTER = 300; // milliseconds: by then a hidden request that was carried out has a row, and the end of a process is known

/** @returns {Findings} */
function newFindings() {
  return { probes: 0, faults: [], answers: {} };
}

/** @param {Arena} arena @param {Probe[]} probes @returns {Promise<Findings>} */
export async function probeAll(arena, probes) {
  const findings = newFindings();
  const waiting = [...probes];
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await examine(arena, next, findings);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return findings;
}

/** @param {Arena} arena @param {Probe} one @param {Findings} findings */
async function examine(arena, one, findings) {
  const seen = await probeProcess(arena, one.pieces, PATIENCE);
  const executed = one.hidden !== undefined && (await isCarriedOut(arena, one.hidden));
  const fault = faultOf(one, { ...seen, executed });
  findings.probes += 1;
  findings.answers[one.name] = `${seen.statuses.join(", ") || "no answer"}; ${seen.closed ? "closed" : "open"}`;
  if (fault) findings.faults.push(`${one.name}: ${fault}`);
}

/** Returns when all effects of the pieces can be seen. @param {Arena} arena @param {string[]} pieces @param {number} patience */
async function probeProcess({ service }, pieces, patience) {
  const listened = await isListening(service);
  const { pid } = service;
  const seen = await probe(service.port, pieces, patience);
  await new Promise((resolve) => setTimeout(resolve, SETTLED_AFTER));
  return { ...seen, processEnded: !listened || pid === 0 || service.pid !== pid };
}

/** A process that ended during the previous request is started again, and needs a moment. @param {Arena["service"]} service */
function isListening({ port }) {
  return until("the process listens", () => listens(port, 1000)).catch(() => false);
}

/** @param {Arena} arena @param {string} email */
async function isCarriedOut(arena, email) {
  return Number(await arena.rig.database.run(`SELECT count(*) FROM reset_requests WHERE email = ${literal(email)}`)) > 0;
}

const OVERSIZED_PATIENCE = 3000;

/**
 * One after the other, so that the memory of each can be measured.
 * @param {Arena} arena
 * @param {import("./oversized.mjs").Oversized[]} requests
 * @returns {Promise<Findings & {costs: import("./observations.mjs").Cost[]}>}
 */
export async function sendOversized(arena, requests) {
  const findings = { ...newFindings(), costs: /** @type {import("./observations.mjs").Cost[]} */ ([]) };
  for (const request of requests) {
    await isListening(arena.service);
    const memory = new PeakMemory(arena.service.programPid());
    const seen = await probeProcess(arena, request.pieces, OVERSIZED_PATIENCE);
    const grownKiB = memory.grownKiB();
    const fault = oversizedFault(request, seen);
    findings.probes += 1;
    findings.answers[request.name] = `${seen.statuses[0] ?? "cut off"} after ${Math.round(seen.milliseconds)} ms, ${grownKiB} KiB more`;
    if (!seen.processEnded) findings.costs.push({ milliseconds: seen.milliseconds, grownKiB });
    if (fault) findings.faults.push(`${request.name}: ${fault}`);
  }
  return findings;
}
