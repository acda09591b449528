// The edge's metrics: GET /metrics and its key, the values that it shows, and the data points for Analytics Engine.
import "./platform.mjs";

import assert from "node:assert/strict";
import { after, afterEach, before, describe, mock, test } from "node:test";

import { InvalidSetting } from "../../edge/host/rules.js";
import { checkWithPromtool, increases, valuesOf } from "../system/metrics_text.mjs";
import { base64url, mintToken, originKey, settings, tokenKeys } from "./keys.mjs";
import { NodeEdge, setup } from "./node_edge.mjs";
import { StubOrigin } from "./stub_origin.mjs";

const origin = new StubOrigin();
before(() => origin.start());
afterEach(() => origin.reset());
after(() => origin.stop());

const [key, nextKey] = [base64url(Buffer.alloc(32, 0x31)), base64url(Buffer.alloc(48, 0x32))];

/** @param {Record<string, string>} [extra] */
const edgeWith = (extra = {}) => new NodeEdge({ ORIGIN_URLS: origin.url, EDGE_METRICS_KEY: key, ...extra });

/** @param {NodeEdge} edge @param {string} authorization @param {RequestInit & {base?: string}} [init] */
const ask = (edge, authorization, init = {}) => edge.fetch("/metrics", { ...init, headers: { authorization } });

/** All of an answer but its id and time. @param {Response} response */
async function told(response) {
  const headers = [...response.headers].filter(([name]) => !["x-request-id", "date"].includes(name));
  return { status: response.status, headers, body: await response.text() };
}

