// edge/host/start and edge/host/watch as a service manager runs them: secrets from files and credentials, readiness, the watchdog.
// Programs named systemd-notify and timeout take the messages and the probes down. Needs `scripts/build workerd`, which it runs.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";

import { settings as secrets } from "../edge/keys.mjs";
import { buildForWorkerd } from "../edge/workerd_process.mjs";
import { until } from "../system/polling.mjs";
import { checkout, freePorts } from "../system/stack.mjs";

const start = join(checkout, "build/workerd/start");
let folder = "";
let port = 0;

/** @returns {string[]} probes and messages, in their order */
const told = () => (existsSync(join(folder, "told")) ? readFileSync(join(folder, "told"), "utf8").split("\n").slice(0, -1) : []);

/** @param {string} name @param {string} text */
function write(name, text) {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

/** @param {Record<string, string>} settings */
function startEdge(settings) {
  const words = [`--socket-addr=http=127.0.0.1:${port}`, `--directory-path=limits=${folder}`];
  const env = { PATH: `${folder}:${process.env.PATH}`, FRONTEND_URL: "https://account.example.com", CLIENT_IP_HEADER: "X-Real-IP", ...settings };
  const child = spawn(start, words, { env, stdio: ["ignore", "pipe", "pipe"] });
  const edge = { child, output: "" };
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (edge.output += text));
  return edge;
}

/** @param {ReturnType<typeof startEdge>} edge @returns {Promise<number | null>} */
async function end({ child }) {
  const gone = child.exitCode !== null ? Promise.resolve([child.exitCode]) : once(child, "exit");
  child.kill("SIGCONT");
  child.kill("SIGTERM");
  return (await gone)[0];
}

const messages = () => told().filter((line) => line !== "probe");

const asService = { NOTIFY_SOCKET: "/nowhere", WATCHDOG_USEC: "3000000" };

before(async () => {
  buildForWorkerd();
  port = await freePorts(1);
});
beforeEach(() => {
  rmSync(folder || "/nowhere", { recursive: true, force: true });
  folder = mkdtempSync(join(tmpdir(), "rekey-watch-"));
  writeFileSync(join(folder, "systemd-notify"), `#!/bin/sh\necho "$@" >>${folder}/told\n`, { mode: 0o755 });
  writeFileSync(join(folder, "timeout"), `#!/bin/sh\necho probe >>${folder}/told\nshift\nexec /usr/bin/timeout 1 "$@"\n`, { mode: 0o755 });
});
after(() => rmSync(folder, { recursive: true, force: true }));

test("a service is ready when the Worker answers, is alive while it goes on, and silent when it hangs", async () => {
  const edge = startEdge({ ...secrets, ...asService });
  await until("it is ready and alive", () => messages().length >= 2);
  assert.deepEqual(messages().slice(0, 2), ["--ready --status=Listening.", "WATCHDOG=1"]);
  edge.child.kill("SIGSTOP");
  const before = told().length;
  const probesOfHung = () => told().slice(told().indexOf("probe", before)); // the one before may have had its answer
  await until("it was probed in vain", () => told().slice(before).filter((line) => line === "probe").length >= 3);
  assert.deepEqual(probesOfHung(), ["probe", "probe", "probe"]);
  edge.child.kill("SIGCONT");
  await until("it is alive again", () => probesOfHung().includes("WATCHDOG=1"));
  assert.doesNotMatch(edge.output, /"level":"(error|warning)"/);
  await end(edge);
});

test("an invalid setting keeps a service from being ready", async () => {
  const edge = startEdge({ ...secrets, ...asService, FRONTEND_URL: "account.example.com" });
  await until("the Worker has refused a request", () => edge.output.includes("alarm.invalid_setting"));
  assert.deepEqual(messages(), []);
  await end(edge);
});

test("a service without a setting that it needs does not start, and names it", () => {
  write("rekey_EDGE_ORIGIN_KEYS", "\n"); // what the unit passes without a file
  const all = { ...secrets, FRONTEND_URL: "https://account.example.com" };
  for (const name of Object.keys(all)) {
    const done = spawnSync(start, [], { env: { PATH: process.env.PATH, NOTIFY_SOCKET: "/nowhere", CREDENTIALS_DIRECTORY: folder, ...all, [name]: "" }, encoding: "utf8" });
    assert.equal(done.status, 2);
    assert.match(done.stderr, new RegExp(`edge: ${name} must be set`));
  }
});

test("without a service manager nothing is told", async () => {
  const edge = startEdge(secrets);
  await until("it answers", () => fetch(`http://127.0.0.1:${port}/login`, { redirect: "manual" }).then(() => true, () => false));
  assert.equal(spawnSync("pgrep", ["-P", String(edge.child.pid)]).status, 1);
  assert.deepEqual(messages(), []);
  await end(edge);
});

test("secrets may come from files and from credentials, and the watch gets none", async () => {
  mkdirSync(join(folder, "credentials"));
  write("credentials/rekey_EDGE_ORIGIN_KEYS", `${secrets.EDGE_ORIGIN_KEYS}\n`);
  const file = write("token-secret", `${secrets.RESET_PASSWORD_TOKEN_SECRET}\n`);
  const edge = startEdge({ ...asService, RESET_PASSWORD_TOKEN_SECRET_FILE: file, CREDENTIALS_DIRECTORY: join(folder, "credentials") });
  await until("it is ready", () => messages().length >= 1);
  const watch = spawnSync("pgrep", ["-P", String(edge.child.pid)], { encoding: "utf8" }).stdout.trim().split("\n")[0];
  assert.ok(!readFileSync(`/proc/${watch}/environ`, "utf8").includes(secrets.EDGE_ORIGIN_KEYS));
  assert.ok(readFileSync(`/proc/${edge.child.pid}/environ`, "utf8").includes(secrets.EDGE_ORIGIN_KEYS));
  await end(edge);
});

test("a secret that is set twice, or whose file is missing or empty, ends the start by its name", () => {
  /** @param {Record<string, string>} settings */
  const refusal = (settings) => {
    const done = spawnSync(start, [], { env: { PATH: process.env.PATH, ...secrets, ...settings }, encoding: "utf8" });
    assert.equal(done.status, 2); // the service manager does not try again
    return done.stderr;
  };
  assert.match(refusal({ EDGE_ORIGIN_KEYS_FILE: write("keys", "1:x") }), /EDGE_ORIGIN_KEYS and EDGE_ORIGIN_KEYS_FILE are both set/);
  mkdirSync(join(folder, "credentials"));
  write("credentials/rekey_EDGE_ORIGIN_KEYS", "1:x\n");
  assert.match(refusal({ CREDENTIALS_DIRECTORY: join(folder, "credentials") }), /EDGE_ORIGIN_KEYS and the credential rekey_EDGE_ORIGIN_KEYS are both set/);
  for (const file of ["/nowhere/keys", write("empty", "")]) {
    assert.match(refusal({ EDGE_ORIGIN_KEYS: "", EDGE_ORIGIN_KEYS_FILE: file }), /EDGE_ORIGIN_KEYS_FILE names a file that cannot be read, or an empty one/);
  }
});
