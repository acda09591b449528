// The origin under a service manager: when it says that it is ready, alive and stopping. Only a database runs beside it.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";

import { until } from "./polling.mjs";
import { ServiceManager } from "./service_manager.mjs";
import { checkout } from "./stack.mjs";

const binary = process.env.REKEY_ORIGIN_BINARY ?? join(checkout, "build", "native", "origin", "rekey-origin");
const folder = mkdtempSync(join(tmpdir(), "rekey-service-"));
const key = () => randomBytes(32).toString("base64url");

/** @param {string} command */
const database = (command) => execFileSync(join(checkout, "scripts/database"), [command, folder], { encoding: "utf8" }).trim();

/** @type {Record<string, string | undefined>} */
let settings;
/** @type {ServiceManager} */
let manager;
/** @type {import("node:child_process").ChildProcess} */
let origin;

/** @param {Record<string, string>} [more] */
function serve(more = {}) {
  origin = spawn(binary, ["serve"], { cwd: "/", env: { ...settings, NOTIFY_SOCKET: manager.socket, ...more }, stdio: "ignore" });
  return once(origin, "exit");
}

before(() => {
  database("start");
  settings = {
    PATH: process.env.PATH,
    DATABASE_URL: database("url"),
    EDGE_ORIGIN_KEYS: `1:${key()}`,
    RESET_PASSWORD_TOKEN_SECRET: `1:${key()}`,
    SEED_SECRET: key(),
    FRONTEND_URL: "https://accounts.example.com",
    MAIL_SERVER: "127.0.0.1",
    MAIL_FROM: "rekey@example.com",
    TEMPLATES_DIR: join(checkout, "templates"),
    ORIGIN_LISTEN: "127.0.0.1:0",
    OPS_LISTEN: "127.0.0.1:0",
  };
  execFileSync(binary, ["migrate"], { cwd: "/", env: settings });
});
beforeEach(async () => {
  manager = await new ServiceManager().start();
});
afterEach(() => {
  origin.kill("SIGKILL");
  manager.stop();
});
after(() => {
  database("drop");
  rmSync(folder, { recursive: true, force: true });
});

const alive = () => manager.messages.filter((message) => message === "WATCHDOG=1").length;

test("it is ready when it answers, alive again and again, and says that it stops before it does", async () => {
  const ended = serve({ WATCHDOG_USEC: "1500000" }); // the manager's queue holds ten messages
  await until("it is ready and alive", () => alive() >= 3);
  assert.equal(manager.messages[0], "READY=1");
  origin.kill("SIGTERM");
  assert.deepEqual(await ended, [0, null]);
  await until("it has said so", () => manager.messages.includes("STOPPING=1"));
  assert.deepEqual(manager.messages.filter((message) => message !== "WATCHDOG=1"), ["READY=1", "STOPPING=1"]);
});

test("a database that hangs is no reason to start it again", async () => {
  serve({ WATCHDOG_USEC: "300000" });
  await until("it is ready", () => alive() >= 1);
  const server = Number(database("process"));
  process.kill(server, "SIGSTOP");
  try {
    const before = alive();
    await until("it is alive without a database", () => alive() >= before + 3);
  } finally {
    process.kill(server, "SIGCONT");
  }
});

test("one that never starts is never ready", async () => {
  const ended = serve({ DATABASE_URL: "postgresql://127.0.0.1:9/none" });
  assert.deepEqual(await ended, [1, null]);
  assert.deepEqual(manager.messages, []);
});

test("the manager's watchdog for another process is not fed", async () => {
  const ended = serve({ WATCHDOG_USEC: "300000", WATCHDOG_PID: "1" });
  await until("it is ready", () => manager.messages.length >= 1);
  origin.kill("SIGTERM");
  await ended;
  assert.equal(alive(), 0);
});
