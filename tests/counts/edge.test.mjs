// Counts the cost of a request to the edge's process, on raw workerd before a real origin: system calls, waits for the disk, bytes on
// it, and connections to the origin. The limiter stores its counts a second after the first change; that has its own test.
// A count above its gate is taken again: the least of three attempts decides.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { stored } from "../edge/limiter_storage.mjs";
import { GENEROUS_LIMITS, Rig } from "../rig/rig.mjs";
import { assertAllLookedAt, assertGates, leastCounts } from "./gate.mjs";
import { SystemCalls } from "./system_calls.mjs";

const ROUNDS = 10;
const ATTEMPTS = 12;
const STORED = 1500; // milliseconds; the limiter waits for one second
const LONG = { ...Object.fromEntries(Object.keys(GENEROUS_LIMITS).map((name) => [name, "1000/86400"])), LIMIT_FORGOT_PER_CLIENT: "2/86400" };

/** @type {Rig} */
let rig;
/** @type {SystemCalls} */
let systemCalls;

before(async () => {
  rig = await Rig.prepare({
    edgeSettings: LONG,
    wrap: (name, program) => (name.startsWith("edge") ? systemCalls.traced(program) : program),
  });
  systemCalls = new SystemCalls(join(rig.folder, "edge.strace"));
  writeFileSync(systemCalls.file, "");
  await rig.startServices();
});
after(() => rig?.stop());

/**
 * @typedef {(clients: string, number: number) => [method: string, path: string, body?: unknown]} Call
 * @type {Call}
 */
const forgot = (clients, number) => ["POST", "/api/users/forgot-password", { email: `${clients}${number}@example.com` }];
const malformed = () => /** @type {const} */ (["POST", "/api/users/forgot-password", "{"]);
const forged = () => /** @type {const} */ (["POST", "/api/users/reset-password", { token: "A".repeat(72), new_password: "an umbrella" }]);
const page = () => /** @type {const} */ (["GET", "/login"]);

/** @type {Map<string, number>} */
const networks = new Map();

/**
 * One call after the other, each from another client. The same name gives the same clients.
 * @param {string} clients @param {number} status @param {(clients: string, number: number) => readonly [string, string, unknown?]} call
 * @param {number} [rounds]
 */
async function ask(clients, status, call, rounds = ROUNDS) {
  if (!networks.has(clients)) networks.set(clients, networks.size + 1);
  for (let number = 0; number < rounds; ++number) {
    const [method, path, body] = call(clients, number);
    const client = { "cf-connecting-ip": `198.18.${networks.get(clients)}.${number}` };
    assert.equal((await rig.ask(rig.edges[0].url, method, path, body, client)).status, status);
  }
}

/**
 * Counts the calls of `work`, once the limiter has stored the counts of `prepare`. Starts over with other clients if workerd dropped the
 * limiter or an idle connection meanwhile: that takes calls, too, but depends on the clock, not on the requests.
 * @param {(clients: string) => Promise<unknown>} prepare
 * @param {(clients: string) => Promise<unknown>} work
 */
async function callsUndisturbed(prepare, work) {
  for (let attempt = 1; attempt <= ATTEMPTS; ++attempt) {
    const clients = `clients${networks.size}`;
    await prepare(clients);
    await systemCalls.quiet(STORED);
    const counts = await systemCalls.during(() => work(clients));
    if (counts.dropped === 0 && counts.connects === 0) return counts;
  }
  throw new Error(`workerd dropped the limiter or an idle connection during each of ${ATTEMPTS} attempts`);
}

const nothing = async () => {};

/**
 * @param {import("node:test").TestContext} t
 * @param {string} subject
 * @param {(clients: string) => Promise<unknown>} work of as many requests as there are rounds
 * @param {(clients: string) => Promise<unknown>} [prepare]
 */
async function countCalls(t, subject, work, prepare = nothing) {
  assertGates(t, subject, await leastCounts(subject, async () => perRequest(await callsUndisturbed(prepare, work))));
}

/** @param {import("./system_calls.mjs").CallCounts} counts of all rounds */
function perRequest({ all, syncs, bytesWritten, connects }) {
  return { systemCalls: all / ROUNDS, syncs: syncs / ROUNDS, bytesWritten: bytesWritten / ROUNDS, connections: connects / ROUNDS };
}

/** @param {string} clients */
const askForgot = (clients) => ask(clients, 202, forgot);

/** Opens the connection to the origin, which workerd closes after some idle seconds. @param {string} clients */
const knock = (clients) => ask(`${clients}-before`, 202, forgot, 1);

/** Gets over the work that a process does once, and the cost of a connection to the origin. */
async function warmUp() {
  for (const call of [page, malformed, forged]) await ask("warm", call === page ? 200 : 400, call);
  await askForgot("warm");
}

describe("a request costs the edge's process no more than its gate", () => {
  before(warmUp);

  test("a page", (t) => countCalls(t, "edge, page", (clients) => ask(clients, 200, page)));

  test("a malformed body", (t) => countCalls(t, "edge, malformed body", (clients) => ask(clients, 400, malformed)));

  test("a forged token", (t) => countCalls(t, "edge, forged token", (clients) => ask(clients, 400, forged)));

  test("forgot, accepted, with a new client and a new address", (t) =>
    countCalls(t, "edge, forgot, new keys", askForgot, knock));

  test("forgot, accepted, with a client and an address known to the limiters", (t) =>
    countCalls(t, "edge, forgot, known keys", askForgot, askForgot));

  test("forgot, from a client over its limit", (t) =>
    countCalls(t, "edge, forgot, limited", (clients) => ask(clients, 429, forgot), async (clients) => {
      await askForgot(clients);
      await askForgot(clients);
    }));
});

test("requests of a second and their storing cost the edge's process no more than the gate", (t) =>
  countCalls(t, "edge, forgot, stored", async (clients) => {
    await askForgot(clients);
    await stored(rig.edges[0].limitsFolder);
  }, knock));

test("every gate of the edge is checked", () => assertAllLookedAt("edge, "));
