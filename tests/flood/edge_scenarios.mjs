// The attacks on an edge under raw workerd with a limit of 1,024 descriptors, and the sentences of the documents that each could break.
// Each scenario is one function; flood.mjs runs them in this order.
import { pause } from "./arena.mjs";
import { diskIsBounded, honestAreServed, limitHolds, noFaults, processLives } from "./claims.mjs";
import { PROXY_HEADERS } from "../rig/rig.mjs";
import { costliest, memoryGrowth, restartsOf, rightOnes } from "./observations.mjs";
import { oversizedRequests } from "./oversized.mjs";
import { probeAll, sendOversized } from "./probing.mjs";
import { corpusProbes, edgeProbes } from "./smuggling.mjs";

/**
 * @typedef {import("./arena.mjs").Scenario} Scenario
 * @typedef {import("./arena.mjs").Result} Result
 * @typedef {import("./slow_sockets.mjs").Kind} Kind
 */

// Sentences of the documents.
const OTHERS = "the edge and the origin stay up, and honest clients are served";
const LIMIT = '| `LIMIT_FORGOT_PER_CLIENT` | `20/60` | "forgot password" calls of one client |';
const TOO_LARGE =
  "| 413 | `body-too-large` | more than 8 KiB | ... | 414 | `url-too-long` | the URL is too long | ... | 431 | `header-too-large` | a header field that is read here has 8 KiB or more";

const STORAGE = "in one SQLite database of at most 10 MB";

/** @param {Result} result */
function usualClaims(result) {
  return [
    honestAreServed(result, OTHERS),
    processLives(result, OTHERS),
    limitHolds(result, 20, 60, LIMIT),
    diskIsBounded(result, 10_000, STORAGE),
  ];
}

/** @param {Result} result */
function usualObservations(result) {
  return [restartsOf(result)];
}

/** Honest clients alone, for comparison with the attacks. @returns {Scenario} */
function calm() {
  return {
    name: "calm", at: "edge", what: "no attack", seconds: 5, length: "fixed",
    attack: (_, seconds) => pause(seconds),
    claims: usualClaims,
    observations: usualObservations,
  };
}

/** Each network of one /56 counts as a client, and all of them as one network. @returns {Scenario} */
function onePrefix() {
  return {
    name: "one-prefix", at: "edge", what: "600 forgot requests from the networks of one IPv6 /56", seconds: 20, length: "fixed",
    attack: async (arena, seconds) => {
      arena.attackWithRequests("one /56", "onePrefixForgot", { connections: 64, count: 600 });
      await pause(seconds);
    },
    claims: usualClaims,
    observations: usualObservations,
  };
}

/** @returns {Scenario} */
function crowd() {
  return {
    name: "crowd", at: "edge", what: "forgot requests, each from the next of a million client addresses", seconds: 60, length: "mass",
    attack: async (arena, seconds) => {
      arena.attackWithRequests("crowd", "crowdForgot", { connections: 64 });
      await pause(seconds);
    },
    claims: usualClaims,
    observations: usualObservations,
  };
}

/** @returns {Scenario} */
function forged() {
  return {
    name: "forged", at: "edge", what: "forged tokens and malformed bodies, each from the next of a million client addresses",
    seconds: 20, length: "mass",
    attack: async (arena, seconds) => {
      arena.attackWithRequests("forgers", "forged", { connections: 16 });
      await pause(seconds);
    },
    claims: usualClaims,
    observations: usualObservations,
  };
}

/** @param {Kind} kind @param {string} words @returns {Scenario} */
function slow(kind, words) {
  return {
    name: kind, at: "edge", what: `3,000 sockets ${words}`, seconds: 15, length: "fixed",
    attack: async (arena, seconds) => {
      arena.attackWithSlowSockets(kind, 3000, "edge");
      await pause(seconds);
    },
    claims: usualClaims,
    observations: usualObservations,
  };
}

/** @returns {Scenario} */
function pipelining() {
  return {
    name: "pipelining", at: "edge", what: "16 forgot requests at once on each of 32 connections, from 50 clients", seconds: 10, length: "fixed",
    attack: async (arena, seconds) => {
      arena.attackWithRequests("pipeliners", "fewForgot", { depth: 16 });
      await pause(seconds);
    },
    claims: usualClaims,
    observations: usualObservations,
  };
}

/** @returns {Scenario} */
function smuggling() {
  return {
    name: "smuggling", at: "edge", what: "requests that can be read in two ways, with a second one hidden in each", seconds: 25, length: "its own",
    attack: (arena) => probeAll(arena, [...edgeProbes(), ...corpusProbes("edge")]),
    claims: usualClaims,
    observations: (result) => [...usualObservations(result), `one answer at most, and no hidden request carried out: ${rightOnes(result)}`],
  };
}

/** @returns {Scenario} */
function oversized() {
  const fields = Object.entries({ ...PROXY_HEADERS, "content-type": "application/json", "cf-connecting-ip": "192.0.2.78" });
  const head = fields.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return {
    name: "oversized", at: "edge", what: "endless headers, targets and bodies", seconds: 5, length: "its own",
    attack: (arena) => sendOversized(arena, oversizedRequests("POST /api/users/forgot-password HTTP/1.1", head, [415])),
    claims: (result) => [...usualClaims(result), noFaults(result, "each refused", TOO_LARGE)],
    observations: (result) => [...usualObservations(result), memoryGrowth(result), costliest(result)],
  };
}

/** @returns {Scenario[]} */
export function edgeScenarios() {
  return [
    calm(),
    onePrefix(),
    crowd(),
    forged(),
    slow("idle", "that say nothing"),
    slow("half-header", "that never end their header"),
    slow("half-body", "that never end their body"),
    slow("trickle", "that send a byte a second"),
    pipelining(),
    smuggling(),
    oversized(),
  ];
}
