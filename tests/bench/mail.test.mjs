// The pieces of the mail part: the sink counts and stamps the mails that arrive, a drain that lost a mail gives no figure, rates are right.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createConnection } from "node:net";
import { dirname, join } from "node:path";
import { test } from "node:test";

import { until } from "../system/polling.mjs";
import { bareCurl } from "./mail_bare_curl.mjs";
import { judgeDrain } from "./mail_drain.mjs";
import { preciseClock } from "./mail_latency.mjs";
import { SmtpSink } from "./mail_sink.mjs";
import { latencyOf, mailsBySecond, quantile, readStamps } from "./mail_stamps.mjs";

/**
 * @param {{delayMs?: number}} options
 * @param {(sink: SmtpSink) => Promise<void>} work
 */
async function withSink(options, work) {
  const sink = await SmtpSink.start(options);
  try {
    await work(sink);
  } finally {
    await sink.stop();
  }
}

/**
 * Sends the pieces one by one, and waits for the number of replies.
 * @param {number} port @param {string[]} pieces @param {number} replies
 */
async function converse(port, pieces, replies) {
  const socket = createConnection(port, "127.0.0.1").setNoDelay(true).setEncoding("latin1");
  let heard = "";
  socket.on("data", (text) => (heard += text));
  const count = () => heard.split("\r\n").length - 1;
  for (const piece of pieces) {
    await new Promise((resolve) => socket.write(piece, () => setTimeout(resolve, 5)));
  }
  await until(`${replies} replies have come`, () => count() >= replies, { every: 5, deadline: 3000 });
  socket.destroy();
  return heard.trimEnd().split("\r\n").map((line) => line.slice(0, 3));
}

const begin = "EHLO a\r\nMAIL FROM:<a@example.com>\r\n";
const recipient = "rcpt to:<Mary@example.com>\r\n";

test("the sink counts and stamps every mail that libcurl sends over several connections", () =>
  withSink({}, async (sink) => {
    const clock = preciseClock();
    const began = clock();
    await bareCurl(sink.port, { threads: 3, bytes: 5000, seconds: 5, mails: 300 });
    const ended = clock();
    const stamps = await until("the stamps stand in the file", async () => (await sink.look()).length >= 300 && sink.stamps);
    assert.equal(stamps.length, 300);
    assert.equal(new Set(stamps.map((stamp) => stamp.to)).size, 300);
    assert.ok(stamps.every(({ at }) => at >= began - 1 && at <= ended + 1), "every stamp lies within the run");
    await sink.stop();
    assert.equal(sink.counted, 300);
  }));

test("the sink finds the end of a mail wherever the bytes are cut, and ignores dots inside it", () =>
  withSink({}, async (sink) => {
    const codes = await converse(sink.port, [begin, recipient, "DATA\r\n", "a\r\n..\r\n.b\r\nc.\r\n", "d\r", "\n.", "\r", "\nQUIT\r\n"], 7);
    assert.deepEqual(codes, ["220", "250", "250", "250", "354", "250", "221"]);
    await until("the stamp stands in the file", async () => (await sink.look()).length > 0);
    assert.deepEqual(sink.stamps.map((stamp) => stamp.to), ["Mary@example.com"]);
  }));

test("the sink takes an empty mail, and another after it", () =>
  withSink({}, async (sink) => {
    await converse(sink.port, [`${begin}${recipient}DATA\r\n.\r\n${recipient}DATA\r\nx\r\n.\r\n`], 9);
    await until("both stamps stand in the file", async () => (await sink.look()).length === 2);
  }));

test("an incomplete mail is not counted", () =>
  withSink({}, async (sink) => {
    await converse(sink.port, [begin, recipient, "DATA\r\nhalf a mail\r\n."], 5);
    await sink.stop();
    assert.equal(sink.counted, 0);
  }));

test("a measurement that exits early leaves neither the sink nor its folder behind", async () => {
  const sink = join(import.meta.dirname, "mail_sink.mjs");
  const program = `import { SmtpSink } from "${sink}"; const { path, process: { pid } } = await SmtpSink.start(); console.log(path, pid); process.exit(1);`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], { encoding: "utf8" });
  const [path, pid] = stdout.trim().split(" ");
  assert.match(path, /rekey-sink-.*stamps$/);
  assert.equal(existsSync(dirname(path)), false);
  await until("the sink has ended", () => !isRunning(Number(pid)));
});

