// The tools of the torment, each seen to do what its name says: a fault that does nothing would prove nothing.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { until } from "../system/polling.mjs";
import { FaultyLink } from "./faulty_link.mjs";
import { FaultyRelay } from "./faulty_relay.mjs";
import { Recorder, readHistory } from "./recorder.mjs";
import { SeededRandom } from "./seeded_random.mjs";
import { SmallDisk } from "./small_disk.mjs";
import { SteppedClock, clockLibrary } from "./stepped_clock.mjs";

const folder = mkdtempSync(join(tmpdir(), "rekey-nemesis-parts-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));

/** @param {string} text */
const mailText = (text) => `Message-ID: <1@x>\r\nSubject: s\r\nContent-Type: text/plain\r\n\r\n${text}`;

/** What one side sends comes back from the other. @param {import("node:test").TestContext} t */
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

test("an open link carries what comes", async (t) => {
  const { socket, seen } = await echoThroughLink(t);
  socket.write("hello");
  await until("it is back", () => seen.text === "hello");
});

test("a link that is cut ends its connections and takes no new ones", async (t) => {
  const { link, linkPort, seen } = await echoThroughLink(t);
  link.become("cut");
  await until("it is closed", () => seen.closed);
  let closed = false;
  connect(linkPort, "127.0.0.1").on("error", () => {}).on("close", () => (closed = true));
  await until("the new one is closed", () => closed);
});

test("a link that swallows delivers nothing, and ends what has lost bytes when it is mended", async (t) => {
  const { link, socket, seen } = await echoThroughLink(t);
  link.become("swallow");
  socket.write("lost");
  await until("the bytes are gone", () => [...link.carriages].some(({ lostBytes }) => lostBytes));
  assert.deepEqual(seen, { text: "", closed: false });
  link.become("open");
  await until("it is closed", () => seen.closed);
  assert.equal(seen.text, "");
});

test("a link that stalls delivers all, in order, when it is mended", async (t) => {
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

test("a link that delays delivers later", async (t) => {
  const { link, socket, seen } = await echoThroughLink(t);
  link.become("delay", 150);
  const began = performance.now();
  socket.write("late");
  await until("it is there", () => seen.text === "late");
  assert.ok(performance.now() - began >= 290, "150 ms in each direction");
});

/** @type {[string, string, string][]} the misdeed, the last reply that is heard, and what the relay writes down */
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

/** @param {import("node:test").TestContext} t @param {string} misdeed */
async function relayInTest(t, misdeed) {
  const recorder = new Recorder(join(folder, `${misdeed}.jsonl`), "x");
  const relay = new FaultyRelay(recorder, new SeededRandom("x"));
  if (misdeed) relay.misdeeds.add({ name: misdeed, share: 1 });
  const port = await relay.listen();
  t.after(() => recorder.close());
  return { relay, recorder, talk: () => talkTo(port) };
}

/** One mail, as far as the relay goes along. @param {number} port @returns {Promise<string[]>} its replies */
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

test("a stepped clock is seen at once, by it alone, and goes back", () => {
  const clock = new SteppedClock(join(folder, "clock"), clockLibrary());
  const ahead = () => Number(execFileSync("date", ["+%s"], { env: { PATH: process.env.PATH, ...clock.environment() }, encoding: "utf8" })) - Date.now() / 1000;
  for (const seconds of [0, 7200, -5, 0]) {
    clock.step(seconds);
    assert.ok(Math.abs(ahead() - seconds) < 2, `${seconds} s`);
  }
  clock.close();
});

test("a small disk that is full takes nothing, and takes it again when freed", async (t) => {
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
  const end = { kind: "end", at: 3, requests: [], tokens: [], notices: [], users: [], lifetimeSeconds: 60, largestClockStepSeconds: 0 };
  const run = await recorder.finish({ end, writings: [{ name: "log", text: "a\nb" }], secrets: ["s"], frontendUrl: "https://x" });
  const { writings, ...rest } = readHistory(recorder.path);
  assert.deepEqual({ ...rest, writings: writings.map(({ name, text }) => ({ name, text })) }, run);
});
