// The attacks on an origin of the release build by somebody who can reach its port, and the sentences of the documents that each could
// break. The honest calls are signed as an edge signs. Each scenario is one function; flood.mjs runs them in this order.
import { pause } from "./arena.mjs";
import { honestAreServed, noFaults, processLives } from "./claims.mjs";
import { costliest, memoryGrowth } from "./observations.mjs";
import { oversizedRequests } from "./oversized.mjs";
import { probeAll, sendOversized } from "./probing.mjs";
import { corpusProbes, originProbes } from "./smuggling.mjs";

/**
 * @typedef {import("./arena.mjs").Scenario} Scenario
 * @typedef {import("./arena.mjs").Result} Result
 */

// Sentences of the documents.
const FRONT = "with one thread for each connection, idle sockets are an outage. Choice: requests are read whole under strict framing before a worker sees them";
const FRAMING = "requests are read whole under strict framing before a worker sees them";
const HASHING = "a flood of them keeps nobody from asking for a link";
const SIGNED = "every call signed over method, path and body, within 60 s; a replayed request id changes nothing";

/** @param {Result} result */
function usualClaims(result) {
  return [processLives(result, FRONT), honestAreServed(result, FRONT)];
}

/** Honest calls alone, for comparison with the attacks. @returns {Scenario} */
function calm() {
  return {
    name: "calm", at: "origin", what: "no attack", seconds: 5, length: "fixed",
    attack: (_, seconds) => pause(seconds),
    claims: usualClaims,
  };
}

/** @param {number} each @param {import("./arena.mjs").Arena} arena */
function attackSlowly(arena, each) {
  for (const kind of /** @type {const} */ (["idle", "half-header", "trickle"])) arena.attackWithSlowSockets(kind, each, "origin");
}

/** @returns {Scenario} */
function slow() {
  return {
    name: "slow", at: "origin", what: "9,000 sockets: idle, with half a header, and with a byte a second", seconds: 25, length: "fixed",
    attack: async (arena, seconds) => {
      attackSlowly(arena, 3000);
      await pause(seconds);
    },
    claims: usualClaims,
    observations: (result) => [memoryGrowth(result)],
  };
}

/** @returns {Scenario} */
function slowWithFewDescriptors() {
  return { ...slow(), name: "slow-1024", room: "few descriptors", what: "the same, where the process may open 1,024 descriptors", seconds: 15 };
}

/** @returns {Scenario} */
function unsigned() {
  return {
    name: "unsigned", at: "origin", what: "calls without a signature and with a stranger's", seconds: 20, length: "fixed",
    attack: async (arena, seconds) => {
      arena.attackWithRequests("strangers", "unsigned", { connections: 32 });
      await pause(seconds);
      return { rows: Number(await arena.rig.database.run("SELECT count(*) FROM reset_requests WHERE email LIKE 'stranger%'")) };
    },
    claims: (result) => [
      ...usualClaims(result),
      { words: "no call of a stranger is carried out", source: SIGNED, holds: result.seen.rows === 0, seen: `${result.seen.rows} rows` },
    ],
  };
}

/** @returns {Scenario} */
function hashing() {
  return {
    name: "hashing", at: "origin", what: "signed log-ins on 300 connections, far more than the cores can hash", seconds: 20, length: "fixed",
    attack: async (arena, seconds) => {
      arena.attackWithRequests("log-ins", "logInAtOrigin", { connections: 300 });
      await pause(seconds);
    },
    claims: (result) => [processLives(result, HASHING), honestAreServed(result, HASHING)],
  };
}

/** @returns {Scenario} */
function pipelining() {
  return {
    name: "pipelining", at: "origin", what: "16 signed calls at once on each of 32 connections", seconds: 10, length: "fixed",
    attack: async (arena, seconds) => {
      arena.attackWithRequests("pipeliners", "healthAtOrigin", { depth: 16 });
      await pause(seconds);
    },
    claims: usualClaims,
  };
}

/** @returns {Scenario} */
function smuggling() {
  return {
    name: "smuggling", at: "origin", what: "requests that can be read in two ways, with a second one hidden in each", seconds: 25, length: "its own",
    attack: (arena) => probeAll(arena, [...originProbes(arena.secrets), ...corpusProbes("origin")]),
    claims: (result) => [
      ...usualClaims(result),
      noFaults(result, "one answer at most, the connection closed, no hidden request carried out", FRAMING),
    ],
  };
}

/** @returns {Scenario} */
function oversized() {
  return {
    name: "oversized", at: "origin", what: "endless headers, targets and bodies", seconds: 5, length: "its own",
    attack: (arena) => sendOversized(arena, oversizedRequests("POST /internal/health HTTP/1.1", "Host: origin\r\n", [400, 401, 413, 415])),
    claims: (result) => [...usualClaims(result), noFaults(result, "each refused", FRAMING)],
    observations: (result) => [memoryGrowth(result), costliest(result)],
  };
}

/** @returns {Scenario[]} */
export function originScenarios() {
  return [calm(), slow(), slowWithFewDescriptors(), unsigned(), hashing(), pipelining(), smuggling(), oversized()];
}
