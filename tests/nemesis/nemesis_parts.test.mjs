// The tools of the torment: each does what its name says. A fault without an effect would prove nothing.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { until } from "../system/polling.mjs";
import { EdgeClient } from "./edge_client.mjs";
import { carryOut } from "./fault_acts.mjs";
import { FaultyLink } from "./faulty_link.mjs";
import { FaultyRelay } from "./faulty_relay.mjs";
import { Recorder, readHistory } from "./recorder.mjs";
import { SeededRandom } from "./seeded_random.mjs";
import { SmallDisk } from "./small_disk.mjs";
import { SteppedClock, clockLibrary } from "./stepped_clock.mjs";
import { WatchedPart } from "./watched_part.mjs";

const folder = mkdtempSync(join(tmpdir(), "rekey-nemesis-parts-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));

/** @param {string} text */
const mailText = (text) => `Message-ID: <1@x>\r\nSubject: s\r\nContent-Type: text/plain\r\n\r\n${text}`;

/** A link to a server that echoes all bytes. @param {import("node:test").TestContext} t */
async function echoThroughLink(t) {
  const echo = createServer((socket) => void socket.on("error", () => {}).pipe(socket)).listen(0, "127.0.0.1");
  await once(echo, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (echo.address());
  const link = new FaultyLink(() => ({ host: "127.0.0.1", port }));
  const linkPort = await link.listen();
  const socket = connect(linkPort, "127.0.0.1");
  const seen = { text: "", closed: false };
  socket.on("data", (bytes) => (seen.text += bytes)).on("close", () => (seen.closed = true)).on("error", () => {});
  t.after(() => {
    link.close();
    echo.close();
  });
  await once(socket, "connect");
  return { link, linkPort, socket, seen };
}

test("an open link forwards all bytes", async (t) => {
  const { socket, seen } = await echoThroughLink(t);
  socket.write("hello");
  await until("it is back", () => seen.text === "hello");
});

test("a cut link ends its connections and accepts no new ones", async (t) => {
  const { link, linkPort, seen } = await echoThroughLink(t);
  link.become("cut");
  await until("it is closed", () => seen.closed);
  let closed = false;
  connect(linkPort, "127.0.0.1").on("error", () => {}).on("close", () => (closed = true));
  await until("the new one is closed", () => closed);
});

test("a swallowing link delivers nothing, and when mended ends connections that lost bytes", async (t) => {
  const { link, socket, seen } = await echoThroughLink(t);
  link.become("swallow");
  socket.write("lost");
  await until("the bytes are gone", () => [...link.carriages].some(({ lostBytes }) => lostBytes));
  assert.deepEqual(seen, { text: "", closed: false });
  link.become("open");
  await until("it is closed", () => seen.closed);
  assert.equal(seen.text, "");
});

test("a stalling link delivers everything in order when it is mended", async (t) => {
  const { link, socket, seen } = await echoThroughLink(t);
  link.become("stall");
  socket.write("one ");
  await new Promise((resolve) => setTimeout(resolve, 50));
  socket.write("two");
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(seen.text, "");
  link.become("open");
  await until("all is there", () => seen.text === "one two");
});

test("a delaying link delivers later", async (t) => {
  const { link, socket, seen } = await echoThroughLink(t);
  link.become("delay", 150);
  const began = performance.now();
  socket.write("late");
  await until("it is there", () => seen.text === "late");
  assert.ok(performance.now() - began >= 290, "150 ms in each direction");
});

/** @type {[string, string, string][]} the misdeed, the last reply, and the relay's record */
const MISDEEDS = [
  ["", "250", "taken"], ["relay_defers_recipient", "450", ""], ["relay_refuses_recipient", "550", ""], ["relay_greylists", "451", ""],
  ["relay_defers_mail", "451", "later"], ["relay_refuses_mail", "554", "refused"], ["relay_drops_before_reply", "354", "unsaid"],
  ["relay_drops_after_reply", "250", "taken"], ["relay_trickles", "250", "taken"], ["relay_refuses_us", "554", ""],
];

for (const [name, lastReply, writtenDown] of MISDEEDS) {
  test(`a relay that ${name.replace("relay_", "").replaceAll("_", " ") || "serves"} says ${lastReply}`, async (t) => {
    const { relay, recorder, talk } = await relayInTest(t, name);
    assert.equal((await talk()).at(-1)?.slice(0, 3), lastReply);
    assert.deepEqual(recorder.mails.map(({ reply }) => reply), writtenDown ? [writtenDown] : []);
    relay.close();
  });
}

test("a hanging relay does not reply to a mail, and hangs up when it is mended", async (t) => {
  const { relay, recorder, talk } = await relayInTest(t, "relay_hangs");
  const [misdeed] = relay.misdeeds;
  const talking = talk();
  await until("the mail is there", () => recorder.mails.length === 1);
  assert.equal(await Promise.race([talking, sleep(200)]), undefined);
  relay.mend(misdeed);
  assert.equal((await talking).at(-1)?.slice(0, 3), "354");
  assert.deepEqual(recorder.mails.map(({ reply }) => reply), ["unsaid"]);
  relay.close();
});

/** @param {import("node:test").TestContext} t @param {string} misdeed */
async function relayInTest(t, misdeed) {
  const recorder = new Recorder(join(folder, `${misdeed}.jsonl`), "x");
  const relay = new FaultyRelay(recorder, new SeededRandom("x"));
  if (misdeed) relay.misdeeds.add({ name: misdeed, share: 1 });
  const port = await relay.listen();
  t.after(() => recorder.close());
  return { relay, recorder, talk: () => talkTo(port) };
}

/** Sends one mail as far as the relay accepts it. @param {number} port @returns {Promise<string[]>} its replies */
async function talkTo(port) {
  const socket = connect(port, "127.0.0.1").on("error", () => {});
  const words = ["EHLO x", "MAIL FROM:<a@example.com>", "RCPT TO:<b@example.com>", "DATA", `${mailText("hi")}\r\n.`];
  /** @type {string[]} */
  const replies = [];
  let rest = "";
  for await (const chunk of socket) {
    rest += chunk;
    for (; rest.includes("\r\n"); rest = rest.slice(rest.indexOf("\r\n") + 2)) {
      replies.push(rest.slice(0, rest.indexOf("\r\n")));
      const next = /^[23]/.test(/** @type {string} */ (replies.at(-1))) ? words.shift() : undefined;
      if (next === undefined) return socket.destroy(), replies;
      socket.write(`${next}\r\n`);
    }
  }
  return replies;
}

/** A program that only waits, watched like a part of the world. @param {import("node:test").TestContext} t */
async function watchedProgram(t) {
  /** @type {import("node:child_process").ChildProcess[]} */
  const started = [];
  const last = () => /** @type {import("node:child_process").ChildProcess} */ (started.at(-1));
  const service = {
    name: "origin 0",
    get pid() { return last().pid ?? 0; },
    isRunning: () => last().exitCode === null && last().signalCode === null,
    start: async () => void (await once(started[started.push(spawn("sleep", ["600"], { stdio: "ignore" })) - 1], "spawn")),
    end: async (/** @type {NodeJS.Signals} */ signal = "SIGTERM") => {
      const ended = once(last(), "exit");
      last().kill(signal);
      await ended;
    },
    signal: (/** @type {NodeJS.Signals} */ signal) => void last().kill(signal),
    logText: () => "",
  };
  const recorder = new Recorder(join(folder, `acts of ${t.name}.jsonl`), "x");
  const part = new WatchedPart(service, () => recorder.now());
  await part.start();
  t.after(() => Promise.all([part.stop("SIGKILL"), recorder.close()]));
  const world = /** @type {import("./world.mjs").World} */ (/** @type {unknown} */ ({ recorder, part: () => part }));
  const carryOutOne = (/** @type {string} */ name, lasts = 50) => carryOut(world, [{ at: 0, lasts, name, target: "origin 0", detail: {} }]);
  return { started, service, part, recorder, carryOutOne };
}

/** @param {number} pid @returns {string} of proc(5): S sleeps, T is stopped */
const stateOf = (pid) => readFileSync(`/proc/${pid}/stat`, "latin1").replace(/^.*\) /s, "")[0];

for (const [name, signal] of [["kill", "SIGKILL"], ["restart", "SIGTERM"]]) {
  test(`${name} ends a part by ${signal}, and the part is started again`, async (t) => {
    const { started, part, service, recorder, carryOutOne } = await watchedProgram(t);
    await carryOutOne(name);
    assert.deepEqual(started.map(({ signalCode }) => signalCode), [signal, null]);
    assert.deepEqual([service.isRunning(), part.endedUnasked], [true, []]);
    assert.deepEqual(recorder.faults.map((fault) => [fault.name, fault.target, fault.detail.trouble]), [[name, "origin 0", undefined]]);
  });
}

test("a paused part stops, and then continues", async (t) => {
  const { started, service, carryOutOne } = await watchedProgram(t);
  const pause = carryOutOne("pause", 400);
  await until("it stands still", () => stateOf(service.pid) === "T");
  await pause;
  await until("it goes on", () => stateOf(service.pid) === "S");
  assert.equal(started.length, 1);
});

test("a part that ends without being told to is started again, and recorded", async (t) => {
  const { started, service, part } = await watchedProgram(t);
  service.signal("SIGKILL");
  await until("it is started again", () => started.length === 2);
  assert.equal(part.endedUnasked.length, 1);
});

test("a fault that could not be mended is recorded as such", async (t) => {
  const { recorder, part, carryOutOne } = await watchedProgram(t);
  part.restart = () => Promise.reject(new Error("it does not start"));
  await carryOutOne("kill");
  assert.equal(recorder.faults[0].detail.trouble, "Error: it does not start");
});

test("a call is recorded with the problem and the type of its answer", async (t) => {
  const server = createHttpServer((request, response) => {
    request.resume();
    response.writeHead(503, { "content-type": "Application/Problem+JSON; charset=utf-8" }).end('{"type":"urn:rekey:problem:unavailable"}');
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const recorder = new Recorder(join(folder, "calls.jsonl"), "x");
  const client = new EdgeClient(() => [`http://127.0.0.1:${port}`], recorder, new SeededRandom("x"));
  t.after(() => (client.close(), server.close(), recorder.close()));
  const { status, problem, media } = await client.call("forgot", { email: "ada@example.com" });
  assert.deepEqual([status, problem, media], [503, "unavailable", "application/problem+json"]);
});

/** @param {number} milliseconds @returns {Promise<undefined>} */
function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), milliseconds));
}

