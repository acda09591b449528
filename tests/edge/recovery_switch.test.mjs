// RECOVERY=off: one answer to every call that asks for a link or uses one, whatever is in it. The origin alone can say so, too. An owner
// can still cancel a link.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";

import { mintSession, mintToken } from "./keys.mjs";
import { NodeEdge } from "./node_edge.mjs";
import { StubOrigin } from "./stub_origin.mjs";

const origin = new StubOrigin();
/** @type {NodeEdge} */
let off;
/** @type {NodeEdge} */
let on;
before(async () => {
  await origin.start();
  off = new NodeEdge({ ORIGIN_URLS: origin.url, RECOVERY: "off", LIMIT_FAILURES_PER_CLIENT: "1/3600" });
  on = new NodeEdge({ ORIGIN_URLS: origin.url });
});
afterEach(() => origin.reset());
after(() => origin.stop());

/** @param {Response} response */
async function seen(response) {
  const headers = [...response.headers].filter(([name]) => name !== "date" && name !== "x-request-id");
  return { status: response.status, headers, body: await response.text() };
}

const paths = ["/api/users/forgot-password", "/api/users/reset-password", "/auth/forgot-password", "/auth/reset-password", "/api/users/recovery/check"];
const cancel = "/api/users/reset-password/cancel";
const password = "correct horse battery staple";
const bodies = [{ email: "ada@example.com" }, { email: "nobody@example.com" }, { email: "not an address" }, { email: "ada@m\u00fcnchen.example" },
  { token: mintToken(), new_password: password }, { token: mintToken({ expiresIn: -1 }), new_password: password }, { token: "forged", password },
  { token: mintToken(), email: "ada@example.com" }, {}, "", "{", " ".repeat(9000)];

describe("with RECOVERY=off", () => {
  test("S37: every address, link and body gets the same answer, without limiter and origin", async () => {
    const first = await seen(await off.send(paths[0], bodies[0]));
    assert.equal(first.status, 403);
    assert.deepEqual(JSON.parse(first.body), { type: "urn:rekey:problem:recovery-off", title: "Forbidden", status: 403, detail: "Password recovery is switched off." });
    for (const path of paths) {
      for (const body of bodies) assert.deepEqual(await seen(await off.send(path, body)), first, `${path} ${JSON.stringify(body).slice(0, 60)}`);
      assert.deepEqual(await seen(await off.send(path, "x", { "content-type": "text/plain" })), first);
    }
    assert.deepEqual([origin.calls.length, off.asked.length], [0, 0]);
    assert.deepEqual(new Set(off.eventNames), new Set(["recovery.refused"]));
  });

  test("S37: a link can be cancelled as ever, for who did not ask for it", async () => {
    const patient = new NodeEdge({ ORIGIN_URLS: origin.url, RECOVERY: "off" });
    const sent = [{ token: mintToken(), email: "ada@example.com" }, { token: "forged", email: "ada@example.com" }, { token: mintToken() }];
    const statuses = [];
    for (const body of sent) statuses.push((await patient.send(cancel, body)).status);
    assert.deepEqual([statuses, origin.calls.length], [[204, 400, 422], 1]);
  });

  test("what is refused before is refused as ever", async () => {
    const type = async (/** @type {Response} */ response) => (/** @type {any} */ (await response.json())).type.replace("urn:rekey:problem:", "");
    assert.equal(await type(await off.send(paths[0], bodies[0], { origin: "https://evil.test" })), "cross-site");
    assert.equal(await type(await off.fetch(paths[0], { base: "http://rekey.example", method: "POST" })), "https-required");
    assert.equal(await type(await off.send(`${paths[0]}?a`, bodies[0])), "query-not-allowed");
    assert.equal((await off.fetch(paths[0])).status, 405);
  });

  test("accounts, sessions and health are as ever", async () => {
    assert.equal((await off.send("/api/users/login", { email: "ada@example.com", password })).status, 204);
    assert.equal((await off.fetch("/api/users/me", { headers: { authorization: `Bearer ${mintSession()}` } })).status, 200);
    assert.equal((await off.fetch("/healthz")).status, 200);
    assert.equal((await off.fetch("/forgot-password")).status, 200);
  });
});

test("where the origin alone has recovery off, the edge gives the same answer to what it would not refuse itself, and asks no further origin", async () => {
  const expected = await seen(await off.send(paths[0], bodies[0]));
  origin.answer = () => ({ body: { version: 1, outcome: "recovery_off" } });
  const sent = [
    await on.send(paths[0], { email: "ada@example.com" }),
    await on.send(paths[1], { token: mintToken(), new_password: password }),
    await on.send(paths[2], { email: "nobody@example.com" }),
    await on.send(paths[3], { token: mintToken(), password }),
  ];
  for (const response of sent) assert.deepEqual(await seen(response), expected);
  const refused = [await on.send(paths[1], { token: "forged", new_password: password }), await on.send(paths[0], { email: "not an address" })];
  assert.deepEqual(refused.map(({ status }) => status), [400, 422]);
  assert.equal(origin.calls.length, sent.length);
  assert.deepEqual(on.eventNames.filter((event) => event === "recovery.refused").length, sent.length);
});

test("another use case may not end so", async () => {
  origin.answer = () => ({ body: { version: 1, outcome: "recovery_off" } });
  assert.equal((await on.send(cancel, { token: mintToken(), email: "ada@example.com" })).status, 503);
  assert.equal((await on.send("/api/users/login", { email: "ada@example.com", password })).status, 503);
});
