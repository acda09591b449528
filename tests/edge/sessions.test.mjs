// Sessions at the edge: bearer tokens and the cookie, their renewal and their end.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";

import { hashOf, mintSession, mintToken } from "./keys.mjs";
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

/** @param {Record<string, string>} headers */
const me = (headers) => edge.fetch("/api/users/me", { headers });
/** @param {string} token */
const cookie = (token) => ({ cookie: `theme=dark; __Host-rekey=${token}; other=1` });
/** @param {string} token */
const bearer = (token) => ({ authorization: `Bearer ${token}` });

describe("GET /api/users/me", () => {
  test("shows the account to a bearer token and to a cookie", async () => {
    for (const [carry, token] of /** @type {const} */ ([[bearer, mintSession()], [cookie, mintSession()]])) {
      const response = await me(carry(token));
      assert.equal(response.status, 200);
      assert.deepEqual(await response.json(), user);
      assert.deepEqual(origin.lastCall.body.input, { session: hashOf(token), renewal: "" });
    }
  });

  test("accepts the scheme in any case", async () => {
    assert.equal((await me({ authorization: `bEARER ${mintSession()}` })).status, 200);
  });

  test("is 401 with WWW-Authenticate if no session could be alive", async () => {
    const token = mintSession();
    const none = [{}, { authorization: "Basic YTpi" }, { authorization: "Bearer" }, bearer(""), bearer("x"), bearer(mintSession(-1)), bearer(mintToken()),
      bearer(`${token} `.replace(" ", "%20")), cookie("x"), cookie(mintToken()), { cookie: `__Host-rekey2=${token}` }, { cookie: `rekey=${token}` },
      { cookie: `__host-rekey=${token}` }];
    for (const headers of none) {
      const response = await me(/** @type {Record<string, string>} */ (headers));
      assert.equal(response.status, 401, JSON.stringify(Object.keys(headers)));
      assert.equal(response.headers.get("www-authenticate"), 'Bearer realm="account"');
      assert.equal((/** @type {any} */ (await response.json())).type, "urn:rekey:problem:no-session");
    }
    assert.equal(origin.calls.length, 0);
  });

  test("is 401 if the origin knows no such session", async () => {
    origin.answer = () => ({ body: { outcome: "no_session" } });
    assert.equal((await me(bearer(mintSession()))).status, 401);
  });

  test("uses the bearer token if a cookie comes along, whether good or bad", async () => {
    const [first, second] = [mintSession(), mintSession()];
    await me({ ...bearer(first), ...cookie(second) });
    assert.equal(origin.lastCall.body.input.session, hashOf(first));
    assert.equal((await me({ ...bearer("x"), ...cookie(second) })).status, 401);
  });

  test("treats an empty bearer token as a bad one, not as none", async () => {
    const good = cookie(mintSession());
    for (const authorization of ["Bearer", "bearer ", "BEARER\t", "Bearer  ", "Bearer, Bearer"]) {
      assert.equal((await me({ authorization, ...good })).status, 401, JSON.stringify(authorization));
    }
    for (const authorization of ["Basic YTpi", "Bearers x", "Bear"]) {
      assert.equal((await me({ authorization, ...good })).status, 200, authorization);
    }
  });

  test("accepts neither of two cookies with the same name", async () => {
    const token = mintSession();
    assert.equal((await me({ cookie: `__Host-rekey=${token}; __Host-rekey=${mintSession()}` })).status, 401);
  });

  test("answers HEAD without a body", async () => {
    const response = await edge.fetch("/api/users/me", { method: "HEAD", headers: bearer(mintSession()) });
    assert.equal(response.status, 200);
    assert.equal(await response.text(), "");
  });
});

