// Which origin a call goes to, by the module itself: thousands of calls among origins that fail in every way, beside a model that is
// written from README.md and edge/core/origin_choice.h.
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { LimiterTable, SEED_SIZE } from "../../edge/host/limiter_table.js";
import { ACTION, Message, RANDOM_SIZE, REPLY_FAULT, TAG } from "../../edge/host/message.js";
import { Rules } from "../../edge/host/rules.js";
import { module, setup } from "./node_edge.mjs";

const CONTINENTS = ["AF", "AN", "AS", "EU", "NA", "OC", "SA"];
const PAUSE = 2000;
const PAUSE_AFTER_SILENCE = 10_000;
const AT_ONCE = 250;

/** What an origin does with a call. @typedef {"serves" | "broken" | "breaksLate" | "late" | "huge" | "refuses" | "refusesLate" | "fails" | "garbles"} Behaviour */
/** @type {Behaviour[]} */
const FAILURES = ["broken", "breaksLate", "late", "huge", "refuses", "refusesLate", "fails", "garbles"];
const PROMPT = new Set(["broken", "refuses"]);
const LATE = new Set(["late", "breaksLate", "refusesLate"]);

const CALLS = {
  forgot: { path: "forgot-password", fields: { email: "ada@example.com" }, outcome: "accepted", hashes: false, deadline: 1500 },
  logIn: { path: "login", fields: { email: "ada@example.com", password: "correct horse" }, outcome: "ok", hashes: true, deadline: 5000 },
};
/** @typedef {keyof typeof CALLS} Kind */

/** Milliseconds until the reply. @param {Behaviour} behaviour @param {Kind} kind */
function timeOf(behaviour, kind) {
  if (behaviour === "late") return CALLS[kind].deadline;
  if (behaviour === "refusesLate") return CALLS[kind].deadline - 1;
  if (behaviour === "breaksLate") return AT_ONCE + 1;
  return PROMPT.has(behaviour) ? AT_ONCE : 40;
}

