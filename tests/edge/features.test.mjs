// FEATURES=recovery: only the calls and pages of password recovery exist. All else is, byte for byte, a path that never existed.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";

import { exchange } from "../../edge/host/exchange.js";
import { RANDOM_SIZE } from "../../edge/host/message.js";
import { Rules } from "../../edge/host/rules.js";
import { mintRecoveryId, mintSession, mintToken } from "./keys.mjs";
import { module, NodeEdge, setup, site, unreadMeter } from "./node_edge.mjs";
import { StubOrigin } from "./stub_origin.mjs";

const origin = new StubOrigin();
/** @type {NodeEdge} */
let edge;
before(async () => {
  await origin.start();
  edge = new NodeEdge({ ORIGIN_URLS: origin.url, FEATURES: "recovery" });
});
afterEach(() => origin.reset());
after(() => origin.stop());

const json = { "content-type": "application/json" };
const missing = {
  calls: ["/api/users", "/api/users/token", "/api/users/token/renew", "/api/users/login", "/api/users/logout", "/api/users/me", "/api/users/me/password", "/api/users/me/sessions"],
  pages: ["/", "/login", "/register", "/account", "/docs", "/.well-known/change-password"],
  assets: ["login", "register", "account", "docs", "docs-swagger-ui-bundle"].map((name) => `/assets/${name}.0123abcd.js`),
};

/** What a client sees, but for what differs between any two answers. @param {Response} response */
async function seen(response) {
  const headers = [...response.headers].filter(([name]) => name !== "date" && name !== "x-request-id");
  return { status: response.status, headers, body: await response.text() };
}

/** @type {[string, RequestInit][]} */
const ways = [
  ["GET", {}],
  ["GET, as a browser's page", { headers: { accept: "text/html", "sec-fetch-site": "none" } }],
  ["HEAD", { method: "HEAD" }],
  ["HEAD, as a browser's page", { method: "HEAD", headers: { accept: "text/html" } }],
  ["GET, with a session", { headers: { authorization: `Bearer ${mintSession()}` } }],
  ["POST", { method: "POST", headers: json, body: '{"email":"ada@example.com","password":"x"}' }],
  ["POST, malformed", { method: "POST", headers: json, body: "{" }],
  ["POST, a form", { method: "POST", body: new URLSearchParams({ username: "ada@example.com", password: "x" }) }],
  ["POST, cross-site", { method: "POST", headers: { ...json, origin: "https://evil.test", "sec-fetch-site": "cross-site" }, body: "{}" }],
  ["PATCH", { method: "PATCH", headers: { ...json, authorization: `Bearer ${mintSession()}` }, body: "{}" }],
  ["OPTIONS", { method: "OPTIONS" }],
  ["OPTIONS, cross-site", { method: "OPTIONS", headers: { origin: "https://evil.test", "access-control-request-method": "POST" } }],
  ["DELETE", { method: "DELETE" }],
];

