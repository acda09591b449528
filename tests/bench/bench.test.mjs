// The frame of scripts/bench and its edge part: ratios, table, command line, charts, and references that do the same work.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { NodeEdge } from "../edge/node_edge.mjs";
import { mintToken, settings } from "../edge/keys.mjs";
import { bars } from "../rig/svg.mjs";
import { extentOf, PARTS, readOptions } from "./bench_options.mjs";
import { forgedToken, knownAddress, limitedClient, malformedBody } from "./edge_flows.mjs";
import { mailsNote } from "./edge_forgot.mjs";
import { checkEvents, countEvents, takeEvents } from "./edge_log.mjs";
import { describeMachine, machineLine } from "./machine.mjs";
import { interleaved, isReached, median, ratio, table } from "./measurement.mjs";
import plain, { takeTurn } from "./plain_worker.js";
import { ratioChart, writeResult } from "./results.mjs";
import { judgeLoad, loadOf, toldBy } from "./wrk.mjs";
import { quantileOf, uncorrected } from "./wrk_latency.mjs";

/** @typedef {import("./measurement.mjs").Figure} Figure */

/** @type {Figure} */
const forged = { name: "forged <token>", unit: "requests/s", ours: [100, 300, 200], reference: [50, 100, 400], referenceName: "plain", reach: 1 };
/** @type {Figure} */
const waiting = { name: "wait", unit: "ms", better: "less", ours: [4, 2, 3], reference: [1, 1, 1], reach: 2 };

test("a ratio divides each round by its own reference, and has the median, the least and the greatest", () => {
  assert.deepEqual(ratio(forged), { low: 0.5, mid: 2, high: 3 });
  assert.equal(ratio({ name: "alone", unit: "ms", ours: [1] }), undefined);
  assert.throws(() => ratio({ ...forged, reference: [1] }), /3 rounds of ours, 1 of the reference/);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.throws(() => median([]), /nothing was measured/);
});

test("a goal is reached from above, or from below if less is better", () => {
  assert.equal(isReached(forged), true);
  assert.equal(isReached({ ...forged, reach: 2.1 }), false);
  assert.equal(isReached(waiting), false);
  assert.equal(isReached({ ...waiting, reach: 3 }), true);
  assert.equal(isReached({ ...forged, reach: undefined }), undefined);
});

test("a goal for the value is judged beside the ratio, or alone", () => {
  const memory = { name: "origin", unit: "MiB", better: /** @type {const} */ ("less"), ours: [70], goal: 64 };
  assert.equal(isReached(memory), false);
  assert.equal(isReached({ ...memory, ours: [64] }), true);
  assert.equal(isReached({ ...forged, goal: 200 }), true);
  assert.equal(isReached({ ...forged, goal: 201 }), false, "the ratio alone is not enough");
  assert.match(table([memory]), /\| <= 64 MiB, missed +\|/);
  assert.match(table([{ ...forged, goal: 2000 }]), /\| >= 1; >= 2,000 requests\/s, missed +\|/);
});

test("rounds go A B, B A, so that neither is always first", async () => {
  /** @type {string[]} */
  const order = [];
  const step = (/** @type {string} */ name) => async (/** @type {number} */ round) => order.push(`${name}${round}`);
  const results = await interleaved(3, { a: step("a"), b: step("b") });
  assert.deepEqual(order, ["a0", "b0", "b1", "a1", "a2", "b2"]);
  assert.deepEqual(results, { a: [1, 4, 5], b: [2, 3, 6] });
});

test("the table has a line for each figure, marks missed goals, and leaves out empty columns", () => {
  const lines = table([forged, { ...waiting, note: "by hand" }]).split("\n");
  assert.match(lines[2], /forged <token> +\| 200 requests\/s +\| 100 plain +\| 2\.00 \(0\.500 to 3\.00\) +\| >= 1 /);
  assert.match(lines[3], /<= 2, missed/);
  assert.equal(lines.at(-1), "- wait: by hand");
  assert.doesNotMatch(lines[0], /p50/);
  assert.equal(new Set(lines.slice(0, 4).map((line) => line.length)).size, 1);
});

