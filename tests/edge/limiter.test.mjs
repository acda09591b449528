// edge/host/limiter.js with a platform of the test's making: what is counted, what is stored and when, and what a full disk does.
import "./platform.mjs";

import assert from "node:assert/strict";
import { beforeEach, describe, mock, test } from "node:test";

import { questionOf } from "./limiter_question.mjs";

const { Limiter } = await import("../../edge/host/worker.js");

const START = 1_000_000_000_000;
const TWO_A_MINUTE = { count: 2, seconds: 60 };
let ids = 0;

/** A Durable Object's storage, which may fail. */
class Storage {
  /** @type {Map<string, unknown>} what is on the disk */
  kept = new Map();
  /** @type {Record<string, unknown>[]} */
  puts = [];
  isFull = false;
  #pending = /** @type {Record<string, unknown>[]} */ ([]);
  kv = {
    get: (/** @type {string} */ name) => this.kept.get(name),
    list: ({ prefix = "" }) => [...this.kept].filter(([name]) => name.startsWith(prefix)),
  };

  /** @param {Record<string, unknown>} entries @param {{allowUnconfirmed: boolean}} options */
  async put(entries, options) {
    assert.deepEqual(options, { allowUnconfirmed: true });
    assert.ok(Object.keys(entries).length <= 128);
    this.puts.push(entries);
    this.#pending.push(structuredClone(entries));
  }

  async sync() {
    const pending = this.#pending.splice(0);
    if (this.isFull) throw new Error("planted: disk full");
    for (const entries of pending) for (const [name, value] of Object.entries(entries)) this.kept.set(name, value);
  }
}

/** @param {Storage} storage @param {string} [id] */
function limiterOn(storage, id = `id${++ids}`) {
  return /** @type {any} */ (new (/** @type {any} */ (Limiter))({ storage, id: { toString: () => id } }, {}));
}

/** @param {any} limiter @param {string[]} keys @param {{count: number, seconds: number}} [limit] */
async function take(limiter, keys, limit = TWO_A_MINUTE) {
  const verdicts = /** @type {Uint8Array} */ (await limiter.take(questionOf(keys.map((key) => ({ key, ...limit })))));
  return Array.from({ length: verdicts.length / 9 }, (_, i) => verdicts[i * 9]);
}

/** Lets a second go by, and what begins in it be done. @param {import("node:test").TestContext} t */
async function second(t) {
  for (let tenth = 0; tenth < 10; ++tenth) {
    t.mock.timers.tick(100);
    for (let turn = 0; turn < 20; ++turn) await Promise.resolve();
  }
}

/** @type {string[]} */
const lines = [];
beforeEach((t) => {
  lines.splice(0);
  mock.method(console, "log", (/** @type {string} */ line) => lines.push(line));
  /** @type {import("node:test").TestContext} */ (t).mock.timers.enable({ apis: ["Date", "setTimeout"], now: START });
});

describe("a limiter", () => {
  test("counts each key apart, and a refused call takes nothing from the keys after it", async () => {
    const limiter = limiterOn(new Storage());
    assert.deepEqual(await take(limiter, ["a", "b"]), [0, 0]);
    assert.deepEqual(await take(limiter, ["a", "b"]), [0, 0]);
    assert.deepEqual(await take(limiter, ["a", "c"]), [1]);
    assert.deepEqual(await take(limiter, ["c", "c"]), [0, 0]);
    assert.deepEqual(await take(limiter, ["c"]), [1]);
  });

  test("gives back what time has earned", async (t) => {
    const limiter = limiterOn(new Storage());
    const verdicts = [];
    for (const at of [0, 0, 29_999, 30_000, 30_000]) {
      t.mock.timers.setTime(START + at);
      verdicts.push(...(await take(limiter, ["a"])));
    }
    assert.deepEqual(verdicts, [0, 0, 1, 0, 1]);
  });

  test("stores a second after the first change, in one go, and nothing while nothing changes", async (t) => {
    const storage = new Storage();
    const limiter = limiterOn(storage);
    for (const key of ["a", "b", "c"]) await take(limiter, [key]);
    assert.equal(storage.puts.length, 0);
    await second(t);
    const [entries, ...more] = storage.puts.map((put) => Object.keys(put).length);
    assert.ok(entries >= 3 && entries <= 5 && more.length === 0, `${entries}`); // keys may share a page of the table
    for (let i = 0; i < 3; ++i) await second(t);
    assert.equal(storage.puts.length, 1);
  });

  test("stores nothing for refused calls", async (t) => {
    const storage = new Storage();
    const limiter = limiterOn(storage);
    for (let i = 0; i < 2; ++i) await take(limiter, ["a"]);
    await second(t);
    const puts = storage.puts.length;
    for (let i = 0; i < 5; ++i) assert.deepEqual(await take(limiter, ["a"]), [1]);
    await second(t);
    assert.equal(storage.puts.length, puts);
  });

  test("stores what changed while it was storing", async (t) => {
    const storage = new Storage();
    const limiter = limiterOn(storage);
    await take(limiter, ["a"]);
    t.mock.timers.tick(1000);
    await take(limiter, ["b"]);
    await second(t);
    await second(t);
    const successor = limiterOn(storage);
    assert.deepEqual([await take(successor, ["a", "a"]), await take(successor, ["b", "b"])], [[0, 1], [0, 1]]);
  });

  test("is followed by one that knows what was stored, and no more", async (t) => {
    const storage = new Storage();
    const limiter = limiterOn(storage);
    for (let i = 0; i < 2; ++i) await take(limiter, ["stored"]);
    await second(t);
    for (let i = 0; i < 2; ++i) await take(limiter, ["lost"]);
    const successor = limiterOn(storage);
    assert.deepEqual([await take(successor, ["stored"]), await take(successor, ["lost"])], [[1], [0]]);
  });

  test("hands out no view of a larger buffer: the platform would store and send all of it", async (t) => {
    const storage = new Storage();
    const limiter = limiterOn(storage);
    const verdicts = /** @type {Uint8Array} */ (await limiter.take(questionOf([{ key: "a", ...TWO_A_MINUTE }])));
    await second(t);
    const pages = [...storage.kept].filter(([name]) => name.startsWith("page.")).map(([, page]) => /** @type {Uint8Array} */ (page));
    assert.equal(pages.length, 1);
    for (const bytes of [verdicts, ...pages]) assert.equal(bytes.buffer.byteLength, bytes.length);
  });

  test("has a bounded storage, however many keys it counts", async (t) => {
    const storage = new Storage();
    const limiter = limiterOn(storage);
    for (let i = 0; i < 100_000; ++i) await limiter.take(questionOf([{ key: `k${i}`, ...TWO_A_MINUTE }]));
    await second(t);
    assert.ok(storage.kept.size > 2 && storage.kept.size <= 98, "the first part");
    await second(t);
    const bytes = [...storage.kept.values()].map((value) => (value instanceof Uint8Array ? value.length : 0)).reduce((sum, size) => sum + size, 0);
    assert.ok(bytes <= 512 * 3072 + 16, `${bytes} bytes`);
    assert.equal(storage.kept.size, 514);
  });

  test("forgets, when it is full, keys that have used little of their limit, and remembers one that has used it up", async () => {
    const limiter = limiterOn(new Storage());
    const limit = { count: 20, seconds: 3600 };
    for (let i = 0; i < 20; ++i) await take(limiter, ["guesser"], limit);
    for (let i = 0; i < 200_000; ++i) await limiter.take(questionOf([{ key: `k${i}`, ...limit }]));
    assert.deepEqual(await take(limiter, ["guesser"], limit), [1]);
  });
});

