// Sessions of applications at the edge: their renewal, the list, and the end of one or all others.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";

import { hashOf, mintSession } from "./keys.mjs";
import { NodeEdge } from "./node_edge.mjs";
import { StubOrigin, user } from "./stub_origin.mjs";

const origin = new StubOrigin();
/** @type {NodeEdge} */
let edge;
before(async () => {
  await origin.start();
  edge = new NodeEdge({ ORIGIN_URLS: origin.url });
});
afterEach(() => origin.reset());
after(() => origin.stop());

/** @param {string} token */
const bearer = (token) => ({ authorization: `Bearer ${token}` });
/** @param {string} token */
const cookie = (token) => ({ cookie: `__Host-rekey=${token}` });
/** @param {string} method @param {string} path @param {Record<string, string>} headers */
const call = (method, path, headers) => edge.fetch(path, { method, headers });
/** @param {Record<string, string>} headers */
const renew = (headers) => call("POST", "/api/users/token/renew", headers);
/** @param {Response} response */
const typeOf = async (response) => (/** @type {any} */ (await response.json())).type;

const SESSIONS = "/api/users/me/sessions";
const ID = "6f1c2a52-8d3a-4c4e-9d7e-0a4f4d1f2b3c";

describe("POST /api/users/token/renew", () => {
  test("gives a token of the same chain, and the origin its hash", async () => {
    const token = mintSession();
    origin.answer = () => ({ body: { outcome: "ok", user, renewed: true } });
    const response = await renew(bearer(token));
    assert.equal(response.status, 200);
    const answer = /** @type {any} */ (await response.json());
    assert.deepEqual(Object.keys(answer), ["access_token", "token_type", "expires_in"]);
    assert.equal(origin.lastCall.path, "/internal/me");
    assert.deepEqual(origin.lastCall.body.input, { session: hashOf(token), renewal: hashOf(answer.access_token) });
    const chainOf = (/** @type {string} */ text) => Buffer.from(text, "base64url").subarray(6, 14).toString("hex");
    assert.equal(chainOf(answer.access_token), chainOf(token));
    assert.notEqual(answer.access_token, token);
    assert.equal(response.headers.get("set-cookie"), null);
  });

  test("T24: a cookie does not become a token that scripts can read", async () => {
    const response = await renew(cookie(mintSession()));
    assert.equal(response.status, 401);
    assert.equal(origin.calls.length, 0);
  });

  test("is 401 without a live session, and 409 where the log-in is too long ago", async () => {
    for (const headers of [{}, bearer("x"), bearer(mintSession(-1))]) assert.equal((await renew(headers)).status, 401);
    assert.equal(origin.calls.length, 0);
    origin.answer = () => ({ body: { outcome: "no_session" } });
    assert.equal((await renew(bearer(mintSession()))).status, 401);
    origin.answer = () => ({ body: { outcome: "ok", user, renewed: false } });
    const late = await renew(bearer(mintSession()));
    assert.equal(late.status, 409);
    assert.equal(await typeOf(late), "urn:rekey:problem:not-renewed");
  });
});

describe("the account's sessions", () => {
  test("the origin's list is passed on as it is", async () => {
    const sessions = [{ id: ID, current: true, browser: "Firefox", system: "", country: "DE", started_at: "2026-11-22T10:00:00Z", renewed_at: null, expires_at: "2026-11-22T10:30:00Z" }];
    origin.answer = () => ({ body: { outcome: "ok", own: { sessions } } });
    const token = mintSession();
    const response = await call("GET", SESSIONS, cookie(token));
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-type"), "application/json");
    assert.deepEqual(await response.json(), { sessions });
    assert.deepEqual(origin.lastCall.body.input, { session: hashOf(token) });
    assert.equal(origin.lastCall.path, "/internal/sessions");
  });

  test("DELETE ends one by its id, or all others", async () => {
    const token = mintSession();
    for (const [path, chosen] of [[`${SESSIONS}/${ID}`, ID], [SESSIONS, ""]]) {
      const response = await call("DELETE", path, bearer(token));
      assert.equal(response.status, 204, path);
      assert.equal(origin.lastCall.path, "/internal/end-sessions");
      assert.deepEqual(origin.lastCall.body.input, { session: hashOf(token), chosen });
    }
  });

  test("without a live session each is 401", async () => {
    const calls = [["GET", SESSIONS], ["DELETE", SESSIONS], ["DELETE", `${SESSIONS}/${ID}`]];
    for (const [method, path] of calls) assert.equal((await call(method, path, {})).status, 401, path);
    assert.equal(origin.calls.length, 0);
    origin.answer = () => ({ body: { outcome: "no_session" } });
    for (const [method, path] of calls) assert.equal((await call(method, path, bearer(mintSession()))).status, 401, path);
  });

  test("what is no session's id is no path", async () => {
    const near = ["", "x", ID.slice(1), `${ID}0`, ID.toUpperCase(), ID.replaceAll("-", "0"), `${ID.slice(0, -1)}g`, `${ID}/`, ID.replace("6", "%36")];
    for (const id of near) assert.equal((await call("DELETE", `${SESSIONS}/${id}`, bearer(mintSession()))).status, 404, id);
    assert.equal(origin.calls.length, 0);
  });

  test("Allow names all methods of a path", async () => {
    const wrong = await call("PUT", SESSIONS, bearer(mintSession()));
    assert.equal(wrong.status, 405);
    assert.equal(wrong.headers.get("allow"), "GET, HEAD, DELETE, OPTIONS");
    assert.equal((await call("GET", `${SESSIONS}/${ID}`, bearer(mintSession()))).headers.get("allow"), "DELETE, OPTIONS");
  });

  test("a page of another site can't end sessions", async () => {
    const response = await call("DELETE", SESSIONS, { ...cookie(mintSession()), "sec-fetch-site": "cross-site" });
    assert.equal(response.status, 403);
    assert.equal(origin.calls.length, 0);
  });

  test("with FEATURES=recovery none of these calls exists", async () => {
    const recovery = new NodeEdge({ ORIGIN_URLS: origin.url, FEATURES: "recovery" });
    for (const [method, path] of [["POST", "/api/users/token/renew"], ["GET", SESSIONS], ["DELETE", SESSIONS], ["DELETE", `${SESSIONS}/${ID}`]]) {
      assert.equal((await recovery.fetch(path, { method, headers: bearer(mintSession()) })).status, 404, `${method} ${path}`);
    }
    assert.equal(origin.calls.length, 0);
  });
});