/** @param {string} svg */
function assertWellFormed(svg) {
  /** @type {string[]} */
  const open = [];
  for (const [, end, name, empty] of svg.matchAll(/<(\/?)([a-z]+)(?: [a-zA-Z0-9:-]+="[^"<&]*(?:&#\d+;[^"<&]*)*")*(\/?)>/g)) {
    if (end) assert.equal(open.pop(), name);
    else if (!empty) open.push(name);
  }
  assert.deepEqual(open, []);
  assert.equal(svg.replace(/<[^<>]*>/g, "").match(/[<>]|&(?!#\d+;)/), null, "the text holds no markup characters");
}

test("the chart of ratios is well-formed with any names, and draws only figures with a reference", () => {
  const chart = ratioChart("edge", [forged, { name: "alone", unit: "ms", ours: [1] }])["edge.svg"];
  assertWellFormed(chart);
  assert.match(chart, /forged &#60;token&#62; \/ plain/);
  assert.doesNotMatch(chart, /alone/);
  assert.deepEqual(ratioChart("edge", [{ name: "alone", unit: "ms", ours: [1] }]), {});
  assert.throws(() => assertWellFormed(bars({ title: "t", unit: "u", rows: [{ label: "a", value: 1 }] }).replace("</svg>", "")));
});

test("the command line names parts and extent", () => {
  assert.deepEqual(readOptions([]), { parts: PARTS, isForRecord: false });
  assert.deepEqual(readOptions(["mail", "all"]).parts, PARTS);
  assert.deepEqual(readOptions(["mail", "edge", "mail", "--record"]), { parts: ["edge", "mail"], isForRecord: true });
  assert.deepEqual(extentOf("edge", readOptions(["edge", "--rounds", "3"])), { rounds: 3, seconds: 3 });
  assert.deepEqual(extentOf("mail", readOptions(["--quick"])), { rounds: 1, seconds: 1 });
  for (const words of [["edges"], ["--rounds"], ["--rounds", "0"], ["--seconds", "4s"], ["--seconds", "-1"]]) {
    assert.throws(() => readOptions(words), { message: /is neither a part nor an option|must be a number/ });
  }
});

test("a wrong argument ends scripts/bench with its usage, before any measurement", () => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [join(import.meta.dirname, "bench.mjs"), "edgy"], { encoding: "utf8" });
  assert.equal(status, 2);
  assert.match(stderr, /edgy is neither a part nor an option\.\nscripts\/bench \[edge\|origin/);
  assert.equal(stdout, "");
});

test("results hold the machine, and are written to every wanted folder", () => {
  const folder = mkdtempSync(join(tmpdir(), "rekey-results-"));
  try {
    const machine = describeMachine();
    assert.match(machineLine(machine), /\d+ cores, \d+ MiB; .+Linux \d.+; PostgreSQL \d+.+, workerd \d{4}-.+, node v\d+/);
    const result = { machine, date: "2026-11-21T00:00:00Z", commit: "0123456789ab", extent: "3 rounds", figures: [forged] };
    const folders = [join(folder, "a"), join(folder, "b/c")];
    writeResult(folders, "edge", result, { "edge.svg": "<svg/>" });
    for (const one of folders) {
      assert.deepEqual(JSON.parse(readFileSync(join(one, "edge.json"), "utf8")), result);
      assert.equal(readFileSync(join(one, "edge.svg"), "utf8"), "<svg/>");
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const told = { requests: 100, seconds: 2, p50: 1, p99: 2, refused: 100, broken: 0 };

test("a load with wrong answers gives no figure", () => {
  const refusing = { ...malformedBody() };
  const accepting = { ...refusing, status: 202 };
  assert.deepEqual(judgeLoad(refusing, told), { perSecond: 50, p50: 1, p99: 2, wanted: 100, refused: 0 });
  assert.equal(judgeLoad(accepting, { ...told, refused: 0 }).perSecond, 50);
  assert.throws(() => judgeLoad(refusing, { ...told, refused: 99 }), /99 of 100 answers were refusals/);
  assert.throws(() => judgeLoad(accepting, { ...told, refused: 1 }), /1 of 100 answers were refusals, not 0/);
  assert.throws(() => judgeLoad(refusing, { ...told, broken: 1 }), /1 connections broke/);
  assert.throws(() => judgeLoad(refusing, { ...told, requests: 0, refused: 0 }), /nothing was answered/);
});

test("if overload is part of the flow, refused calls do not count for the rate, and other events are still reported", () => {
  const flow = { ...malformedBody(), status: 202, event: "forgot.accepted", overload: ["limiter.failed"] };
  const { perSecond, wanted, refused } = judgeLoad(flow, { ...told, refused: 40 });
  assert.deepEqual({ perSecond, wanted, refused }, { perSecond: 30, wanted: 60, refused: 40 });
  const events = new Map([["forgot.accepted", 60], ["limiter.failed", 40]]);
  checkEvents(events, flow, 60);
  assert.throws(() => checkEvents(events, flow, 61), /61 answers, but 60 times/);
  assert.throws(() => checkEvents(events.set("alarm.fault", 1), flow, 60), /1 times alarm\.fault/);
});

test("wrk's figures are its last line", () => {
  const words = { requests: 4, microseconds: 2e6, latencies: [[1000, 3], [7000, 1]], refused: 1, broken: 0 };
  assert.deepEqual(toldBy(`Running 1s test\n${JSON.stringify(words)}\n`, 2), { requests: 4, seconds: 2, p50: 1, p99: 7, refused: 1, broken: 0 });
  assert.deepEqual(toldBy(JSON.stringify({ ...words, requests: 0, latencies: [] }), 2).requests, 0);
  assert.throws(() => toldBy("unable to connect\n", 2), /wrk told no figures/);
});

/** As stats_correct of wrk 4.1. @param {[number, number][]} raw @param {number} interval @returns {[number, number][]} */
function correctedByWrk(raw, interval) {
  const counts = new Map(raw);
  for (let value = 2 * interval; value <= Math.max(...raw.map(([one]) => one)); ++value) {
    const count = counts.get(value) ?? 0;
    for (let added = value - interval; count > 0 && added > interval; added -= interval) counts.set(added, (counts.get(added) ?? 0) + count);
  }
  return [...counts].sort(([a], [b]) => a - b);
}

test("wrk's correction of the latencies is undone, to the last answer", () => {
  /** @type {[number, number][]} */
  const raw = [[90, 500], [100, 400], [180, 60], [200, 20], [201, 7], [290, 4], [300, 5], [470, 3], [1234, 1]];
  const run = { requests: 1000, microseconds: 25_000, connections: 4 }; // a mean of 100 microseconds for each answer
  const corrected = correctedByWrk(raw, 100);
  assert.notDeepEqual(corrected, raw);
  assert.deepEqual(uncorrected(corrected, run), raw);
  assert.deepEqual(uncorrected([[5e6, 3]], { requests: 3, microseconds: 6e6, connections: 4 }), [[5e6, 3]], "fewer answers than connections are not corrected");
});

test("anything but one latency for each answer is an error: another wrk may correct differently", () => {
  const run = { requests: 1000, microseconds: 25_000, connections: 4 };
  assert.throws(() => uncorrected([[90, 999]], run), /told 999 latencies of 1000 answers/);
  assert.throws(() => uncorrected([[90, 1000], [350, 1]], run), /latencies of 1000 answers/);
});

test("quantiles of counted latencies equal those of the single latencies", () => {
  assert.deepEqual([0, 0.5, 0.99, 1].map((share) => quantileOf([[1000, 1], [2000, 98], [9000, 1]], share)), [1, 2, 9, 9]);
  assert.throws(() => quantileOf([], 0.5), /of nothing/);
});

test("for a server that is sometimes late wrk gives a raw latency for each answer", async () => {
  let turn = 0;
  const server = createServer((request, response) => {
    const answer = () => response.writeHead(202, { "content-length": 2 }).end("{}");
    request.resume().on("end", () => (++turn % 50 === 0 ? setTimeout(answer, 60) : answer()));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  try {
    const load = await loadOf(`http://127.0.0.1:${port}`, { ...malformedBody(), status: 202 }, { connections: 4, seconds: 1 });
    assert.ok(load.wanted > 100 && load.p99 >= 55 && load.p50 < 55, `${load.wanted} answers, p50 ${load.p50} ms, p99 ${load.p99} ms`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

/** @type {import("./edge_stages.mjs").Run} */
const forgotRun = {
  connections: 16,
  loads: Object.fromEntries([knownAddress().name, `${knownAddress().name}, FastAPI`].map((name, side) =>
    [name, [1, 2].map((round) => ({ perSecond: 1, p50: 1, p99: 1, wanted: 1000 * round, refused: 0, mails: 10 * round + side }))])),
};

test("a note has the mails that each side sent under load, beside the accepted requests", () => {
  assert.match(mailsNote(forgotRun, knownAddress()), /ours 30 mails for 3,000 accepted requests, FastAPI 32 mails for 3,000 accepted requests; no limit holds/);
});

for (const part of PARTS) {
  test(`the part ${part} states its extent, with rounds only if it has them`, async () => {
    const { extent } = await import(`./${part}.mjs`);
    const [quick, usual] = [{ rounds: 1, seconds: 1 }, { rounds: 7, seconds: 5 }].map(extent);
    assert.notEqual(quick, usual);
    assert.equal(/7 rounds/.test(usual), ["edge", "origin", "accounts"].includes(part), usual);
  });
}

test("a wrong event in the log, or too few right ones, are reported; the log is emptied", () => {
  const folder = mkdtempSync(join(tmpdir(), "rekey-log-"));
  const log = join(folder, "log");
  try {
    writeFileSync(log, '{"time":"t","event":"token.forged","status":400}\nworkerd: disconnected\n{"event":"token.forged"}\n');
    assert.deepEqual([...takeEvents({ log })], [["token.forged", 2]]);
    assert.equal(readFileSync(log, "utf8"), "");
  } finally {
    rmSync(folder, { recursive: true });
  }
  const flow = { name: "forged token", event: "token.forged" };
  const events = countEvents('{"event":"token.forged"}{"event":"service.unavailable"}');
  assert.throws(() => checkEvents(events, flow, 1), /1 times service\.unavailable/);
  assert.throws(() => checkEvents(countEvents('{"event":"token.forged"}'), flow, 2), /2 answers, but 1 times/);
  checkEvents(countEvents('{"event":"token.forged"}'), flow, 1);
});

const BASE = "https://account.example.com";
const LIMITS = { LIMIT_FORGOT_PER_CLIENT: "1/3600", ORIGIN_URLS: "http://127.0.0.1:1" };

/** Settings with limiters in memory, as in the edge's tests. */
function plainEnvironment() {
  /** @type {Map<string, number>} */
  const kept = new Map();
  const take = async (/** @type {string} */ name, /** @type {import("./plain_worker.js").Limit} */ limit) => {
    const turn = takeTurn(kept.get(name) ?? 0, limit, Date.now());
    if (turn.isAllowed) kept.set(name, turn.nextFree);
    return turn;
  };
  const LIMITER = { idFromName: (/** @type {string} */ name) => name, get: (/** @type {string} */ name) => ({ take: take.bind(undefined, name) }) };
  return { ...settings, LIMIT_FORGOT_PER_CLIENT: "1/3600", LIMIT_FAILURES_PER_CLIENT: "100000/1", LIMITER };
}

/** @param {Response} answer */
async function seen(answer) {
  return { status: answer.status, names: [...answer.headers.keys()].sort(), type: answer.headers.get("content-type"), body: await answer.text() };
}

/** Calls our Worker and the plain one. */
class Pair {
  edge = new NodeEdge(LIMITS);
  environment = plainEnvironment();

  /** @param {string} path @param {string} body @param {{method?: string, headers?: Record<string, string>}} [other] */
  async ask(path, body, { method = "POST", headers = {} } = {}) {
    const init = { method, headers: { "content-type": "application/json", "cf-connecting-ip": "198.51.100.1", ...headers }, body };
    const ours = await seen(await this.edge.fetch(path, { base: BASE, ...init }));
    return { ours, theirs: await seen(await plain.fetch(new Request(BASE + path, init), this.environment, { waitUntil: () => {} })) };
  }
}

/** The plain Worker's log is not the test's. @param {import("node:test").TestContext} context */
function silence(context) {
  return context.mock.method(console, "log", () => {});
}

for (const flow of [forgedToken(settings.RESET_PASSWORD_TOKEN_SECRET), malformedBody(), limitedClient()]) {
  test(`the plain Worker answers the flow ${flow.name} as ours does: status, header names, body and event`, async (context) => {
    const log = silence(context);
    const pair = new Pair();
    const [first, ...others] = flow.requests;
    if (flow.status === 429) await pair.ask(flow.path, first.body, { headers: { "cf-connecting-ip": first.client } });
    for (const { client, body } of others.slice(0, 10)) {
      const { ours, theirs } = await pair.ask(flow.path, body, { headers: { "cf-connecting-ip": client } });
      assert.deepEqual(theirs, ours);
      assert.equal(ours.status, flow.status);
      assert.equal(pair.edge.eventNames.at(-1), flow.event);
      assert.equal(JSON.parse(log.mock.calls.at(-1)?.arguments[0]).event, flow.event);
    }
  });
}

const RESET = "/api/users/reset-password";
const FORGOT = "/api/users/forgot-password";
const token = mintToken();

/** @type {[string, string, string, Parameters<Pair["ask"]>[2]?][]} */
const nearMisses = [
  ["an expired token", RESET, JSON.stringify({ token: mintToken({ expiresIn: -1 }), new_password: "a long enough one" })],
  ["a token of another purpose", RESET, JSON.stringify({ token: mintToken({ purpose: "rekey session v1" }), new_password: "a long enough one" })],
  ["a token of an unknown key", RESET, JSON.stringify({ token: mintToken({ keyId: 9 }), new_password: "a long enough one" })],
  ["a token that is too short", RESET, JSON.stringify({ token: token.slice(1), new_password: "a long enough one" })],
  ["a short password", RESET, JSON.stringify({ token, new_password: "short" })],
  ["a long password", RESET, JSON.stringify({ token, new_password: "long ".repeat(60) })],
  ["a missing field", RESET, JSON.stringify({ token })],
  ["an unknown field", RESET, JSON.stringify({ token, new_password: "a long enough one", more: "x" })],
  ["a repeated field", FORGOT, '{"email": "a@example.com", "email": "b@example.com"}'],
  ["a field of another type", FORGOT, '{"email": 1}'],
  ["a control character", FORGOT, '{"email": "a\\u0000@example.com"}'],
  ["no object", FORGOT, '["a@example.com"]'],
  ["no address", FORGOT, '{"email": "a@example"}'],
  ["a body of more than 8 KiB", FORGOT, JSON.stringify({ email: "a".repeat(9000) })],
  ["another type", FORGOT, "email=a", { headers: { "content-type": "text/plain" } }],
  ["a content coding", FORGOT, "{}", { headers: { "content-encoding": "gzip" } }],
  ["a query", `${FORGOT}?a=b`, "{}"],
  ["another method", FORGOT, "{}", { method: "PUT" }],
  ["a call of another site", FORGOT, "{}", { headers: { "sec-fetch-site": "cross-site" } }],
];

test("the plain Worker also makes the edge's other checks of these calls", async (context) => {
  silence(context);
  const pair = new Pair();
  for (const [what, path, body, other] of nearMisses) {
    const { ours, theirs } = await pair.ask(path, body, other);
    assert.ok(ours.status >= 400 && ours.status < 500, what);
    assert.deepEqual({ what, status: theirs.status, names: theirs.names }, { what, status: ours.status, names: ours.names });
  }
});

test("the plain Worker's limiter passes as many calls as its limit says", () => {
  const limit = { count: 3, seconds: 60 };
  let nextFree = 0;
  const turns = Array.from({ length: 4 }, () => {
    const turn = takeTurn(nextFree, limit, 1e9);
    if (turn.isAllowed) nextFree = turn.nextFree;
    return turn;
  });
  assert.deepEqual(turns.map((turn) => turn.isAllowed), [true, true, true, false]);
  assert.deepEqual([turns[3].retryAfter, turns[3].reset], [20, 60]);
  assert.equal(takeTurn(nextFree, limit, 1e9 + 20_000).isAllowed, true);
});
