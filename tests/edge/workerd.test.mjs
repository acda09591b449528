// The self-hosted edge, behind a proxy that terminates TLS: README.md, "In production".
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";

import { checkWithPromtool, increases, valuesOf } from "../system/metrics_text.mjs";
import { base64url, mintToken, settings } from "./keys.mjs";
import { stored } from "./limiter_storage.mjs";
import { StubOrigin } from "./stub_origin.mjs";
import { WorkerdProcess, buildForWorkerd } from "./workerd_process.mjs";

const origin = new StubOrigin();
const metricsKey = base64url(Buffer.alloc(32, 0x31));
/** @type {WorkerdProcess} */
let edge;
before(async () => {
  buildForWorkerd();
  await origin.start();
  edge = await new WorkerdProcess({
    ORIGIN_URLS: origin.url,
    FRONTEND_URL: "https://account.example.com",
    CLIENT_IP_HEADER: "X-Real-IP",
    PRODUCT_NAME: "Example & Sons",
    LIMIT_FORGOT_PER_CLIENT: "3/3600",
    EDGE_METRICS_KEY: metricsKey,
  }).start();
});
beforeEach(() => origin.reset());
after(async () => {
  await edge?.remove();
  await origin.stop();
});

/** @param {string} client */
const overHttps = (client) => ({ "x-forwarded-proto": "https", "x-real-ip": client });

/** @param {string} client @param {Record<string, string>} [headers] @param {string} [path] */
const forgot = (client, headers = {}, path = "/api/users/forgot-password") =>
  edge.ask("POST", path, { ...overHttps(client), "content-type": "application/json", ...headers }, '{"email":"ada@example.com"}');

