// Idempotency-Key at the edge: the origin gets keyed hashes of key and body, and its word about them becomes an answer.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";

import { mintSession, mintToken, settings } from "./keys.mjs";
import { NodeEdge } from "./node_edge.mjs";
import { StubOrigin } from "./stub_origin.mjs";

const origin = new StubOrigin();
/** @type {NodeEdge} */
let edge;
before(async () => {
  await origin.start();
  edge = new NodeEdge({ ORIGIN_URLS: origin.url });
});
afterEach(() => origin.reset());
after(() => origin.stop());

const KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324";
const body = { token: mintToken(), new_password: "an umbrella at last" };
/** @param {Record<string, string>} headers @param {unknown} [sent] */
const reset = (headers, sent = body) => edge.send("/api/users/reset-password", sent, headers);
/** @param {string} key @param {unknown} [sent] */
async function repeatOf(key, sent) {
  assert.equal((await reset({ "idempotency-key": key }, sent)).status, 200);
  return String(origin.lastCall.body.repeat);
}
/** @param {Response} response */
const problemOf = async (response) => /** @type {any} */ (await response.json());

describe("Idempotency-Key", () => {
  test("a call without it tells the origin of none", async () => {
    await reset({});
    assert.equal("repeat" in origin.lastCall.body, false);
  });

  test("the origin gets two keyed hashes: of the key, and of the body", async () => {
    const repeat = await repeatOf(KEY);
    assert.match(repeat, /^[0-9a-f]{128}$/);
    assert.equal(await repeatOf(KEY), repeat);
    assert.equal(await repeatOf(`"${KEY}"`), repeat, "with quotes, as the draft has it");
    const otherKey = await repeatOf(KEY.replace("8", "9"));
    assert.notEqual(otherKey.slice(0, 64), repeat.slice(0, 64));
    const otherBody = await repeatOf(KEY, { ...body, new_password: "an umbrella at first" });
    assert.equal(otherBody.slice(0, 64), repeat.slice(0, 64));
    assert.notEqual(otherBody.slice(64), repeat.slice(64));
  });

  test("another installation's hashes differ", async () => {
    const repeat = await repeatOf(KEY);
    const [signing] = settings.RESET_PASSWORD_TOKEN_SECRET.split(",");
    const other = `9:${Buffer.alloc(32, 9).toString("base64url")}`;
    const elsewhere = new NodeEdge({ ORIGIN_URLS: origin.url, RESET_PASSWORD_TOKEN_SECRET: `${other},${signing}` });
    await elsewhere.send("/api/users/reset-password", body, { "idempotency-key": KEY });
    assert.notEqual(String(origin.lastCall.body.repeat).slice(0, 64), repeat.slice(0, 64));
  });

  test("a key counts for one kind of call, and for a change of the password for one log-in", async () => {
    const change = { current_password: "correct horse", new_password: "an umbrella at last" };
    const changeOf = async (/** @type {string} */ token) => {
      await edge.send("/api/users/me/password", change, { authorization: `Bearer ${token}`, "idempotency-key": KEY }, "PATCH");
      return String(origin.lastCall.body.repeat).slice(0, 64);
    };
    const ofReset = (await repeatOf(KEY)).slice(0, 64);
    const token = mintSession();
    const [first, again, other] = [await changeOf(token), await changeOf(token), await changeOf(mintSession())];
    assert.equal(first, again);
    assert.equal(new Set([ofReset, first, other]).size, 3);
    await edge.send("/api/users", { username: "mary", email: "mary@example.com", password: "an umbrella at last" }, { "idempotency-key": KEY });
    assert.equal(new Set([ofReset, first, String(origin.lastCall.body.repeat).slice(0, 64)]).size, 3);
  });

  test("a key of another form is 400, before the body is read", async () => {
    for (const key of ["x", "123456789012345", `"12345678901234`, "a".repeat(129), "a key with spaces in it", `"quo"ted-and-long-enough"`, "back\\slash-long-enough", `""`]) {
      const response = await reset({ "idempotency-key": key });
      assert.equal(response.status, 400, key);
      assert.equal((await problemOf(response)).type, "urn:rekey:problem:bad-idempotency-key");
    }
    assert.equal(origin.calls.length, 0);
  });

  test("other calls, and the router of fastapi-users, ignore it", async () => {
    await edge.send("/api/users/forgot-password", { email: "ada@example.com" }, { "idempotency-key": KEY });
    assert.equal("repeat" in origin.lastCall.body, false);
    await edge.send("/auth/reset-password", { token: mintToken(), password: "an umbrella at last" }, { "idempotency-key": "x" });
    assert.equal("repeat" in origin.lastCall.body, false);
  });

  test("another body is 422, a call under way 409 with Retry-After", async () => {
    origin.answer = () => ({ body: { outcome: "other_body" } });
    const other = await reset({ "idempotency-key": KEY });
    assert.equal(other.status, 422);
    assert.equal((await problemOf(other)).type, "urn:rekey:problem:other-body");
    origin.answer = () => ({ body: { outcome: "under_way" } });
    const busy = await reset({ "idempotency-key": KEY });
    assert.equal(busy.status, 409);
    assert.equal(busy.headers.get("retry-after"), "1");
    assert.equal((await problemOf(busy)).type, "urn:rekey:problem:call-under-way");
  });

  test("a page of an allowed origin may send it", async () => {
    const app = "https://app.example.com";
    const shared = new NodeEdge({ ORIGIN_URLS: origin.url, ALLOWED_ORIGINS: app });
    const response = await shared.fetch("/api/users/reset-password", { method: "OPTIONS", headers: { origin: app } });
    assert.match(String(response.headers.get("access-control-allow-headers")), /idempotency-key/);
  });
});
