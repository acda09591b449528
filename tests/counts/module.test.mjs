// Counts the cost of a request inside rekey.wasm: steps, questions to limiters, bytes of messages, and memory. Runs in Node with the real
// host, edge/host/exchange.js, and with limiters in memory.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { mintDevice, mintSession, mintToken } from "../edge/keys.mjs";
import { NodeEdge } from "../edge/node_edge.mjs";
import { StubOrigin } from "../edge/stub_origin.mjs";
import { countedCalls, watchModules } from "./counted_module.mjs";
import { assertAllLookedAt, assertGates } from "./gate.mjs";

const origin = new StubOrigin();
/** @type {NodeEdge} */
let edge;

before(async () => {
  await origin.start();
  watchModules();
  edge = new NodeEdge({ ORIGIN_URLS: origin.url });
  assert.equal((await edge.fetch("/healthz")).status, 200);
});
after(() => origin.stop());

const password = "an umbrella at last";
const email = "ada@example.com";

/** @param {import("node:test").TestContext} t @param {string} subject @param {number} status @param {() => Promise<Response>} send */
async function countModule(t, subject, status, send) {
  const asked = edge.objects.length;
  const counts = await countedCalls(async () => assert.equal((await send()).status, status));
  assert.equal(edge.objects.length - asked, counts.limits, "node's limiters and the module count the same questions");
  assertGates(t, subject, { ...counts });
}

describe("a request costs the module no more than its gate", () => {
  test("register", (t) =>
    countModule(t, "module, register", 201, () => edge.send("/api/users", { username: "ada", email, password })));
  test("a log-in", (t) => countModule(t, "module, log-in", 204, () => edge.send("/api/users/login", { email, password })));
  test("me", (t) =>
    countModule(t, "module, me", 200, () => edge.fetch("/api/users/me", { headers: { authorization: `Bearer ${mintSession()}` } })));
  test("a change of the password", (t) => {
    const body = { current_password: password, new_password: "a walk in the rain" };
    const headers = { authorization: `Bearer ${mintSession()}` };
    return countModule(t, "module, change password", 200, () => edge.send("/api/users/me/password", body, headers, "PATCH"));
  });
  test("a log-out", (t) =>
    countModule(t, "module, log-out", 204, () =>
      edge.fetch("/api/users/logout", { method: "POST", headers: { authorization: `Bearer ${mintSession()}` } })));
  test("forgot", (t) => countModule(t, "module, forgot", 202, () => edge.send("/api/users/forgot-password", { email })));
  test("forgot from a device with an id", (t) =>
    countModule(t, "module, forgot, device", 202, () => edge.send("/api/users/forgot-password", { email }, { "rekey-device": mintDevice(email) })));
  test("a reset", (t) =>
    countModule(t, "module, reset", 200, () => edge.send("/api/users/reset-password", { token: mintToken(), new_password: password })));
  test("a cancelled reset", (t) =>
    countModule(t, "module, cancel", 204, () => edge.send("/api/users/reset-password/cancel", { token: mintToken(), email })));
  test("a forged token", (t) =>
    countModule(t, "module, forged token", 400, () =>
      edge.send("/api/users/reset-password", { token: "A".repeat(72), new_password: password })));
  test("a malformed body", (t) =>
    countModule(t, "module, malformed body", 400, () => edge.send("/api/users/forgot-password", "{")));
  test("a page", (t) => countModule(t, "module, page", 200, () => edge.fetch("/login")));
  test("the largest request", (t) => {
    const headers = Object.fromEntries(["accept", "accept-language", "cookie", "user-agent"].map((name) => [name, "x".repeat(8000)]));
    const body = JSON.stringify({ token: mintToken(), new_password: "x".repeat(256) }).padEnd(8192);
    return countModule(t, "module, largest request", 200, () => edge.send("/api/users/reset-password", body, headers));
  });
});

describe("the count of memory bytes", () => {
  test("grows with a longer message", async () => {
    const small = await countedCalls(() => edge.fetch("/login"));
    const large = await countedCalls(() => edge.fetch("/login", { headers: { "accept-language": "de,".repeat(2000) } }));
    assert.ok(large.arenaBytes > small.arenaBytes, `${large.arenaBytes} and ${small.arenaBytes}`);
  });
});

test("every gate of the module is checked", () => assertAllLookedAt("module, "));
