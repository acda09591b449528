// The origin's log on a running origin: a reader that stalls holds nothing up, SIGHUP opens the file again, and failures to start are
// lines of the log.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, renameSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { keepBusy, until } from "./polling.mjs";
import { freePorts, readSettings, startStack } from "./stack.mjs";

/** @type {import("./stack.mjs").Stack} */
let stack;
/** @type {Record<string, string>} the stack's settings, for origins beside its own */
let settings;

before(async () => {
  stack = await startStack();
  settings = { ...readSettings(join(stack.folder, "env")), ORIGIN_LISTEN: "127.0.0.1:0", OPS_LISTEN: "127.0.0.1:0" };
});
after(() => stack?.stop());

/** @param {string} text @returns {Record<string, any>[]} */
const linesOf = (text) => text.split("\n").filter(Boolean).map((line) => JSON.parse(line));

/** An origin beside the stack's, on the same database, whose standard error the test reads or does not read. */
class Origin {
  output = "";

  /** @param {Record<string, string>} [more] settings */
  constructor(more = {}) {
    this.child = spawn(stack.origin.binary, ["serve"], { cwd: "/", env: { PATH: process.env.PATH, ...settings, ...more }, stdio: ["ignore", "ignore", "pipe"] });
    this.ended = once(this.child, "exit");
    this.child.stderr?.setEncoding("utf8").on("data", (text) => (this.output += text));
  }

  pause() {
    this.child.stderr?.pause();
  }

  resume() {
    this.child.stderr?.resume();
  }

  /** @returns {Promise<{code: number | null, signal: string | null}>} */
  async end(signal = /** @type {NodeJS.Signals} */ ("SIGTERM")) {
    this.child.kill(signal);
    const [code, name] = await this.ended;
    return { code, signal: name };
  }
}

/** An unsigned call, which the origin refuses with one line in its log. @param {number} port */
async function unsignedCall(port) {
  const response = await fetch(`http://127.0.0.1:${port}/internal/health`, { method: "POST", body: "{}" });
  assert.equal(response.status, 401);
  await response.arrayBuffer();
}

/** Makes more lines than fit into the pipe and the test's own buffers. @param {number} port @returns {Promise<number>} their number */
async function fillLog(port) {
  let calls = 0;
  await keepBusy(4, () => calls >= 4000, () => (++calls, unsignedCall(port)));
  return calls;
}

/** @param {string} text @returns {string} the port that `origin.started` tells */
const portIn = (text) => /"event":"origin.started"[^\n]*"listen":"127\.0\.0\.1:(\d+)"/.exec(text)?.[1] ?? "";

describe("a reader that stalls", () => {
  test("holds no call up; when it goes on, no line is missing that is not counted", async () => {
    const port = await freePorts(2);
    const opsPort = port + 1;
    const origin = new Origin({ ORIGIN_LISTEN: `127.0.0.1:${port}`, OPS_LISTEN: `127.0.0.1:${opsPort}`, ORIGIN_NAME: "stalled" });
    try {
      await until("the origin listens", () => portIn(origin.output));
      origin.pause();
      const calls = await fillLog(port);
      assert.equal((await fetch(`http://127.0.0.1:${opsPort}/healthz`)).status, 200);
      assert.match(await (await fetch(`http://127.0.0.1:${opsPort}/metrics`)).text(), /^rekey_log_lines_lost_total 0$/m);
      origin.resume();
      const refusals = () => origin.output.split('"event":"origin.unsigned"').length - 1;
      await until("all lines are there", () => refusals() === calls);
      for (const line of linesOf(origin.output)) assert.equal(line.origin, "stalled");
    } finally {
      await origin.end();
    }
  });

  test("does not hold the end up either", async () => {
    const port = await freePorts(1);
    const origin = new Origin({ ORIGIN_LISTEN: `127.0.0.1:${port}` });
    await until("the origin listens", () => portIn(origin.output));
    origin.pause();
    await fillLog(port);
    origin.child.kill("SIGTERM");
    await until("the origin has ended", () => origin.child.exitCode !== null || origin.child.signalCode !== null);
    assert.equal(origin.child.exitCode, 0);
    origin.resume();
  });

  test("that goes away ends nothing", async () => {
    const port = await freePorts(1);
    const origin = new Origin({ ORIGIN_LISTEN: `127.0.0.1:${port}` });
    await until("the origin listens", () => portIn(origin.output));
    origin.child.stderr?.destroy();
    for (let i = 0; i < 3; ++i) await unsignedCall(port);
    assert.deepEqual(await origin.end(), { code: 0, signal: null });
  });
});

