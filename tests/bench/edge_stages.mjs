// The edge part's measurements in turn: every stage is one flow against one server, and a wrong answer ends the run.
import { checkEvents, clearLog, describeEvents, takeEvents, takeEventsOf } from "./edge_log.mjs";
import { interleaved } from "./measurement.mjs";
import { loadOf, sample } from "./wrk.mjs";

/**
 * @typedef {import("./edge_flows.mjs").Flow} Flow
 * @typedef {import("./measurement.mjs").Figure} Figure
 * @typedef {import("./measurement.mjs").Wishes} Wishes
 * @typedef {import("./wrk.mjs").Load} Load
 *
 * @typedef {object} Stage
 * @property {string} url
 * @property {Flow} flow
 * @property {{log: string}} [logged] the service, if its log holds the flow's event for each answer
 * @property {import("./mail_sink.mjs").SmtpSink} [relay] whose mails are counted under load
 * @property {() => Promise<void>} [after] waits until the load's work is done
 *
 * @typedef {Load & {mails?: number}} StageLoad
 * @typedef {{connections: number, loads: Record<string, StageLoad[]>}} Run the loads by the stage's name, one for each round
 */

const CONNECTIONS = [16, 64];
const WARM_UP = { connections: 16, seconds: 1 };

/**
 * @param {Record<string, Stage>} stages each next to its reference
 * @param {Wishes & {connections?: number[]}} wishes
 * @returns {Promise<Run[]>}
 */
export async function measureStages(stages, { rounds, seconds, say, connections: wished = CONNECTIONS }) {
  await sampleAll(stages);
  const runs = [];
  for (const connections of wished) {
    const measurements = Object.entries(stages).map(([name, stage]) => [name, (/** @type {number} */ round) => {
      say(`edge: ${name}, ${connections} connections, round ${round + 1} of ${rounds}`);
      return loadStage(stage, { connections, seconds });
    }]);
    runs.push({ connections, loads: await interleaved(rounds, Object.fromEntries(measurements)) });
  }
  await sampleAll(stages);
  return runs;
}

/** A Worker is slowest in its first second, while its code is compiled. @param {Record<string, Stage>} stages */
export async function warmUp(stages) {
  for (const stage of Object.values(stages)) await loadStage(stage, WARM_UP);
}

/** @param {Record<string, Stage>} stages */
async function sampleAll(stages) {
  for (const { url, flow, after } of Object.values(stages)) {
    await sample(url, flow);
    await after?.();
  }
}

/** @param {Stage} stage @param {{connections: number, seconds: number}} extent @returns {Promise<StageLoad>} */
async function loadStage({ url, flow, logged, relay, after }, extent) {
  if (logged) await clearLog(logged);
  await relay?.forget();
  const load = await loadOf(url, flow, extent).catch((error) => {
    throw new Error(`${url}, ${extent.connections} connections: ${error.message}; ${logged ? describeEvents(takeEvents(logged)) : "no log"}`);
  });
  const mails = (await relay?.look())?.length;
  if (logged) checkEvents(await takeEventsOf(logged, flow.event, load.wanted), flow, load.wanted);
  await after?.();
  return { ...load, mails };
}

/**
 * @param {Run} run @param {string} ours @param {string} reference the stages' names
 * @param {{referenceName: string, reach?: number}} words
 * @returns {Figure}
 */
export function figureOf({ connections, loads }, ours, reference, words) {
  const perSecond = (/** @type {string} */ stage) => loads[stage].map((load) => load.perSecond);
  const latency = loads[ours].map(({ p50, p99 }) => ({ p50, p99 }));
  const figure = { name: `${ours}, ${connections} connections`, unit: "requests/s", ours: perSecond(ours), reference: perSecond(reference), latency };
  return { ...figure, ...words, ...noteOfLost(loads[ours]) };
}

/** @param {Load[]} loads @returns {{note?: string}} */
function noteOfLost(loads) {
  const sum = (/** @type {"wanted" | "refused"} */ what) => loads.reduce((total, load) => total + load[what], 0);
  if (sum("refused") === 0) return {};
  return { note: `overloaded: ${sum("refused")} answers were 503 and are in the latency, but not in the rate; ${sum("wanted")} were as they should be` };
}
