// edge/host/worker.js with a platform of the test's making: a module that traps, a setting that can't be used, and the log.
import "./platform.mjs";

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, mock, test } from "node:test";

import { settings } from "./keys.mjs";
import { setup, site } from "./node_edge.mjs";
import { StubOrigin } from "./stub_origin.mjs";

const { default: worker } = await import("../../edge/host/worker.js");

let instances = 0;
let trapNext = false;
const Instance = WebAssembly.Instance;

/** An instance whose next step traps if the test says so: a second configuration is a real trap. */
function FragileInstance(/** @type {WebAssembly.Module} */ module, /** @type {WebAssembly.Imports} */ imports) {
  ++instances;
  const exports = /** @type {any} */ (new Instance(module, imports).exports);
  const step = (/** @type {number} */ size) => {
    if (!trapNext) return exports.rekey_step(size);
    trapNext = false;
    return exports.rekey_configure(size);
  };
  return { exports: { ...exports, rekey_step: step } };
}

/** @type {Record<string, any>[]} */
const lines = [];
before(() => {
  WebAssembly.Instance = /** @type {any} */ (FragileInstance);
  mock.method(console, "log", (/** @type {string} */ line) => lines.push(JSON.parse(line)));
});
beforeEach(() => lines.splice(0));
after(() => {
  WebAssembly.Instance = Instance;
  mock.restoreAll();
});

/** @param {Record<string, unknown>} env @param {string} [path] */
const ask = (env, path = "/login") => fetchFrom(worker, new Request(`http://localhost:8787${path}`), env);

/** @param {typeof worker} from @param {Request} request @param {Record<string, unknown>} env */
const fetchFrom = (from, request, env) => from.fetch(request, /** @type {any} */ (env), { waitUntil: () => {} });

/** Limiters that are down. @param {() => void} [whenAsked] */
const downWith = (whenAsked = () => {}) => ({
  idFromName: () => ({}),
  get: () => ({
    take: async () => {
      whenAsked();
      throw new Error("planted: no storage");
    },
  }),
});

describe("a trap in the Worker [O31]", () => {
  test("is answered with 503, a new instance works, and neither answer nor log holds a key", async () => {
    const env = setup().settings;
    assert.equal((await ask(env)).status, 200);
    const made = instances;
    trapNext = true;

    const response = await ask(env);
    assert.equal(response.status, 503);
    assert.equal(response.headers.get("retry-after"), "5");
    assert.equal(response.headers.get("cache-control"), "no-store");
    const body = await response.text();
    assert.equal(JSON.parse(body).type, "urn:rekey:problem:unavailable");
    const requestId = String(response.headers.get("x-request-id"));
    assert.match(requestId, /^[\w-]{22}$/);
    assert.deepEqual(lines.map(({ time, duration_ms, ...line }) => line), [
      { level: "error", event: "alarm.fault", request_id: requestId, error: "RuntimeError" },
    ]);
    for (const secret of Object.values(settings)) assert.ok(!(body + JSON.stringify(lines)).includes(secret));

    assert.equal((await ask(env)).status, 200);
    assert.equal(instances, made + 1);
  });

  test("does not affect other simultaneous requests", async () => {
    const env = setup().settings;
    trapNext = true;
    const statuses = (await Promise.all([ask(env), ask(env), ask(env)])).map((response) => response.status);
    assert.deepEqual(statuses.sort(), [200, 200, 503]);
  });
});

describe("pages of another version than the Worker's", () => {
  for (const [version, told] of /** @type {const} */ ([["0.0.9", "0.0.9"], [undefined, "unknown"]])) {
    test(`that say ${version} are served, and an alarm tells of them once`, async (t) => {
      const own = site.version;
      t.after(() => (site.version = own));
      site.version = version;
      const { default: fresh } = await import(`../../edge/host/worker.js?site=${told}`);
      const env = { ...setup().settings, EDGE_METRICS_KEY: "A".repeat(43) };
      for (let i = 0; i < 2; ++i) assert.equal((await fetchFrom(fresh, new Request("http://localhost:8787/login"), env)).status, 200);
      assert.deepEqual(lines.filter(({ event }) => event === "alarm.other_site").map(({ time, ...line }) => line), [
        { level: "error", event: "alarm.other_site", site_version: told, edge_version: own },
      ]);
      const headers = { authorization: `Bearer ${env.EDGE_METRICS_KEY}` };
      const metrics = await fetchFrom(fresh, new Request("http://localhost:8787/metrics", { headers }), env);
      assert.match(await metrics.text(), /^rekey_edge_alarms_total\{what="other_site"\} 1$/m);
    });
  }
});