/** @param {number} seed @returns {(below: number) => number} the same numbers for the same seed */
function numbers(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** @typedef {{url: string, near: string[]}} Origin */

/** Carries calls through one instance of the module. */
class Edge {
  now = 1_800_000_000_000;
  #rules;
  #limiter = new LimiterTable(module, new Uint8Array(SEED_SIZE));

  /** @param {Origin[]} origins */
  constructor(origins) {
    this.#rules = new Rules(module, setup({ ORIGIN_URLS: origins.map(({ url, near }) => [url, ...near].join(" ")).join(", ") }));
  }

  /** The limiter counts anew: it is not what is tested. @param {number} milliseconds */
  setClockBack(milliseconds) {
    this.now -= milliseconds;
    this.#limiter = new LimiterTable(module, new Uint8Array(SEED_SIZE));
  }

  /**
   * Time passes with each reply.
   * @param {Kind} kind @param {string} continent @param {number} spread @param {(origin: number) => Behaviour} behaviour
   * @returns {{status: number, tried: number[], times: number[], calls: import("../../edge/host/message.js").Fields[]}} times of the replies
   */
  call(kind, continent, spread, behaviour) {
    const { path, fields, outcome } = CALLS[kind];
    const transcript = new Message()
      .text(TAG.method, "POST")
      .text(TAG.url, `http://localhost:8787/api/users/${path}`)
      .number(TAG.now, this.now)
      .bytes(TAG.random, randomWith(spread))
      .text(TAG.headerName, "content-type").text(TAG.headerValue, "application/json")
      .text(TAG.body, JSON.stringify(fields));
    if (continent) transcript.text(TAG.continent, continent);
    /** @type {import("../../edge/host/message.js").Fields[]} */
    const calls = [];
    /** @type {number[]} */
    const times = [];
    for (;;) {
      const action = this.#rules.step(transcript);
      const what = action.number(TAG.action);
      if (what === ACTION.answer) {
        return { status: action.number(TAG.status), tried: calls.map((each) => each.number(TAG.replyOrigin)), times, calls };
      }
      if (what === ACTION.askLimiter) transcript.bytes(TAG.verdict, this.#limiter.take(action.bytes(TAG.question), this.now));
      if (what === ACTION.callOrigin) {
        calls.push(action);
        const did = behaviour(action.number(TAG.replyOrigin));
        this.now += timeOf(did, kind);
        times.push(this.now);
        reply(transcript, action.number(TAG.replyOrigin), did, outcome);
      }
      transcript.number(TAG.now, this.now);
    }
  }
}

/** @param {number} spread of two bytes, which choose among origins */
function randomWith(spread) {
  const random = new Uint8Array(RANDOM_SIZE);
  random.set([spread >> 8, spread & 0xff], 48);
  return random;
}

/** @param {Message} transcript @param {number} origin @param {Behaviour} behaviour @param {string} outcome */
function reply(transcript, origin, behaviour, outcome) {
  transcript.number(TAG.replyOrigin, origin);
  if (behaviour === "broken" || behaviour === "breaksLate") return transcript.number(TAG.replyFault, REPLY_FAULT.broken);
  if (behaviour === "late") return transcript.number(TAG.replyFault, REPLY_FAULT.late);
  if (behaviour === "huge") return transcript.number(TAG.replyFault, REPLY_FAULT.tooLarge);
  const status = { refuses: 401, refusesLate: 403, fails: 503 }[/** @type {string} */ (behaviour)] ?? 200;
  const body = behaviour === "serves" ? JSON.stringify({ outcome, version: 1 }) : "{}";
  return transcript.number(TAG.replyStatus, status).text(TAG.replyRetryAfter, "").text(TAG.replyBody, body);
}

/** What the edge must know of its origins. */
class Model {
  /** When each may be probed; undefined for one that is well. @type {Record<Kind, (number | undefined)[]>} */
  #probeAt = { forgot: [], logIn: [] };

  /** @param {Origin[]} origins */
  constructor(origins) {
    this.origins = origins;
  }

  /** @param {number} origin @param {Kind} kind */
  #fails(origin, kind) {
    return this.#probeAt.forgot[origin] !== undefined || this.#probeAt[kind][origin] !== undefined;
  }

  /** @param {number} origin @param {Kind} kind @param {string} continent lower is better */
  rank(origin, kind, continent) {
    return (this.#fails(origin, kind) ? 2 : 0) + (this.origins[origin].near.includes(continent) ? 0 : 1);
  }

  /** @param {Kind} kind @param {number} now @returns {number[]} that such a call may probe */
  probes(kind, now) {
    return this.origins.flatMap((_, i) => {
      if (CALLS[kind].hashes && this.#fails(i, "forgot")) return [];
      return Number(this.#probeAt[kind][i]) <= now ? [i] : [];
    });
  }

  /** @param {number} origin @param {Kind} kind @param {Behaviour} behaviour @param {number} now */
  note(origin, kind, behaviour, now) {
    const served = behaviour === "serves";
    this.#probeAt[kind][origin] = served ? undefined : now + (LATE.has(behaviour) ? PAUSE_AFTER_SILENCE : PAUSE);
    if (served) this.#probeAt.forgot[origin] = undefined;
  }
}

/** @param {(below: number) => number} random @returns {Origin[]} */
function someOrigins(random) {
  return Array.from({ length: 1 + random(8) }, (_, i) => ({
    url: `https://origin${i}.example`,
    near: CONTINENTS.filter(() => random(4) === 0),
  }));
}

/** @param {number} seed */
function playWorld(seed) {
  const random = numbers(seed);
  const origins = someOrigins(random);
  const [edge, model] = [new Edge(origins), new Model(origins)];
  /** @type {Record<Kind, Behaviour[]>} */
  const behaviours = { forgot: origins.map(() => "serves"), logIn: origins.map(() => "serves") };
  for (let i = 0; i < 150; ++i) {
    edge.now += random(3) === 0 ? random(12_000) : random(300);
    if (random(3) === 0) changeOne(behaviours, random);
    const kind = random(2) ? "forgot" : "logIn";
    const continent = random(3) ? CONTINENTS[random(CONTINENTS.length)] : "";
    playCall(edge, model, kind, continent, random(65_536), behaviours[kind]);
  }
}

/** What one origin does with all calls, or with those of one kind. @param {Record<Kind, Behaviour[]>} behaviours @param {(below: number) => number} random */
function changeOne(behaviours, random) {
  const origin = random(behaviours.forgot.length);
  const behaviour = random(2) ? "serves" : FAILURES[random(FAILURES.length)];
  const which = random(4);
  if (which !== 0) behaviours.forgot[origin] = behaviour;
  if (which !== 1) behaviours.logIn[origin] = behaviour;
}

/** @param {Edge} edge @param {Model} model @param {Kind} kind @param {string} continent @param {number} spread @param {Behaviour[]} behaviours */
function playCall(edge, model, kind, continent, spread, behaviours) {
  const began = edge.now;
  const probes = model.probes(kind, began);
  const before = model.origins.map((_, i) => model.rank(i, kind, continent));
  const { status, tried, times, calls } = edge.call(kind, continent, spread, (origin) => behaviours[origin]);
  assert.equal(new Set(tried).size, tried.length, "no origin gets a call twice");
  if (probes.length > 0) assert.ok(probes.includes(tried[0]), "a call probes an origin whose pause is over");
  assertBestFirst(tried.slice(probes.length > 0 ? 1 : 0), before, new Set(probes.length > 0 ? tried.slice(0, 1) : []));
  const slow = tried.filter((origin) => behaviours[origin] !== "serves" && !PROMPT.has(behaviours[origin])).length;
  const isServed = behaviours[tried[tried.length - 1]] === "serves";
  assert.equal(status === 503, !isServed);
  assert.ok(tried.slice(0, -1).every((origin) => behaviours[origin] !== "serves"), "a call ends where it is served");
  assert.ok(slow <= 2);
  assert.ok(edge.now - began <= 2 * CALLS[kind].deadline + 6 * AT_ONCE, "no caller waits for longer");
  if (!isServed) assert.ok(slow === 2 || tried.length === model.origins.length, "no call ends while an origin is left to ask");
  assert.equal(new Set(calls.map((call) => call.text(TAG.body))).size, 1, "each gets the same call, with one request id");
  tried.forEach((origin, i) => model.note(origin, kind, behaviours[origin], times[i]));
}

/** @param {number[]} tried in order @param {number[]} ranks @param {Set<number>} gone */
function assertBestFirst(tried, ranks, gone) {
  for (const origin of tried) {
    const best = Math.min(...ranks.filter((_, i) => !gone.has(i)));
    assert.equal(ranks[origin], best, "one that is well before one that fails, a near one before a far one");
    gone.add(origin);
  }
}

describe("the choice of an origin", () => {
  test("is the model's in every one of 30,000 calls", () => {
    for (let seed = 1; seed <= 200; ++seed) playWorld(seed);
  });

  test("shares the calls evenly among origins of one rank", () => {
    const near = ["EU"];
    const urls = ["a", "b", "c", "d", "e"].map((name) => `https://${name}.example`);
    const edge = new Edge(urls.map((url, i) => ({ url, near: i < 3 ? near : [] })));
    const counts = [0, 0, 0, 0, 0];
    for (let spread = 0; spread < 300; ++spread) ++counts[edge.call("forgot", "EU", spread, () => "serves").tried[0]];
    assert.deepEqual(counts, [100, 100, 100, 0, 0]);
  });

  test("is not another one for quick calls where only log-ins fail", () => {
    const edge = new Edge([{ url: "https://a.example", near: ["EU"] }, { url: "https://b.example", near: [] }]);
    for (const failure of FAILURES) {
      assert.deepEqual(edge.call("logIn", "EU", 0, (origin) => (origin === 0 ? failure : "serves")).tried, [0, 1]);
      for (let i = 0; i < 20; ++i) assert.deepEqual(edge.call("forgot", "EU", 0, () => "serves").tried, [0], failure);
      assert.deepEqual(edge.call("logIn", "EU", 0, () => "serves").tried, [1], failure);
      edge.now += PAUSE_AFTER_SILENCE;
      assert.deepEqual(edge.call("logIn", "EU", 0, () => "serves").tried, [0], failure);
    }
  });

  test("ends after two that broke a connection late", () => {
    const edge = new Edge(Array.from({ length: 8 }, (_, i) => ({ url: `https://origin${i}.example`, near: [] })));
    assert.equal(edge.call("forgot", "", 0, () => "breaksLate").tried.length, 2);
  });

  test("is another one for the whole pause, which begins with the reply", () => {
    const edge = new Edge([{ url: "https://a.example", near: ["EU"] }, { url: "https://b.example", near: [] }]);
    edge.call("forgot", "EU", 0, (origin) => (origin === 0 ? "late" : "serves"));
    edge.now += PAUSE_AFTER_SILENCE - 2 * timeOf("serves", "forgot") - 1; // since the reply of the first one
    assert.deepEqual(edge.call("forgot", "EU", 0, () => "serves").tried, [1]);
    edge.now += timeOf("serves", "forgot");
    assert.deepEqual(edge.call("forgot", "EU", 0, () => "serves").tried, [0]);
  });

  test("finds an origin again whose probe was given up by its caller, after the time of a call", () => {
    const edge = new Edge([{ url: "https://a.example", near: [] }, { url: "https://b.example", near: [] }]);
    edge.call("forgot", "", 0, (origin) => (origin === 0 ? "broken" : "serves"));
    edge.now += PAUSE;
    assert.throws(() => edge.call("forgot", "", 0, () => assert.fail("planted: the caller hangs up")));
    edge.now += CALLS.forgot.deadline - 1;
    assert.deepEqual(edge.call("forgot", "", 0, () => "serves").tried, [1]);
    assert.deepEqual(edge.call("forgot", "", 0, () => "serves").tried, [0]);
  });

  test("of one call at a time is a probe", () => {
    const edge = new Edge([{ url: "https://a.example", near: [] }, { url: "https://b.example", near: [] }]);
    edge.call("forgot", "", 0, (origin) => (origin === 0 ? "broken" : "serves"));
    edge.now += PAUSE;
    let duringProbe = -1;
    const { tried } = edge.call("forgot", "", 0, () => {
      if (duringProbe < 0) {
        duringProbe = 0;
        duringProbe = edge.call("forgot", "", 0, () => "serves").tried[0];
      }
      return "serves";
    });
    assert.deepEqual([tried, duringProbe], [[0], 1]);
  });

  test("forgets a failure that was noted before the clock was set back", () => {
    const edge = new Edge([{ url: "https://a.example", near: [] }, { url: "https://b.example", near: [] }]);
    edge.call("forgot", "", 0, (origin) => (origin === 0 ? "late" : "serves"));
    edge.setClockBack(3_600_000);
    assert.deepEqual(edge.call("forgot", "", 0, () => "serves").tried, [0]);
  });
});