describe("a cookie's renewal", () => {
  test("is offered to the origin when less than ten minutes remain, and set if the origin accepts it", async () => {
    origin.answer = () => ({ body: { outcome: "ok", user, renewed: true } });
    const response = await me(cookie(mintSession(599)));
    const given = /^__Host-rekey=([\w-]{72}); /.exec(String(response.headers.get("set-cookie")))?.[1] ?? "";
    assert.equal(origin.lastCall.body.input.renewal, hashOf(given));
    assert.notEqual(origin.lastCall.body.input.session, hashOf(given));
    assert.ok(!origin.lastCall.text.includes(given));
  });

  test("is not set if the origin did not accept it", async () => {
    origin.answer = () => ({ body: { outcome: "ok", user, renewed: false } });
    const response = await me(cookie(mintSession(300)));
    assert.match(origin.lastCall.body.input.renewal, /^[0-9a-f]{64}$/);
    assert.equal(response.headers.get("set-cookie"), null);
  });

  test("is not offered earlier, nor for a bearer token", async () => {
    await me(cookie(mintSession(660)));
    assert.equal(origin.lastCall.body.input.renewal, "");
    await me(bearer(mintSession(60)));
    assert.equal(origin.lastCall.body.input.renewal, "");
  });

  test("keeps the first 8 of the 32 random bytes, which name the chain, and draws new ones for the rest", async () => {
    origin.answer = () => ({ body: { outcome: "ok", user, renewed: true } });
    const bytes = (/** @type {string} */ token) => Buffer.from(token, "base64url").subarray(6, 38);
    const renewed = async (/** @type {string} */ token) => String((await me(cookie(token))).headers.get("set-cookie")).slice("__Host-rekey=".length, "__Host-rekey=".length + 72);
    const first = mintSession(300);
    const others = [await renewed(first), await renewed(first)];
    for (const other of others) assert.deepEqual(bytes(other).subarray(0, 8), bytes(first).subarray(0, 8));
    const rests = [first, ...others].map((token) => bytes(token).subarray(8).toString("hex"));
    assert.equal(new Set(rests).size, 3);
    for (let at = 0; at < 3; ++at) assert.equal(new Set(rests.map((rest) => rest.slice(at * 16, at * 16 + 16))).size, 3);
  });

  test("gives a token that works and lasts as long as a new one", async () => {
    origin.answer = () => ({ body: { outcome: "ok", user, renewed: true } });
    const first = await me(cookie(mintSession(100)));
    const given = String(first.headers.get("set-cookie")).slice("__Host-rekey=".length, "__Host-rekey=".length + 72);
    const expiry = Buffer.from(given, "base64url").readUInt32BE(2) - Date.now() / 1000;
    assert.ok(expiry > 1700 && expiry <= 1800, `${expiry} s`);
    assert.equal((await me(cookie(given))).status, 200);
    assert.equal(origin.lastCall.body.input.renewal, "");
  });
});

describe("POST /api/users/logout", () => {
  const gone = "__Host-rekey=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0";
  /** @param {Record<string, string>} [headers] */
  const logOut = (headers = {}) => edge.fetch("/api/users/logout", { method: "POST", headers });

  test("ends the session and deletes the cookie", async () => {
    const token = mintSession();
    const response = await logOut(cookie(token));
    assert.equal(response.status, 204);
    assert.equal(response.headers.get("set-cookie"), gone);
    assert.deepEqual(origin.lastCall.body.input, { session: hashOf(token) });
  });

  test("is 204 for everybody, without a call to the origin if there is no session", async () => {
    for (const headers of [{}, cookie("x"), bearer(mintToken())]) {
      const response = await logOut(/** @type {Record<string, string>} */ (headers));
      assert.equal(response.status, 204);
      assert.equal(response.headers.get("set-cookie"), gone);
    }
    assert.equal(origin.calls.length, 0);
  });

  test("also ends a session that has expired by this edge's clock, but perhaps not by the database's", async () => {
    const token = mintSession(-5000);
    assert.equal((await logOut(bearer(token))).status, 204);
    assert.deepEqual(origin.lastCall.body.input, { session: hashOf(token) });
  });

  test("reports that the session could not be ended, and leaves the cookie, with which the next try ends it", async () => {
    const token = mintSession();
    origin.answer = () => ({ status: 503, body: {} });
    const refused = await logOut(cookie(token));
    assert.equal(refused.status, 503);
    assert.equal(refused.headers.get("set-cookie"), null);

    origin.answer = StubOrigin.accept;
    const response = await logOut(cookie(token));
    assert.equal(response.status, 204);
    assert.equal(response.headers.get("set-cookie"), gone);
    assert.deepEqual(origin.lastCall.body.input, { session: hashOf(token) });
  });

  test("leaves the cookie where it was not tried: past a limit", async () => {
    const limited = new NodeEdge({ ORIGIN_URLS: origin.url, LIMIT_OTHER_PER_CLIENT: "1/60" });
    const statuses = [];
    for (let i = 0; i < 2; ++i) {
      const response = await limited.fetch("/api/users/logout", { method: "POST", headers: cookie(mintSession()) });
      statuses.push([response.status, response.headers.get("set-cookie")]);
    }
    assert.deepEqual(statuses, [[204, gone], [429, null]]);
    assert.equal(origin.calls.length, 1);
  });
});

describe("a log-in", () => {
  test("opens sessions of the set lifetime", async () => {
    const short = new NodeEdge({ ORIGIN_URLS: origin.url, ACCESS_TOKEN_EXPIRE_MINUTES: "5" });
    const response = await short.send("/api/users/login", { email: "ada@example.com", password: "x" });
    assert.match(String(response.headers.get("set-cookie")), /Max-Age=300$/);
  });

  test("gives a new token each time", async () => {
    const cookies = new Set();
    for (let i = 0; i < 20; ++i) {
      const response = await edge.send("/api/users/login", { email: "ada@example.com", password: "x" });
      cookies.add(response.headers.get("set-cookie"));
    }
    assert.equal(cookies.size, 20);
  });

  test("accepts a password of 1 to 256 characters", async () => {
    const logIn = (/** @type {string} */ password) => edge.send("/api/users/login", { email: "ada@example.com", password });
    assert.equal((await logIn("🔑".repeat(256))).status, 204);
    assert.equal((await logIn("a\u0308".repeat(256))).status, 204, "512 as typed, 256 in NFC");
    assert.equal((await logIn("")).status, 422);
    assert.equal((await logIn("x".repeat(257))).status, 422);
  });
});
