// The limits of the self-hosted edge, where the Worker counts in its own isolate and the limiters' objects load and store: exact from the
// first request on, kept through stops, kills, a full disk and a trap.
import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";

import { SmallDisk } from "../nemesis/small_disk.mjs";
import { until } from "../system/polling.mjs";
import { storageBelow, stored } from "./limiter_storage.mjs";
import { StubOrigin } from "./stub_origin.mjs";
import { WorkerdProcess, buildForWorkerd, changedBundle } from "./workerd_process.mjs";

const LIMIT = 10;
const origin = new StubOrigin();
before(async () => {
  buildForWorkerd();
  await origin.start();
});
after(() => origin.stop());

/** @type {WorkerdProcess} */
let edge;
beforeEach(() => origin.reset());
/** @type {string | undefined} */
let ownBundle;
afterEach(async () => {
  await edge?.remove();
  if (ownBundle) rmSync(ownBundle, { recursive: true });
  ownBundle = undefined;
});

/** @param {Record<string, string>} [settings] @param {string} [bundle] a folder, which the test then removes */
async function startEdge(settings = {}, bundle) {
  ownBundle = bundle;
  edge = new WorkerdProcess({ ORIGIN_URLS: origin.url, CLIENT_IP_HEADER: "X-Real-IP", LIMIT_FORGOT_PER_CLIENT: `${LIMIT}/86400`, ...settings }, bundle);
  await edge.start();
}

/** @param {string} path @param {string} client @param {unknown} body */
async function post(path, client, body) {
  const headers = { "x-forwarded-proto": "https", "x-real-ip": client, "content-type": "application/json" };
  return (await edge.ask("POST", path, headers, JSON.stringify(body))).status;
}

let addresses = 0;
/** Each for another address, so that only the client is limited. @param {string} client */
const forgot = (client) => post("/api/users/forgot-password", client, { email: `a${++addresses}@example.com` });

/** @param {string} client */
const logIn = (client) => post("/api/users/login", client, { email: "ada@example.com", password: "x" });

/** @param {string} client @param {number} times */
async function accepted(client, times) {
  const statuses = await Promise.all(Array.from({ length: times }, () => forgot(client)));
  assert.deepEqual(statuses.filter((status) => status !== 202 && status !== 429), []);
  return statuses.filter((status) => status === 202).length;
}

describe("exactly as many simultaneous requests pass as the limit says [L07]", () => {
  for (const objects of ["1", "16"]) {
    test(`from the first of a process on, with ${objects} limiters`, async () => {
      await startEdge({ LIMITER_OBJECTS: objects });
      const clients = Array.from({ length: 8 }, (_, i) => `192.0.2.${i}`);
      const passed = await Promise.all(clients.map((client) => accepted(client, 40)));
      assert.deepEqual(passed, clients.map(() => LIMIT));
      assert.equal(origin.calls.length, LIMIT * clients.length);
      assert.deepEqual(await Promise.all(clients.map((client) => accepted(client, 40))), clients.map(() => 0));
      assert.deepEqual(await Promise.all(["198.51.100.1", "198.51.100.2"].map((client) => accepted(client, 40))), [LIMIT, LIMIT]);
      assert.equal(await accepted("198.51.100.3", 200), LIMIT);
    });
  }

  test("from the first after a restart on, of which some were counted before", async () => {
    await startEdge();
    assert.equal(await accepted("192.0.2.1", 4), 4);
    await stored(edge.limitsFolder);
    await edge.stop();
    await edge.start();
    assert.equal(await accepted("192.0.2.1", 40), LIMIT - 4);
  });
});