describe("SIGHUP", () => {
  test("opens the file of the log again", async () => {
    const port = await freePorts(1);
    const file = join(stack.folder, "rotated.log");
    const origin = new Origin({ ORIGIN_LISTEN: `127.0.0.1:${port}`, LOG_FILE: file });
    const text = (/** @type {string} */ name) => {
      try {
        return readFileSync(name, "utf8");
      } catch {
        return "";
      }
    };
    try {
      await until("the origin listens", () => portIn(text(file)));
      await unsignedCall(port);
      await until("the line is written", () => text(file).includes("origin.unsigned"));
      renameSync(file, `${file}.1`);
      origin.child.kill("SIGHUP");
      await until("the file is there again", () => text(file).includes("log.reopened"));
      await unsignedCall(port);
      await until("lines go to the new file", () => text(file).includes("origin.unsigned"));
      assert.equal(linesOf(text(`${file}.1`)).filter(({ event }) => event === "origin.unsigned").length, 1);
      assert.equal(origin.output, "");
    } finally {
      assert.deepEqual(await origin.end(), { code: 0, signal: null });
      rmSync(`${file}.1`);
    }
    assert.equal(linesOf(text(file)).at(-1)?.event, "origin.stopped");
  });

  test("ends no origin that logs to standard error, and SIGTERM still ends it in order", async () => {
    const origin = new Origin();
    await until("the origin listens", () => origin.output.includes("origin.started"));
    for (let i = 0; i < 3; ++i) origin.child.kill("SIGHUP");
    assert.deepEqual(await origin.end(), { code: 0, signal: null });
    assert.equal(linesOf(origin.output).at(-1)?.event, "origin.stopped");
  });

  test("does not end an origin that is starting", async () => {
    const database = createServer().listen(0, "127.0.0.1");
    await once(database, "listening");
    const { port } = /** @type {import("node:net").AddressInfo} */ (database.address());
    const asked = once(database, "connection");
    const origin = new Origin({ DATABASE_URL: `postgresql://127.0.0.1:${port}/rekey?sslmode=disable` });
    try {
      const [socket] = await asked; // it waits for the database's answer
      origin.child.kill("SIGHUP");
      socket.destroy(); // now the start fails for a reason of its own
      assert.deepEqual(await origin.ended, [1, null]);
    } finally {
      database.close();
    }
  });
});

describe("an origin that cannot start", () => {
  /** @param {Record<string, string>} more @returns {Promise<{code: number, lines: Record<string, any>[]}>} */
  async function failedStart(more) {
    const origin = new Origin(more);
    const [code] = await origin.ended;
    await until("its output is read", () => origin.child.stderr?.readableEnded);
    return { code, lines: linesOf(origin.output) };
  }

  test("tells each wrong setting in a line of the log, without its value", async () => {
    const { code, lines } = await failedStart({ MAIL_PORT: "secret", LOG_LEVEL: "loud" });
    assert.equal(code, 2);
    assert.deepEqual(lines.map(({ level, event, reason }) => [level, event, reason]), [
      ["error", "origin.gave_up", "LOG_LEVEL must be one of info, warning, error"],
      ["error", "origin.gave_up", "MAIL_PORT must be a number from 1 to 65535"],
    ]);
  });

  test("tells why, on standard error and in its file", async () => {
    const file = join(stack.folder, "failed.log");
    const { code, lines } = await failedStart({ ORIGIN_LISTEN: new URL(stack.originUrl).host, LOG_FILE: file, ORIGIN_NAME: "second" });
    assert.equal(code, 1);
    assert.equal(lines.length, 1);
    assert.equal(lines[0].event, "origin.gave_up");
    assert.match(lines[0].reason, /in use/);
    const inFile = linesOf(readFileSync(file, "utf8"));
    assert.deepEqual(inFile.map(({ event, origin, reason }) => [event, origin, reason]), [["origin.gave_up", "second", lines[0].reason]]);
  });

  test("for its log file says so", async () => {
    const { code, lines } = await failedStart({ LOG_FILE: join(stack.folder, "no/such/folder") });
    assert.equal(code, 1);
    assert.deepEqual(lines.map(({ reason }) => reason), ["LOG_FILE names a file that cannot be opened: No such file or directory"]);
  });
});

test("each line of a call tells its use case, its outcome and its duration, and every line its origin", async () => {
  await stack.post("/api/users/forgot-password", { email: "nobody@example.com" });
  // The last line may still be incomplete.
  const log = () => linesOf(readFileSync(join(stack.folder, "log", "origin.log"), "utf8").replace(/[^\n]*$/, ""));
  const line = await until("the call is logged", () => log().find(({ event }) => event === "forgot.accepted"));
  assert.equal(line.use_case, "forgot-password");
  assert.equal(line.outcome, "accepted");
  assert.ok(Number.isInteger(line.duration_us) && line.duration_us > 0);
  for (const { origin } of log()) assert.ok(origin.endsWith(`:${new URL(stack.originUrl).port}`), origin);
});