describe("a clock that was far ahead for a while", () => {
  test("leaves behind no keys that crowd out those of today", async (t) => {
    const limiter = limiterOn(new Storage());
    t.mock.timers.setTime(START + 365 * 86_400_000);
    for (let i = 0; i < 200_000; ++i) await limiter.take(questionOf([{ key: `old${i}`, ...TWO_A_MINUTE }]));
    t.mock.timers.setTime(START);
    const limit = { count: 10, seconds: 300 };
    const guessers = Array.from({ length: 50 }, (_, i) => `guesser${i}`);
    for (const guesser of guessers) for (let i = 0; i < 10; ++i) await take(limiter, [guesser], limit);
    for (let i = 0; i < 20_000; ++i) await limiter.take(questionOf([{ key: `new${i}`, ...TWO_A_MINUTE }]));
    for (const guesser of guessers) assert.deepEqual(await take(limiter, [guesser], limit), [1], guesser);
  });
});

describe("where storing fails", () => {
  test("the object's successor in the same process goes on counting, and stores all when there is room again", async (t) => {
    const storage = new Storage();
    const first = limiterOn(storage, "full");
    await take(first, ["a"]);
    storage.isFull = true;
    await second(t);
    assert.match(lines.join(), /"event":"alarm.limiter_storage"/);

    const successor = limiterOn(storage, "full");
    assert.deepEqual(await take(successor, ["a", "a"]), [0, 1]);
    storage.isFull = false;
    await second(t);
    await second(t);
    assert.deepEqual(await take(limiterOn(storage, "elsewhere"), ["a"]), [1]);
  });

  test("the object itself tries again a second later", async (t) => {
    const storage = new Storage();
    const limiter = limiterOn(storage);
    for (let i = 0; i < 2; ++i) await take(limiter, ["a"]);
    storage.isFull = true;
    await second(t);
    storage.isFull = false;
    await second(t);
    await second(t);
    assert.deepEqual(await take(limiterOn(storage), ["a"]), [1]);
  });

  test("counts that another process has overtaken are given up, however often storing them was tried", async (t) => {
    const storage = new Storage();
    storage.isFull = true;
    await take(limiterOn(storage, "moved"), ["a"]);
    for (let i = 0; i < 5; ++i) await second(t);
    const elsewhere = new Storage();
    await take(limiterOn(elsewhere), ["b", "b"]);
    await second(t);
    storage.kept = elsewhere.kept;
    assert.deepEqual(await take(limiterOn(storage, "moved"), ["b"]), [1]);
  });

  test("counts that this process stored are continued, although it heard of a failure", async (t) => {
    const storage = new Storage();
    const first = limiterOn(storage, "unheard");
    await take(first, ["a"]);
    const { sync } = storage;
    storage.sync = async () => {
      await sync.call(storage);
      throw new Error("planted: the answer is lost");
    };
    await second(t);
    await take(first, ["a"]);
    assert.deepEqual(await take(limiterOn(storage, "unheard"), ["a"]), [1]);
  });

  test("an instance that trapped is not used again", async (t) => {
    const storage = new Storage();
    const limiter = limiterOn(storage, "trapped");
    storage.isFull = true;
    await take(limiter, ["a"]);
    await second(t);
    await assert.rejects(limiter.take(new Uint8Array(41)), WebAssembly.RuntimeError);
    assert.deepEqual(await take(limiter, ["a", "a"]), [0, 0]);
  });
});