describe("the answer without a module", () => {
  /** @param {Response} response */
  const told = (response) => [...response.headers].filter(([name]) => !["date", "x-request-id"].includes(name)).sort();

  for (const base of ["http://localhost:8787", "https://rekey.example"]) {
    test(`has the body and the headers of the module's own over ${base.split(":")[0]}`, async () => {
      const env = /** @type {any} */ ({ ...setup().settings, LIMITER: downWith() });
      const own = await fetchFrom(worker, new Request(`${base}/healthz`), env);
      trapNext = true;
      const fallback = await fetchFrom(worker, new Request(`${base}/healthz`), env);
      assert.equal(own.headers.get("strict-transport-security") !== null, base.startsWith("https:"));
      assert.equal(fallback.headers.get("strict-transport-security"), null); // max-age is a setting, which only the module has read
      own.headers.delete("strict-transport-security");
      assert.deepEqual(told(fallback), told(own));
      assert.equal(await fallback.text(), await own.text());
      assert.match(String(fallback.headers.get("date")), / GMT$/);
    });
  }

  test("is the same for HEAD and GET, but for the body", async () => {
    const env = /** @type {any} */ (setup().settings);
    trapNext = true;
    const get = await fetchFrom(worker, new Request("http://localhost:8787/login"), env);
    trapNext = true;
    const head = await fetchFrom(worker, new Request("http://localhost:8787/login", { method: "HEAD" }), env);
    assert.equal(await head.text(), "");
    assert.equal(head.headers.get("content-length"), String((await get.text()).length));
    assert.deepEqual(told(head).filter(([name]) => name !== "content-length"), told(get));
  });

  test("bears the request id that the module gave the request", async (t) => {
    t.mock.timers.enable({ apis: ["Date"], now: Date.now() + 2000 }); // no earlier line is of the same second
    const env = { ...setup().settings, LIMITER: downWith(() => (trapNext = true)) };
    const response = await ask(env, "/healthz");
    assert.equal(response.status, 503);
    const own = lines.filter((line) => !line.repeated);
    assert.deepEqual(own.map((line) => line.event), ["limiter.failed", "alarm.fault"]);
    for (const line of own) assert.equal(line.request_id, response.headers.get("x-request-id"));
  });
});