describe("with FEATURES=recovery", () => {
  for (const path of Object.values(missing).flat()) {
    test(`S36: ${path} is like an unknown path, however it is asked`, async () => {
      for (const [way, init] of ways) {
        assert.deepEqual(await seen(await edge.fetch(path, init)), await seen(await edge.fetch("/nowhere", init)), way);
        assert.equal((await edge.fetch(path, init)).status, 404, way);
      }
      assert.deepEqual(await seen(await edge.fetch(`${path}?a=b`)), await seen(await edge.fetch("/nowhere?a=b")));
      assert.deepEqual([origin.calls.length, edge.events.length], [0, 0]);
    });
  }

  test("over http to another machine, too", async () => {
    const [base, accept] = ["http://rekey.example", { accept: "text/html" }];
    for (const path of Object.values(missing).flat()) {
      assert.deepEqual(await seen(await edge.fetch(path, { base })), await seen(await edge.fetch("/nowhere", { base })), path);
      assert.deepEqual(await seen(await edge.fetch(path, { base, headers: accept })), await seen(await edge.fetch("/nowhere", { base, headers: accept })), path);
    }
  });

  test("a missing call is counted as an unknown path, not as the call", async () => {
    const quiet = new NodeEdge({ FEATURES: "recovery" });
    await quiet.send("/api/users/login", { email: "ada@example.com", password: "x" });
    assert.match(quiet.metrics.text(), /^rekey_edge_requests_total\{.*endpoint="other".*outcome="not_found".*\} 1$/m);
    assert.doesNotMatch(quiet.metrics.text(), /endpoint="login".*\} [1-9]/);
  });

  test("the calls of recovery, their pages, health, assets and the document are there", async () => {
    const password = "correct horse battery staple";
    const sent = [
      await edge.send("/api/users/forgot-password", { email: "ada@example.com" }),
      await edge.send("/api/users/reset-password", { token: mintToken(), new_password: password }),
      await edge.send("/api/users/reset-password/cancel", { token: mintToken(), email: "ada@example.com" }),
      await edge.send("/api/users/recovery/check", { recovery_id: mintRecoveryId(Buffer.alloc(16, 1)), code: "12345678" }),
      await edge.send("/auth/forgot-password", { email: "ada@example.com" }),
      await edge.send("/auth/reset-password", { token: mintToken(), password }),
    ];
    assert.deepEqual(sent.map(({ status }) => status), [202, 200, 204, 204, 202, 200]);
    const paths = ["/forgot-password", "/reset-password", "/reset-password/cancel", "/healthz", "/openapi.json", "/assets/pages.0123abcd.css",
      "/assets/forgot-password.0123abcd.js", "/assets/cancel.0123abcd.js"];
    for (const path of paths) assert.equal((await edge.fetch(path)).status, 200, path);
  });

  test("the OpenAPI document has no call of accounts", async () => {
    assert.deepEqual(await (await edge.fetch("/openapi.json")).json(), { paths: { "/auth/forgot-password": {} }, minLength: 8 });
  });
});

test("the edge's statement tells of sessions with all features alone, and names no feature set", async () => {
  const challenge = { "rekey-challenge": "AbCdEfGhIjKlMnOpQrStUv" };
  const told = async (/** @type {Record<string, string>} */ settings) =>
    Object.keys(/** @type {object} */ (await (await new NodeEdge(settings).fetch("/healthz", { headers: challenge })).json()));
  const recovery = ["version", "unix_time", "edge_origin_keys", "token_keys", "frontend_url", "product_name", "password_min_length", "password_format", "recovery"];
  assert.deepEqual(await told({ FEATURES: "recovery" }), recovery);
  for (const settings of /** @type {Record<string, string>[]} */ ([{}, { FEATURES: "all" }])) assert.deepEqual(await told(settings), recovery.toSpliced(7, 0, "access_token_expire_minutes"));
});

test("an asset is of a page by its whole name: what merely begins like one is there", async () => {
  const assets = ["/assets/starter.0123abcd.js", "/assets/login-form.0123abcd.js", "/assets/docs.0123abcd.css", "/assets/accounts.0123abcd.js"];
  const shown = [];
  for (const path of assets) {
    const rules = new Rules(module, { ...setup({ FEATURES: "recovery" }), assets: Object.fromEntries(assets.map((each) => [each, { type: "text/plain" }])) });
    const world = { rules, site, asset: async () => new Response("x"), limiter: () => assert.fail(), standIn: () => assert.fail(), log: () => {}, meter: unreadMeter(rules) };
    if ((await exchange(world, new Request(`http://localhost:8787${path}`), new Uint8Array(RANDOM_SIZE))).status === 200) shown.push(path);
  }
  assert.deepEqual(shown, ["/assets/starter.0123abcd.js", "/assets/accounts.0123abcd.js"]);
});