describe("stored counts", () => {
  for (const signal of /** @type {NodeJS.Signals[]} */ (["SIGTERM", "SIGKILL"])) {
    test(`survive ${signal} [L11]`, async () => {
      await startEdge({ LIMITER_OBJECTS: "4" });
      const clients = ["192.0.2.1", "192.0.2.2", "192.0.2.3"];
      for (const client of clients) assert.equal(await accepted(client, 4), 4); // the first of them load
      for (const client of clients) assert.equal(await accepted(client, 4), 4); // counted by the Worker
      await stored(edge.limitsFolder);
      await edge.stop(signal);
      await edge.start();
      for (const client of clients) assert.equal(await accepted(client, 40), LIMIT - 8);
    });
  }

  test("include those of requests whose object had been dropped", async () => {
    await startEdge();
    assert.equal(await accepted("192.0.2.1", 4), 4);
    await until("workerd has dropped the idle object", () => /* its log is folded into its file */ storageBelow(edge.limitsFolder).length === 1, { deadline: 30_000, every: 100 });
    assert.equal(await accepted("192.0.2.1", 4), 4);
    await stored(edge.limitsFolder);
    await edge.stop("SIGKILL");
    await edge.start();
    assert.equal(await accepted("192.0.2.1", 40), LIMIT - 8);
  });

  test("include those of a client that hung up before its answer, although no request follows", async () => {
    await startEdge();
    origin.answer = () => {}; // never
    const socket = connect(edge.port, "127.0.0.1");
    const body = '{"email":"ada@example.com"}';
    socket.write(`POST /api/users/forgot-password HTTP/1.1\r\nHost: account.example.com\r\nX-Forwarded-Proto: https\r\nX-Real-IP: 192.0.2.1\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    await until("the origin has the call", () => origin.calls.length === 1);
    socket.destroy();
    await stored(edge.limitsFolder);
    await edge.stop("SIGKILL");
    origin.reset();
    await edge.start();
    assert.equal(await accepted("192.0.2.1", 40), LIMIT - 1);
  });
});

const PAGES = 200;
const storedBytes = () => storageBelow(edge.limitsFolder).reduce((sum, { size }) => sum + size, 0);

/** Nothing has been stored for a second. */
const quietDisk = () => until("the limiters store nothing more", () => storageBelow(edge.limitsFolder).every(({ changed }) => Date.now() - changed > 1000));

const objectsCount = (/** @type {string} */ capnp) => capnp.replace(/^.*"SINGLE_ISOLATE".*\n/m, "");

for (const [way, change, laterCall] of /** @type {const} */ ([
  ["where the Worker counts", String, async () => {}],
  ["where objects count", objectsCount, () => forgot("198.51.100.1")],
])) {
  test(`${way}, a full disk resets no count, and all are stored when there is room again`, async (t) => {
    await startEdge({}, changedBundle("rekey.capnp", change));
    const disk = SmallDisk.mount(edge.limitsFolder, 16);
    if (!disk) return t.skip("mounting is not allowed");
    try {
      await edge.stop();
      await edge.start();
      assert.equal(await accepted("192.0.2.1", 4), 4);
      await stored(edge.limitsFolder);
      await disk.fill();
      assert.equal(await accepted("192.0.2.1", 4), 4);
      for (let i = 0; i < PAGES; ++i) await forgot(`198.18.0.${i}`); // each in another page or two: more than the files have room for
      const alarm = async () => {
        await laterCall();
        return edge.output.includes('"event":"alarm.limiter_storage"');
      };
      await until("a failure is told", alarm, { deadline: 15_000, every: 250 });
      assert.equal(await accepted("192.0.2.2", 8), 8);
      assert.equal(await logIn("192.0.2.1"), 204);
      assert.equal(await accepted("192.0.2.1", 40), LIMIT - 8);

      assert.ok(storedBytes() < PAGES * 2048);
      await disk.free();
      const isStored = async () => {
        await laterCall();
        return storedBytes() > PAGES * 2048;
      };
      await until("the counts are stored", isStored, { deadline: 15_000, every: 250 });
      await quietDisk();
      await edge.stop("SIGKILL");
      await edge.start();
      assert.deepEqual([await accepted("192.0.2.1", 40), await accepted("192.0.2.2", 40)], [0, LIMIT - 8]);
    } finally {
      await edge.stop();
      disk.unmount();
    }
  });
}

test("a table that traps is lost alone: the next request loads what was stored", async () => {
  const fault = `
const { take } = LimiterTable.prototype;
let left = 8;
LimiterTable.prototype.take = function (question, now) {
  return take.call(this, left-- === 0 ? new Uint8Array(41) : question, now);
};`;
  await startEdge({}, changedBundle("worker.js", (text) => text + fault));
  assert.equal(await accepted("192.0.2.1", 8), 8);
  await stored(edge.limitsFolder);
  assert.equal(await forgot("192.0.2.1"), 202); // counted by the stand-in
  assert.match(edge.output, /"event":"limiter.failed".*"error":"RuntimeError"/);
  assert.equal(await accepted("192.0.2.1", 40), LIMIT - 8);
  await stored(edge.limitsFolder);
  await edge.stop("SIGKILL");
  await edge.start();
  assert.equal(await accepted("192.0.2.1", 1), 0);
});

test("while no counts can be loaded, guesses are refused and other calls are counted in the instance [L19]", async () => {
  await startEdge({ LIMITER_OBJECTS: "1" });
  assert.equal(await accepted("192.0.2.1", 4), 4);
  await stored(edge.limitsFolder);
  await edge.stop();
  for (const { path, size } of storageBelow(edge.limitsFolder)) writeFileSync(path, Buffer.alloc(size, "x"));
  await edge.start();
  assert.equal(await logIn("192.0.2.1"), 503);
  assert.equal(await accepted("192.0.2.1", 40), LIMIT);
  assert.equal(await logIn("192.0.2.1"), 503);
  assert.match(edge.output, /"event":"limiter.failed"/);
});