describe("GET /metrics", () => {
  test("shows the metrics to a caller with the key, and nobody stores them", async () => {
    const response = await ask(edgeWith(), `Bearer ${key}`);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    assert.equal(response.headers.get("cache-control"), "no-store");
    assert.equal(response.headers.get("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
    assert.match(await response.text(), /^# HELP rekey_edge_requests_total /);
  });

  test("has any key of a list, so that it can be changed without a gap", async () => {
    const edge = edgeWith({ EDGE_METRICS_KEY: `1:${key},2:${nextKey}` });
    for (const each of [key, nextKey]) assert.equal((await ask(edge, `bearer ${each}`)).status, 200);
  });

  test("answers HEAD with the size", async () => {
    const response = await ask(edgeWith(), `Bearer ${key}`, { method: "HEAD" });
    assert.equal(response.status, 200);
    assert.ok(Number(response.headers.get("content-length")) > 1000);
    assert.equal(await response.text(), "");
  });

  test("is an unknown path to everybody else, whether there is a key or not [G06]", async () => {
    const unknown = await told(await edgeWith().fetch("/nowhere"));
    assert.equal(unknown.status, 404);
    const [withKey, withList, without] = [edgeWith(), edgeWith({ EDGE_METRICS_KEY: `1:${key}` }), edgeWith({ EDGE_METRICS_KEY: "" })];
    const others = ["", key, `Basic ${key}`, "Bearer", "Bearer ", `Bearer ${key.slice(1)}`, `Bearer ${key}A`, `Bearer ${key}=`, `Bearer ${key}_`,
      `Bearer 1:${key}`, `Bearer ${key},${key}`, `Bearer ${base64url(originKey)}`, `Bearer ${base64url(tokenKeys[1])}`, `Bearer ${nextKey}`, `Bearer ${"A".repeat(8000)}`];
    for (const edge of [withKey, withList, without]) {
      for (const authorization of others) assert.deepEqual(await told(await ask(edge, authorization)), unknown, authorization);
    }
    assert.deepEqual(await told(await ask(without, `Bearer ${key}`)), unknown);
    assert.deepEqual(await told(await ask(withKey, `Bearer ${key}`, { method: "POST" })), unknown);
    assert.deepEqual(await told(await edgeWith().fetch("/metrics/", { headers: { authorization: `Bearer ${key}` } })), unknown);
  });

  test("is an unknown page to a browser without the key", async () => {
    const [metrics, nowhere] = await Promise.all(
      ["/metrics", "/nowhere"].map((path) => edgeWith().fetch(path, { headers: { accept: "text/html" } }).then(told)),
    );
    assert.deepEqual(metrics, nowhere);
  });

  test("is never limited, whatever was tried before", async () => {
    const edge = edgeWith({ LIMIT_FAILURES_PER_CLIENT: "1/3600", LIMIT_OTHER_PER_CLIENT: "1/3600" });
    for (let i = 0; i < 5; ++i) assert.equal((await ask(edge, "Bearer wrong")).status, 404);
    assert.equal((await ask(edge, `Bearer ${key}`)).status, 200);
    assert.deepEqual(edge.asked, []);
  });

  test("is refused over plain http, and says so only to a caller with the key [G06]", async () => {
    const base = "http://account.example.com";
    const refused = await ask(edgeWith(), `Bearer ${key}`, { base });
    assert.equal(refused.status, 403);
    assert.equal((/** @type {any} */ (await refused.json())).type, "urn:rekey:problem:https-required");
    assert.equal((await ask(edgeWith(), "Bearer wrong", { base })).status, 404);
  });
});

describe("EDGE_METRICS_KEY", () => {
  test("must have the form of a key, and open nothing else", async () => {
    const [token] = settings.RESET_PASSWORD_TOKEN_SECRET.split(",");
    for (const value of ["x", "A".repeat(42), "prometheus prometheus prometheus prometheus", `0:${key}`, `1:${key},1:${nextKey}`, token, `3:${key},4:${base64url(originKey)}`]) {
      await assert.rejects(edgeWith({ EDGE_METRICS_KEY: value }).fetch("/login"), new InvalidSetting("EDGE_METRICS_KEY"), value);
    }
  });
});

describe("the page", () => {
  /** @param {NodeEdge} edge */
  const page = async (edge) => (await ask(edge, `Bearer ${key}`)).text();

  test("is what promtool accepts, at first and after requests", async () => {
    const edge = edgeWith();
    checkWithPromtool(await page(edge));
    await edge.fetch("/healthz");
    await edge.fetch("/login");
    checkWithPromtool(await page(edge));
  });

  test("has every value from the start, and all of them are zero", async () => {
    const first = valuesOf(await page(edgeWith({ ORIGIN_URLS: "https://one.example,https://two.example:444" })));
    const told = [...first].filter(([series]) => !/^rekey_edge_(start_time_seconds|build_info)/.test(series));
    assert.deepEqual(told.filter(([, value]) => value !== 0), []);
    for (const series of [
      'rekey_edge_requests_total{endpoint="login",outcome="bad_credentials",status="4xx"}',
      'rekey_edge_requests_total{endpoint="other",outcome="failed",status="5xx"}',
      'rekey_edge_request_seconds_bucket{endpoint="page",le="0.0025"}',
      'rekey_edge_request_seconds_count{endpoint="other"}',
      'rekey_edge_origin_calls_total{origin="one.example",result="late"}',
      'rekey_edge_origin_seconds_sum{origin="two.example:444"}',
      'rekey_edge_limiter_failures_total{what="failed"}',
      'rekey_edge_alarms_total{what="fault"}',
      'rekey_edge_alarms_total{what="other_token_keys"}',
      "rekey_edge_log_lines_left_out_total",
    ]) assert.ok(first.has(series), series);
    assert.match([...first.keys()].find((series) => series.startsWith("rekey_edge_build_info")) ?? "", /version="\d+\.\d+\.\d+"/);
  });

  test("holds host and port once where two origins have the same, with http and with https", async () => {
    const text = await page(edgeWith({ ORIGIN_URLS: `${origin.url},${origin.url.replace("http:", "https:")}` }));
    assert.equal(text.match(/rekey_edge_origin_seconds_count/g)?.length, 1);
    checkWithPromtool(text);
  });

  test("holds nothing that a client sent [G07]", async () => {
    const edge = edgeWith();
    const token = mintToken();
    await edge.fetch(`/planted-path?token=${token}`, { headers: { "user-agent": "planted agent" } });
    await edge.send("/api/users/reset-password", { token, new_password: "a planted password" });
    assert.ok(![token, "planted", "192.0.2.200"].some((text) => edge.metrics.text().includes(text)));
  });
});

describe("durations", () => {
  test("fall into the first bucket that is not below them, and all wider ones", () => {
    const { metrics } = edgeWith();
    for (const milliseconds of [0, 1, 2, 1000, 10_001]) metrics.answered(metrics.failedTally, milliseconds);
    const values = valuesOf(metrics.text());
    const bucket = (/** @type {string} */ le) => values.get(`rekey_edge_request_seconds_bucket{endpoint="other",le="${le}"}`);
    assert.deepEqual(["0.001", "0.0025", "0.5", "1", "10", "+Inf"].map(bucket), [2, 3, 3, 4, 4, 5]);
    assert.equal(values.get('rekey_edge_request_seconds_sum{endpoint="other"}'), 11.004);
    assert.equal(values.get('rekey_edge_request_seconds_count{endpoint="other"}'), 5);
  });

  test("are of the request's whole way, and of the origin's part", async (t) => {
    t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
    const edge = edgeWith();
    edge.beforeLimiter = () => t.mock.timers.tick(40);
    origin.answer = (call) => (t.mock.timers.tick(700), StubOrigin.accept(call));
    await edge.fetch("/healthz");
    const values = valuesOf(edge.metrics.text());
    assert.equal(values.get('rekey_edge_request_seconds_sum{endpoint="health"}'), 0.74);
    assert.equal(values.get(`rekey_edge_origin_seconds_sum{origin="${new URL(origin.url).host}"}`), 0.7);
  });

  test("are never negative when the clock is set back", async (t) => {
    t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
    const edge = edgeWith();
    edge.beforeLimiter = () => t.mock.timers.setTime(Date.now() - 60_000);
    await edge.send("/api/users/forgot-password", { email: "ada@example.com" });
    assert.equal(valuesOf(edge.metrics.text()).get('rekey_edge_request_seconds_sum{endpoint="forgot-password"}'), 0);
  });
});

describe("calls of an origin are counted by their end", () => {
  /** @type {[string, StubOrigin["answer"]][]} */
  const ends = [
    ["ok", StubOrigin.accept],
    ["busy", () => ({ status: 503, body: {} })],
    ["refused", () => ({ status: 401, body: {} })],
    ["error", () => ({ status: 500, body: {} })],
    ["error", () => ({ status: 502, body: "x".repeat(10_000) })],
    ["error", () => ({ status: 302, headers: { location: "/" }, body: {} })],
    ["too_large", () => ({ body: "x".repeat(70_000) })],
    ["no_answer", (_, response) => void response.destroy()],
  ];
  for (const [result, answer] of ends) {
    test(result, async () => {
      const edge = edgeWith();
      origin.answer = answer;
      const earlier = valuesOf(edge.metrics.text());
      await edge.send("/api/users/login", { email: "ada@example.com", password: "x" });
      const grown = Object.entries(increases(earlier, valuesOf(edge.metrics.text()))).filter(([series]) => series.startsWith("rekey_edge_origin_calls_total"));
      assert.deepEqual(grown, [[`rekey_edge_origin_calls_total{origin="${new URL(origin.url).host}",result="${result}"}`, 1]]);
    });
  }

  test("late", async (t) => {
    const edge = edgeWith();
    origin.answer = () => void t.mock.timers.tick(60_000);
    t.mock.timers.enable({ apis: ["setTimeout"] });
    await edge.fetch("/healthz");
    const calls = valuesOf(edge.metrics.text());
    assert.equal(calls.get(`rekey_edge_origin_calls_total{origin="${new URL(origin.url).host}",result="late"}`), 1);
  });

  test("each by its own, where the second one answers", async () => {
    const away = await new StubOrigin().start();
    const { url } = away;
    await away.stop();
    const edge = new NodeEdge({ ORIGIN_URLS: `${url},${origin.url}` });
    for (let i = 0; i < 20; ++i) assert.equal((await edge.fetch("/healthz")).status, 200);
    const values = valuesOf(edge.metrics.text());
    assert.ok(Number(values.get(`rekey_edge_origin_calls_total{origin="${new URL(url).host}",result="no_answer"}`)) >= 1);
    assert.equal(values.get(`rekey_edge_origin_calls_total{origin="${new URL(url).host}",result="ok"}`), 0);
    assert.equal(values.get(`rekey_edge_origin_calls_total{origin="${new URL(origin.url).host}",result="ok"}`), 20);
    assert.equal(values.get('rekey_edge_requests_total{endpoint="health",outcome="ok",status="2xx"}'), 20);
  });
});

describe("limiters that fail are counted", () => {
  test("by a fault of theirs, though the request is served", async () => {
    const edge = edgeWith();
    edge.beforeLimiter = () => assert.fail("planted: no storage");
    assert.equal((await edge.send("/api/users/forgot-password", { email: "ada@example.com" })).status, 202);
    assert.equal(valuesOf(edge.metrics.text()).get('rekey_edge_limiter_failures_total{what="failed"}'), 1);
    assert.equal(valuesOf(edge.metrics.text()).get('rekey_edge_limiter_failures_total{what="late"}'), 0);
  });
});

describe("the Worker", () => {
  /** @type {Record<string, any>[]} */
  const lines = [];
  /** @type {import("../../edge/host/meter.js").DataPoint[]} */
  const points = [];
  const METRICS = { writeDataPoint: (/** @type {import("../../edge/host/meter.js").DataPoint} */ point) => void points.push(point) };
  const down = { idFromName: () => ({}), get: () => ({ take: () => Promise.reject(new Error("planted: no storage")) }) };
  /** @type {{fetch(request: Request, env: any, lifetime: any): Promise<Response>}} */
  let worker;

  before(async () => {
    mock.method(console, "log", (/** @type {string} */ line) => lines.push(JSON.parse(line)));
    const own = "../../edge/host/worker.js?metrics"; // with counts of its own
    worker = (await import(own)).default;
  });
  afterEach(() => points.splice(0));
  after(() => mock.restoreAll());

  const env = () => ({ ...setup({ ORIGIN_URLS: origin.url, EDGE_METRICS_KEY: key }).settings, LIMITER: down, METRICS });

  /** @param {string} path @param {RequestInit} [init] @param {Record<string, unknown>} [extra] @param {string} [country] */
  function fetchPath(path, init = {}, extra = {}, country = undefined) {
    const request = new Request(`http://localhost:8787${path}`, init);
    if (country) Object.defineProperty(request, "cf", { value: { country, continent: "EU", city: "Planted City" } });
    return worker.fetch(request, { ...env(), ...extra }, { waitUntil: () => {} });
  }
  const values = async () => valuesOf(await (await fetchPath("/metrics", { headers: { authorization: `Bearer ${key}` } })).text());

  /** @param {string} path @param {unknown} body @param {string} [country] */
  const send = (path, body, country) =>
    fetchPath(path, { method: "POST", headers: { "content-type": "application/json", "cf-connecting-ip": "192.0.2.77", "user-agent": "planted agent" }, body: JSON.stringify(body) }, {}, country);

  test("counts its answers, alarms of the module, and the lines that its log left out", async (t) => {
    t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
    const earlier = await values();
    origin.answer = () => ({ body: { outcome: "planted" } });
    for (let i = 0; i < 3; ++i) await send("/api/users/forgot-password", { email: "ada@example.com" });
    const grown = increases(earlier, await values());
    assert.equal(grown['rekey_edge_requests_total{endpoint="forgot-password",outcome="origin_garbled",status="5xx"}'], 3);
    assert.equal(grown['rekey_edge_alarms_total{what="origin_garbled"}'], 3);
    assert.equal(grown['rekey_edge_limiter_failures_total{what="failed"}'], 3);
    assert.equal(grown.rekey_edge_log_lines_left_out_total, 4);
    assert.equal(grown['rekey_edge_requests_total{endpoint="metrics",outcome="ok",status="2xx"}'], 1);
  });

  test("counts its own answer in the module's place once, as an alarm and as failed", async (t) => {
    t.mock.timers.enable({ apis: ["Date"], now: Date.now() + 5000 });
    const earlier = await values();
    points.splice(0);
    const ASSETS = { fetch: () => Promise.reject(new Error("planted")) };
    assert.equal((await fetchPath("/assets/pages.0123abcd.css", {}, { ASSETS })).status, 503);
    assert.deepEqual(points, [{ indexes: ["other"], blobs: ["other", "failed", "", "", "", ""], doubles: [0, 503] }]);
    const grown = increases(earlier, await values());
    assert.equal(grown['rekey_edge_requests_total{endpoint="other",outcome="failed",status="5xx"}'], 1);
    assert.equal(grown['rekey_edge_alarms_total{what="fault"}'], 1);
    assert.equal(Object.keys(grown).filter((series) => series.startsWith("rekey_edge_requests_total")).length, 2); // with the first reading
  });

  test("writes one data point for each request: endpoint, outcome, country, origins, duration, status", async (t) => {
    t.mock.timers.enable({ apis: ["Date"], now: Date.now() + 10_000 });
    origin.answer = (call) => (t.mock.timers.tick(30), StubOrigin.accept(call));
    await send("/api/users/forgot-password", { email: "ada@example.com" }, "DE");
    const host = new URL(origin.url).host;
    assert.deepEqual(points, [{ indexes: ["forgot-password"], blobs: ["forgot-password", "accepted", "DE", host, "", ""], doubles: [30, 202] }]);
  });

  test("names the origin that failed, and how", async () => {
    origin.answer = () => ({ status: 503, body: {} });
    await send("/api/users/reset-password", { token: mintToken(), new_password: "an umbrella at last" });
    const host = new URL(origin.url).host;
    assert.deepEqual(points.map((point) => point.blobs), [["reset-password", "origin_busy", "", host, host, "busy"]]);
  });

  test("tells nothing of the client but its country [G07]", async () => {
    const token = mintToken();
    await send(`/api/users/reset-password?${token}`, { token, new_password: "a planted password" }, "FR");
    await send("/api/users/reset-password", { token: "planted" }, "FR");
    assert.equal(points.length, 2);
    for (const text of [token, "planted", "Planted", "192.0.2.77", "EU"]) assert.ok(!JSON.stringify(points).includes(text), text);
  });

  test("answers although the dataset takes no point", async () => {
    const full = { writeDataPoint: () => assert.fail("planted: too many points") };
    assert.equal((await fetchPath("/login", {}, { METRICS: full })).status, 200);
    assert.equal((await fetchPath("/login", {}, { METRICS: undefined })).status, 200);
  });
});