/** @param {number} pid */
function isRunning(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test("the sink hangs up on a line without an end", () =>
  withSink({}, async (sink) => {
    const socket = createConnection(sink.port, "127.0.0.1").resume();
    socket.on("error", () => {});
    socket.write("x".repeat(10_000));
    await new Promise((resolve) => socket.on("close", resolve));
  }));

test("a delay holds only the reply to the mail", () =>
  withSink({ delayMs: 300 }, async (sink) => {
    const began = performance.now();
    const rate = await bareCurl(sink.port, { threads: 2, bytes: 1000, seconds: 5, mails: 4 });
    const took = performance.now() - began;
    assert.ok(took >= 590 && rate <= 4 / 0.59, `four mails over two connections took ${took} ms`);
  }));

test("bare libcurl reports a missing relay", async () => {
  await assert.rejects(bareCurl(1, { threads: 1, bytes: 1000, seconds: 1 }), /a mail was not taken/);
});

/** @param {string[]} recipients @param {number} left @param {number} [until] */
function drain(recipients, left, until = 5000) {
  const stamps = recipients.map((to, index) => ({ to, at: 1000 + 500 * index }));
  return judgeDrain(stamps, { from: 1000, until, expected: 3, left });
}

test("a complete drain is measured up to its last mail", () => {
  assert.deepEqual(drain(["a", "b", "c"], 0), { mails: 3, copies: 0, left: 0, seconds: 1, perSecond: 3, waited: 0, bySecond: [2] });
});

test("a drain that lost a mail is an error, even if a copy of another one makes up the number", () => {
  assert.throws(() => drain(["a", "b"], 0), /1 of 3 mails never came/);
  assert.throws(() => drain(["a", "b", "b"], 0), /1 of 3 mails never came/);
  assert.throws(() => drain([], 0), /3 of 3 mails never came/);
});

test("a drain that was cut off is measured over the whole time, with the number left", () => {
  assert.deepEqual(drain(["a", "b"], 1), { mails: 2, copies: 0, left: 1, seconds: 4, perSecond: 0.5, waited: 0, bySecond: [2, 0, 0, 0] });
  assert.equal(drain(["a", "b"], 2, 1400).mails, 1, "mails after the cut are not counted");
});

test("the seconds of a drain are counted from its first mail, its rate from the burst", () => {
  const stamps = [2500, 3000, 3600].map((at) => ({ to: `${at}`, at }));
  const { perSecond, waited, bySecond } = judgeDrain(stamps, { from: 1000, until: 3600, expected: 3, left: 0 });
  assert.deepEqual([perSecond, waited, bySecond], [3 / 2.6, 1.5, [2]]);
});

test("stamps are read as whole lines, and the rest is kept for the next", () => {
  const { stamps, rest } = readStamps("1795268109235482401 a@example.com\n1795268109236000000 b@example.com\n17952");
  assert.deepEqual(stamps.map((stamp) => stamp.to), ["a@example.com", "b@example.com"]);
  assert.ok(Math.abs(stamps[1].at - stamps[0].at - 0.517599) < 0.001, "microseconds survive");
  assert.equal(rest, "17952");
  assert.throws(() => readStamps("never\n"), /no stamp/);
});

test("mails are counted by whole seconds", () => {
  const stamps = [999, 1000, 1999, 2000, 3999, 4000].map((at) => ({ at, to: "a" }));
  assert.deepEqual(mailsBySecond(stamps, 1000, 4500), [2, 1, 1]);
  assert.deepEqual(mailsBySecond(stamps, 1000, 1100), [2], "at least one second");
});

test("quantiles are measured values", () => {
  assert.equal(quantile([3, 1, 2], 0.5), 2);
  assert.deepEqual(latencyOf(Array.from({ length: 100 }, (_, i) => i)), { p50: 50, p99: 99 });
  assert.throws(() => quantile([], 0.5));
});