describe("a request over https", () => {
  test("is served as https: pages with all their headers, and the settings of the environment", async () => {
    const page = await edge.ask("GET", "/login", overHttps("192.0.2.1"));
    assert.equal(page.status, 200);
    assert.equal(page.headers["strict-transport-security"], "max-age=31536000");
    assert.match(String(page.headers["content-security-policy"]), /^default-src 'none'; script-src 'self'/);
    assert.match(String(page.headers["x-request-id"]), /^[\w-]{22}$/);
    assert.match(String(page.headers.date), /^\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT$/);
    assert.equal(page.headers.server, undefined);
    assert.match(page.text, /Example &amp; Sons/);
  });

  test("gets the assets of a page as they were built, and HEAD their size", async () => {
    const page = await edge.ask("GET", "/docs", overHttps("192.0.2.1"));
    const paths = [...new Set(page.text.match(/\/assets\/[\w.-]+/g))];
    assert.ok(paths.some((path) => path.includes("swagger-ui-bundle")));
    for (const path of paths) {
      const asset = await edge.ask("GET", path, overHttps("192.0.2.1"));
      assert.equal(asset.status, 200, path);
      assert.equal(asset.text, readFileSync(`build/site/public${path}`, "utf8"));
      assert.match(String(asset.headers["content-type"]), /^(text|image)\//);
      const head = await edge.ask("HEAD", path, overHttps("192.0.2.1"));
      assert.deepEqual([head.status, head.headers["content-length"]], [200, String(statSync(`build/site/public${path}`).size)]);
    }
    assert.equal((await edge.ask("GET", "/assets/../worker.js", overHttps("192.0.2.1"))).status, 404);
  });

  test("reaches the origin signed, with the address that the proxy saw", async () => {
    const answer = await forgot("198.51.100.7", { origin: "https://account.example.com", "cf-connecting-ip": "203.0.113.9", "x-forwarded-for": "203.0.113.9" });
    assert.equal(answer.status, 202);
    assert.deepEqual(origin.unverified, []);
    assert.equal(origin.lastCall.path, "/internal/forgot-password");
    assert.equal(origin.lastCall.body.client.ip, "198.51.100.7");
    assert.equal(origin.lastCall.body.request_id, answer.headers["x-request-id"]);
  });

  test("gets the defaults for settings missing in the environment", async () => {
    assert.equal((await forgot("198.51.100.8", {}, "/auth/forgot-password")).status, 202);
  });

  test("gets the cookie of a log-in, which opens the account", async () => {
    const headers = { ...overHttps("198.51.100.9"), "content-type": "application/json" };
    const login = await edge.ask("POST", "/api/users/login", headers, '{"email":"ada@example.com","password":"x"}');
    assert.equal(login.status, 204);
    const cookie = String(login.headers["set-cookie"]).split(";")[0];
    assert.equal((await edge.ask("GET", "/api/users/me", { ...overHttps("198.51.100.9"), cookie })).status, 200);
  });

  test("is refused from another site's page", async () => {
    assert.equal((await forgot("198.51.100.10", { origin: "https://evil.test" })).status, 403);
    assert.equal(origin.calls.length, 0);
  });
});

describe("a request over http, or from a proxy that doesn't say", () => {
  for (const headers of /** @type {Record<string, string>[]} */ ([{ "x-forwarded-proto": "http" }, {}])) {
    test(`is redirected to https or refused: ${JSON.stringify(headers)}`, async () => {
      const page = await edge.ask("GET", "/login", headers);
      assert.equal(page.status, 308);
      assert.equal(page.headers.location, "https://account.example.com/login");
      const call = await edge.ask("POST", "/api/users/forgot-password", { ...headers, "content-type": "application/json" }, '{"email":"ada@example.com"}');
      assert.equal(call.status, 403);
      assert.equal(call.json.type, "urn:rekey:problem:https-required");
      assert.equal(origin.calls.length, 0);
    });
  }
});

describe("limits", () => {
  test("are on disk: a restart loses none", async () => {
    const statuses = [];
    for (let i = 0; i < 2; ++i) statuses.push((await forgot("192.0.2.20")).status);
    await stored(edge.limitsFolder);
    await edge.stop();
    await edge.start();
    for (let i = 0; i < 2; ++i) statuses.push((await forgot("192.0.2.20")).status);
    assert.deepEqual(statuses, [202, 202, 202, 429]);
    assert.equal((await forgot("192.0.2.21")).status, 202);
  });
});

describe("the metrics", () => {
  /** As a Prometheus on this machine asks, without the proxy. @param {string} key */
  const scrape = (key) => edge.ask("GET", "/metrics", { host: `127.0.0.1:${edge.port}`, authorization: `Bearer ${key}` });

  test("are shown to the operator alone", async () => {
    const page = await scrape(metricsKey);
    assert.equal(page.status, 200);
    checkWithPromtool(page.text);
    assert.equal((await scrape(base64url(Buffer.alloc(32, 0x32)))).status, 404);
    assert.equal((await edge.ask("GET", "/metrics", overHttps("192.0.2.30"))).status, 404);
  });

  test("hold what was answered since the start, by whatever connection, and how long it took", async () => {
    const earlier = valuesOf((await scrape(metricsKey)).text);
    const call = (/** @type {string} */ path, /** @type {string} */ client, /** @type {unknown} */ body) =>
      edge.ask("POST", path, { ...overHttps(client), "content-type": "application/json" }, JSON.stringify(body));
    const forged = () => ({ token: mintToken({ secret: Buffer.alloc(32, 9) }), new_password: "an umbrella at last" });
    await Promise.all(Array.from({ length: 20 }, (_, i) => call("/api/users/reset-password", `192.0.2.${100 + i}`, forged())));
    origin.answer = (asked, response) => void setTimeout(() => response.end(JSON.stringify(StubOrigin.accept(asked).body)), 120);
    await call("/api/users/forgot-password", "192.0.2.31", { email: "grace@example.com" });
    const grown = increases(earlier, valuesOf((await scrape(metricsKey)).text));
    const host = new URL(origin.url).host;
    assert.equal(grown['rekey_edge_requests_total{endpoint="reset-password",outcome="forged_token",status="4xx"}'], 20);
    assert.equal(grown['rekey_edge_requests_total{endpoint="forgot-password",outcome="accepted",status="2xx"}'], 1);
    assert.equal(grown['rekey_edge_requests_total{endpoint="metrics",outcome="ok",status="2xx"}'], 1);
    assert.equal(grown[`rekey_edge_origin_calls_total{origin="${host}",result="ok"}`], 1);
    assert.ok(grown['rekey_edge_request_seconds_sum{endpoint="forgot-password"}'] >= 0.1);
    assert.equal(grown['rekey_edge_request_seconds_bucket{endpoint="forgot-password",le="0.1"}'], undefined);
  });
});

test("the log holds the events, and neither addresses nor secrets", () => {
  assert.match(edge.output, /"event":"forgot.accepted"/);
  for (const secret of ["ada@example.com", "192.0.2.", "198.51.100.", settings.EDGE_ORIGIN_KEYS.slice(2), settings.RESET_PASSWORD_TOKEN_SECRET.slice(2, 40), metricsKey]) {
    assert.ok(!edge.output.includes(secret), "a secret stands in the log");
  }
});

describe("of several origins", () => {
  const PAUSE = 2000; // milliseconds, of an origin that has failed
  const dead = "http://127.0.0.1:9"; // nothing listens on the discard port
  const logIn = (/** @type {WorkerdProcess} */ edge) =>
    edge.ask("POST", "/api/users/login", { ...overHttps("192.0.2.8"), "content-type": "application/json" }, '{"email":"ada@example.com","password":"correct horse"}');
  /** @type {Record<string, StubOrigin["answer"]>} */
  const failures = {
    "hangs up after a call was sent": (_, response) => void response.destroy(),
    "closes a connection by a reset": (_, response) => void response.socket?.resetAndDestroy(),
    "hangs up within its answer": (_, response) => void response.writeHead(200, { "content-length": "100" }).write("{", () => response.destroy()),
    "has a wrong clock": () => ({ status: 401, body: { type: "urn:rekey:problem:stale-signature" } }),
    "has a bug": () => ({ status: 500, body: {} }),
  };

  for (const [name, answer] of Object.entries(failures)) {
    test(`one that ${name}, beside one that refuses connections, loses no log-in`, async () => {
      const failing = await new StubOrigin().start();
      failing.answer = answer;
      const others = { FRONTEND_URL: "https://account.example.com", CLIENT_IP_HEADER: "X-Real-IP", LIMIT_LOGIN_PER_CLIENT: "1000/60", LIMIT_LOGIN_PER_ACCOUNT: "1000/60" };
      const several = await new WorkerdProcess({ ...others, ORIGIN_URLS: [dead, failing.url, origin.url].join() }).start();
      let calls = 0;
      const began = performance.now();
      for (; calls < 12 || (failing.calls.length === 0 && calls < 100); ++calls) assert.equal((await logIn(several)).status, 204);
      const most = 1 + Math.floor((performance.now() - began) / PAUSE); // it is tried again after each pause
      assert.ok(failing.calls.length >= 1 && failing.calls.length <= most, `${failing.calls.length}, at most ${most}`);
      assert.equal(origin.calls.length, calls);
      await several.remove();
      await failing.stop();
    });
  }
});
