// Attacks the edge and the origin of a rig, one scenario after the other, with honest clients at the same time, and reports which
// of these were still served. `scripts/prove flood` runs it.
//   node tests/flood/flood.mjs [edge|origin|all] [SECONDS] [--only NAME,NAME] [--output FOLDER] [--strict]
// SECONDS, at least 3, is the length of the scenarios "crowd" and "forged", and a bound for the others of a fixed length.
// Claims are sentences of README.md and DESIGN.md; figures that these do not promise are printed as "seen".
// Exit code: 1 with --strict if a claim does not hold, 2 for an invalid command line.
import { cpus, release } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { GENEROUS_LIMITS, Rig } from "../rig/rig.mjs";
import { checkout } from "../system/stack.mjs";
import { Arena } from "./arena.mjs";
import { edgeScenarios } from "./edge_scenarios.mjs";
import { originScenarios } from "./origin_scenarios.mjs";
import { linesOf, writeResults } from "./report.mjs";
import { secretsOf } from "./secrets.mjs";

/**
 * @typedef {import("./arena.mjs").Scenario} Scenario
 * @typedef {import("./arena.mjs").Result} Result
 * @typedef {{scenarios: Scenario[], seconds: number | undefined, output: string, strict: boolean}} Order
 */

const FEW = "--nofile=1024:1024";
const ORIGIN_WITH_FEW = "origin 1";
const SHORTEST = 3;

/** The documented limits, instead of a rig's generous ones for measurements. */
const DOCUMENTED_LIMITS = Object.fromEntries(Object.keys(GENEROUS_LIMITS).map((name) => [name, ""]));

/** The honest client's session outlives the longest flood. */
const LONG_SESSIONS = { ACCESS_TOKEN_EXPIRE_MINUTES: "720" };

/** @param {string} words @returns {never} */
function refuse(words) {
  process.stderr.write(`flood: ${words}\n`);
  process.exit(2);
}

function wordsOf() {
  const options = /** @type {const} */ ({ only: { type: "string" }, output: { type: "string" }, strict: { type: "boolean" } });
  try {
    return parseArgs({ allowPositionals: true, options });
  } catch (error) {
    return refuse(/** @type {Error} */ (error).message);
  }
}

/** @returns {Order} */
function orderOf() {
  const { values, positionals } = wordsOf();
  const [target = "all", seconds] = positionals;
  if (!["edge", "origin", "all"].includes(target)) refuse(`No such target: ${target}. It must be edge, origin or all.`);
  if (seconds !== undefined && !(Number(seconds) >= SHORTEST)) refuse(`SECONDS must be a number from ${SHORTEST}, not ${seconds}.`);
  const only = values.only?.split(",");
  const known = [...edgeScenarios(), ...originScenarios()].filter(({ at }) => target === "all" || at === target);
  const scenarios = known.filter(({ name }) => only?.includes(name) ?? true);
  if (scenarios.length === 0) refuse(`No such scenario: ${values.only}. It must be of ${known.map(({ name }) => name).join(", ")}.`);
  return {
    scenarios, seconds: seconds === undefined ? undefined : Number(seconds),
    output: values.output ?? join(checkout, ".rekey/flood"), strict: values.strict ?? false,
  };
}

/** @param {Scenario} scenario @param {number | undefined} wanted */
function secondsFor(scenario, wanted) {
  if (wanted === undefined) return scenario.seconds;
  return scenario.length === "mass" ? wanted : Math.min(scenario.seconds, wanted);
}

/** The edge and one of two origins may open 1,024 descriptors, most systems' default. */
function startRig() {
  return Rig.start({
    origins: 2,
    originSettings: LONG_SESSIONS,
    edgeSettings: { ...DOCUMENTED_LIMITS, ...LONG_SESSIONS },
    wrap: (name, { command, env }) => {
      const isPoor = name.startsWith("edge") || name === ORIGIN_WITH_FEW;
      return { command: isPoor ? ["prlimit", FEW, ...command] : command, env };
    },
  });
}

/** @param {Rig} rig @param {Scenario} scenario */
function targetOf(rig, { at, room }) {
  if (at === "edge") return rig.edges[0];
  return rig.origins[room === "few descriptors" ? 1 : 0];
}

/** @param {Order} order @returns {Promise<Result[]>} */
async function runAll({ scenarios, seconds }) {
  const rig = await startRig();
  const results = [];
  try {
    const secrets = await secretsOf(rig);
    for (const scenario of scenarios) {
      const result = await new Arena(rig, targetOf(rig, scenario), secrets).run(scenario, secondsFor(scenario, seconds));
      console.log(`${linesOf(result).join("\n")}\n`);
      results.push(result);
    }
  } finally {
    await rig.stop();
  }
  return results;
}

const order = orderOf();
const started = new Date();
const results = await runAll(order);
writeResults(order.output, results, { started: started.toISOString(), cores: cpus().length, processor: cpus()[0].model, kernel: release() });
const claims = results.flatMap((result) => result.claims);
const broken = claims.filter(({ holds }) => !holds);
console.log(`${results.length} scenarios, ${claims.length - broken.length} claims hold, ${broken.length} do not hold today`);
console.log(`figures and charts: ${order.output}`);
process.exit(order.strict && broken.length > 0 ? 1 : 0);