describe("a log line", () => {
  test("has a time in UTC, a level, an event, a status, a request id and a duration", async () => {
    const response = await fetchFrom(
      worker,
      new Request("http://localhost:8787/api/users/forgot-password", { method: "POST", headers: { origin: "https://evil.test", "cf-connecting-ip": "192.0.2.1" } }),
      setup().settings,
    );
    assert.equal(lines.length, 1);
    assert.match(lines[0].time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    assert.ok(lines[0].duration_ms >= 0);
    assert.deepEqual({ ...lines[0], time: "", duration_ms: 0 }, {
      time: "", level: "info", event: "cross_site.refused", status: 403, request_id: response.headers.get("x-request-id"), duration_ms: 0,
    });
  });

  test("of a fault of ours is a warning, of an alarm an error, of a refusal information", async (t) => {
    t.mock.timers.enable({ apis: ["Date"], now: Date.now() + 30_000 });
    const env = { ...setup().settings, LIMITER: downWith(() => {}) };
    const body = JSON.stringify({ email: "ada@example.com", password: "x" });
    const headers = { "content-type": "application/json", "cf-connecting-ip": "192.0.2.9" };
    await fetchFrom(worker, new Request("http://localhost:8787/api/users/login", { method: "POST", headers, body }), env);
    trapNext = true;
    await ask(setup().settings);
    const levels = lines.filter((line) => !line.repeated).map(({ event, level }) => [event, level]);
    assert.deepEqual(levels, [["limiter.failed", "warning"], ["limiter.unavailable", "warning"], ["alarm.fault", "error"]]);
  });

  test("has the time from the request's arrival on, and lines are equal all the same", async (t) => {
    t.mock.timers.enable({ apis: ["Date"], now: Date.now() + 45_000 });
    const slow = { ...setup().settings, LIMITER: downWith(() => t.mock.timers.tick(40)) };
    for (let i = 0; i < 2; ++i) await ask(slow, "/healthz");
    t.mock.timers.tick(1000);
    await ask(slow, "/healthz");
    const failed = lines.filter((line) => line.event === "limiter.failed");
    assert.deepEqual(failed.map((line) => [line.duration_ms, line.repeated]), [[40, undefined], [undefined, 1], [40, undefined]]);
  });
});

describe("lines that are equal but for their request", () => {
  /** @param {string} method @param {Record<string, string>} [headers] */
  const refusedCall = (method, headers = {}) =>
    fetchFrom(worker, new Request("http://localhost:8787/api/users/forgot-password", { method, headers: { "cf-connecting-ip": "192.0.2.7", ...headers } }), setup().settings);
  const crossSite = () => refusedCall("POST", { origin: "https://evil.test" });
  const broken = () => refusedCall("POST", { "content-type": "text/plain" });
  const events = () => lines.splice(0).map(({ event, repeated }) => [event, repeated]);

  test("are written once a second, and counted when it is over", async (t) => {
    t.mock.timers.enable({ apis: ["Date"], now: Date.now() + 60_000 });
    for (let i = 0; i < 4; ++i) await crossSite();
    await broken();
    assert.deepEqual(events(), [["cross_site.refused", undefined], ["shape.refused", undefined]]);
    t.mock.timers.tick(999);
    await crossSite();
    assert.deepEqual(events(), []);
    t.mock.timers.tick(1);
    await broken();
    assert.deepEqual(events(), [["cross_site.refused", 4], ["shape.refused", undefined]]);
  });

  test("are counted when no further request comes", async (t) => {
    t.mock.timers.enable({ apis: ["Date", "setTimeout"], now: Date.now() + 120_000 });
    /** @type {Promise<void>[]} */
    const kept = [];
    const request = () => new Request("http://localhost:8787/api/users/forgot-password", { method: "POST", headers: { origin: "https://evil.test", "cf-connecting-ip": "192.0.2.7" } });
    for (let i = 0; i < 3; ++i) await worker.fetch(request(), /** @type {any} */ (setup().settings), { waitUntil: (work) => void kept.push(work) });
    assert.equal(kept.length, 1);
    t.mock.timers.tick(1000);
    await Promise.all(kept);
    assert.deepEqual(events(), [["cross_site.refused", undefined], ["cross_site.refused", 2]]);
  });

  test("are counted, too, where their second began later than that of others", async (t) => {
    t.mock.timers.enable({ apis: ["Date", "setTimeout"], now: Date.now() + 180_000 });
    /** @type {Promise<void>[]} */
    const kept = [];
    const send = (/** @type {Record<string, string>} */ headers) =>
      worker.fetch(new Request("http://localhost:8787/api/users/forgot-password", { method: "POST", headers: { "cf-connecting-ip": "192.0.2.7", ...headers } }),
        /** @type {any} */ (setup().settings), { waitUntil: (work) => void kept.push(work) });
    for (let i = 0; i < 2; ++i) await send({ origin: "https://evil.test" });
    t.mock.timers.tick(500);
    for (let i = 0; i < 2; ++i) await send({ "content-type": "text/plain" });
    t.mock.timers.tick(500);
    for (let turn = 0; turn < 20; ++turn) await Promise.resolve();
    t.mock.timers.tick(1000);
    await Promise.all(kept);
    assert.deepEqual(events(), [["cross_site.refused", undefined], ["shape.refused", undefined], ["cross_site.refused", 1], ["shape.refused", 1]]);
  });
});

describe("alarms about origins", () => {
  test("are written once a second, and counted, although the answers that they are about have status 200", async (t) => {
    const another = "../../edge/host/worker.js?alarms"; // with origins of its own
    const { default: fresh } = await import(another);
    const origins = [await new StubOrigin().start(), await new StubOrigin().start()];
    for (const origin of origins) origin.answer = () => ({ body: "<html>" });
    t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
    const env = { ...setup({ ORIGIN_URLS: origins.map(({ url }) => url).join() }).settings, LIMITER: downWith() };
    const init = { method: "POST", headers: { "content-type": "application/json", "cf-connecting-ip": "192.0.2.7" }, body: '{"email":"ada@example.com"}' };
    for (let i = 0; i < 200; ++i) await fetchFrom(fresh, new Request("http://localhost:8787/api/users/forgot-password", init), env);
    for (const origin of origins) await origin.stop();
    const told = lines.filter(({ event }) => event === "alarm.origin_garbled").map(({ origin, status }) => `${origin} ${status}`);
    assert.equal(new Set(told).size, told.length);
    assert.ok(told.length >= 2 && told.length <= 4); // each origin passed over, and called last
  });
});

describe("settings that can't be used", () => {
  test("are answered with 503 on every path, and each log line names the setting and not its value", async (t) => {
    const another = "../../edge/host/worker.js?another"; // the first has its settings by now
    const { default: fresh } = await import(another);
    t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
    for (const path of ["/", "/api/users/me", "/nowhere", "/openapi.json", "/healthz"]) {
      t.mock.timers.tick(1000);
      lines.splice(0);
      const response = await fetchFrom(fresh, new Request(`http://localhost:8787${path}`), { ...settings, FRONTEND_URL: "gopher://secret" });
      assert.equal(response.status, 503);
      const requestId = response.headers.get("x-request-id");
      assert.deepEqual(lines.map((line) => ({ ...line, time: "" })), [
        { time: "", level: "error", event: "alarm.invalid_setting", request_id: requestId, setting: "FRONTEND_URL", duration_ms: 0 },
      ]);
      assert.ok(!(JSON.stringify(lines) + (await response.text())).includes("gopher"));
    }
  });
});
