// edge/host/worker.js and edge/host/limiter.js on a platform made by the test: a module that traps, an invalid setting, and the end
// of a limiter.
import "./platform.mjs";

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, mock, test } from "node:test";

import { settings } from "./keys.mjs";
import { setup } from "./node_edge.mjs";

const { default: worker, Limiter } = await import("../../edge/host/worker.js");

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
const ask = (env, path = "/login") => worker.fetch(new Request(`http://localhost:8787${path}`), /** @type {any} */ (env));

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
    assert.deepEqual(lines.map(({ time, ...line }) => line), [{ event: "alarm.fault", request_id: requestId, error: "RuntimeError" }]);
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

describe("the answer without a module", () => {
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
  /** @param {Response} response */
  const told = (response) => [...response.headers].filter(([name]) => !["date", "x-request-id"].includes(name)).sort();

  for (const base of ["http://localhost:8787", "https://rekey.example"]) {
    test(`has the body and the headers of the module's own over ${base.split(":")[0]}`, async () => {
      const env = /** @type {any} */ ({ ...setup().settings, LIMITER: downWith() });
      const own = await worker.fetch(new Request(`${base}/healthz`), env);
      trapNext = true;
      const fallback = await worker.fetch(new Request(`${base}/healthz`), env);
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
    const get = await worker.fetch(new Request("http://localhost:8787/login"), env);
    trapNext = true;
    const head = await worker.fetch(new Request("http://localhost:8787/login", { method: "HEAD" }), env);
    assert.equal(await head.text(), "");
    assert.equal(head.headers.get("content-length"), String((await get.text()).length));
    assert.deepEqual(told(head).filter(([name]) => name !== "content-length"), told(get));
  });

  test("carries the request id that the module gave the request", async () => {
    const env = { ...setup().settings, LIMITER: downWith(() => (trapNext = true)) };
    const response = await ask(env, "/healthz");
    assert.equal(response.status, 503);
    assert.deepEqual(lines.map((line) => line.event), ["limiter.failed", "alarm.fault"]);
    for (const line of lines) assert.equal(line.request_id, response.headers.get("x-request-id"));
  });
});

describe("a log line", () => {
  test("has a time in UTC, an event, a status and a request id", async () => {
    const response = await worker.fetch(
      new Request("http://localhost:8787/api/users/forgot-password", { method: "POST", headers: { origin: "https://evil.test", "cf-connecting-ip": "192.0.2.1" } }),
      /** @type {any} */ (setup().settings),
    );
    assert.equal(lines.length, 1);
    assert.match(lines[0].time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    assert.deepEqual({ ...lines[0], time: "" }, { time: "", event: "cross_site.refused", status: 403, request_id: response.headers.get("x-request-id") });
  });
});

describe("a Limiter", () => {
  const question = Uint8Array.of(2, 0, 0, 0, 60, 0, 0, 0); // two a minute

  /** A Durable Object's context that records. */
  function context() {
    /** @type {Map<string, unknown>} */
    const kept = new Map();
    /** @type {number[]} */
    const alarms = [];
    const kv = { get: (/** @type {string} */ name) => kept.get(name), put: (/** @type {string} */ name, /** @type {unknown} */ value) => void kept.set(name, value) };
    const storage = { kv, setAlarm: async (/** @type {number} */ time) => void alarms.push(time), deleteAll: async () => kept.clear() };
    return { kept, alarms, limiter: /** @type {any} */ (new (/** @type {any} */ (Limiter))({ storage }, {})) };
  }

  test("keeps one time stamp, in its storage", async () => {
    const { kept, limiter } = context();
    const verdicts = [];
    for (let i = 0; i < 3; ++i) verdicts.push((await limiter.take(question))[0]);
    assert.deepEqual(verdicts, [0, 0, 1]);
    assert.deepEqual([...kept.keys()], ["state", "forgetAt"]);
    assert.equal(/** @type {Uint8Array} */ (kept.get("state")).length, 8);
  });

  test("sets its alarm once, and ends when its time stamp is past", async (t) => {
    t.mock.timers.enable({ apis: ["Date"], now: 1_000_000_000_000 });
    const { kept, alarms, limiter } = context();
    await limiter.take(question);
    await limiter.take(question);
    assert.deepEqual(alarms, [1_000_000_030_001]);

    t.mock.timers.setTime(1_000_000_030_001);
    await limiter.alarm();
    assert.deepEqual(alarms, [1_000_000_030_001, 1_000_000_060_001]);
    assert.equal(kept.size, 2);

    t.mock.timers.setTime(1_000_000_060_001);
    await limiter.alarm();
    assert.equal(kept.size, 0);
    assert.equal((await limiter.take(question))[0], 0);
    assert.equal(alarms.length, 3);
  });

  test("allows calls again as time passes", async (t) => {
    t.mock.timers.enable({ apis: ["Date"], now: 1_000_000_000_000 });
    const { limiter } = context();
    const verdicts = [];
    for (const at of [0, 0, 29_999, 30_000, 30_000]) {
      t.mock.timers.setTime(1_000_000_000_000 + at);
      verdicts.push((await limiter.take(question))[0]);
    }
    assert.deepEqual(verdicts, [0, 0, 1, 0, 1]);
  });
});

describe("settings that can't be used", () => {
  test("are answered with 503 on every path, and each log line has the setting's name without its value", async () => {
    const another = "../../edge/host/worker.js?another"; // the first instance already has its settings
    const { default: fresh } = await import(another);
    for (const path of ["/", "/api/users/me", "/nowhere", "/openapi.json", "/healthz"]) {
      lines.splice(0);
      const response = await fresh.fetch(new Request(`http://localhost:8787${path}`), /** @type {any} */ ({ ...settings, FRONTEND_URL: "gopher://secret" }));
      assert.equal(response.status, 503);
      const requestId = response.headers.get("x-request-id");
      assert.deepEqual(lines.map((line) => ({ ...line, time: "" })), [{ time: "", event: "alarm.invalid_setting", request_id: requestId, setting: "FRONTEND_URL" }]);
      assert.ok(!(JSON.stringify(lines) + (await response.text())).includes("gopher"));
    }
  });
});