test("a stepped clock takes effect at once, in its own program alone, and can be stepped back", () => {
  const clock = new SteppedClock(join(folder, "clock"), clockLibrary());
  const ahead = () => Number(execFileSync("date", ["+%s"], { env: { PATH: process.env.PATH, ...clock.environment() }, encoding: "utf8" })) - Date.now() / 1000;
  for (const seconds of [0, 7200, -5, 0]) {
    clock.step(seconds);
    assert.ok(Math.abs(ahead() - seconds) < 2, `${seconds} s`);
  }
  clock.close();
});

test("a full small disk accepts no data, and accepts it again when freed", async (t) => {
  const disk = SmallDisk.mount(join(folder, "disk"), 4);
  if (!disk) return t.skip("mounting needs root");
  t.after(() => disk.unmount());
  await disk.fill();
  assert.throws(() => writeFileSync(join(disk.folder, "more"), "x".repeat(5000)), /ENOSPC/);
  await disk.free();
  writeFileSync(join(disk.folder, "more"), "x".repeat(5000));
});

test("a history is read back as it was written", async () => {
  const recorder = new Recorder(join(folder, "run.jsonl"), "seed");
  recorder.mail({ kind: "mail", at: 1, to: "a@example.com", subject: "reset", token: "t", link: "l", messageId: "m", reply: "taken" });
  recorder.fault({ kind: "fault", began: 1, ended: 2, name: "cut", target: "x", detail: {} });
  /** @type {import("./history.mjs").End} */
  const end = { kind: "end", at: 3, requests: [], deliveries: [], attempts: [], tokens: [], notices: [], users: [], lifetimeSeconds: 60, largestClockStepSeconds: 0 };
  const run = await recorder.finish({ end, writings: [{ name: "log", text: "a\nb" }], secrets: ["s"], frontendUrl: "https://x" });
  const { writings, ...rest } = readHistory(recorder.path);
  assert.deepEqual({ ...rest, writings: writings.map(({ name, text }) => ({ name, text })) }, run);
});
