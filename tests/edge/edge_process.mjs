// `wrangler dev` as a child process: the Worker under workerd, with its Durable Objects in a folder.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { freePorts } from "../system/stack.mjs";
import { settings as secrets } from "./keys.mjs";

const root = join(import.meta.dirname, "..", "..");
const wrangler = join(root, "node_modules/wrangler/bin/wrangler.js");
const quiet = { CI: "true", NO_COLOR: "1", WRANGLER_HIDE_BANNER: "true", WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false" };
const START_DEADLINE = 60_000;

export class EdgeProcess {
  /** The whole output of the Worker and wrangler. */
  output = "";
  #folder = mkdtempSync(join(tmpdir(), "rekey-edge-"));
  #settings;
  #entry;
  #options;
  /** @type {import("node:child_process").ChildProcess | undefined} */
  #child;
  port = 0;

  /**
   * @param {Record<string, string>} settings
   * @param {string} [entry] another main module than edge/host/worker.js
   * @param {string[]} [options] more of wrangler's
   */
  constructor(settings, entry, options = []) {
    this.#settings = { ...secrets, ...settings };
    this.#entry = entry;
    this.#options = options;
  }

  /** Where the limiters' storage is. */
  get stateFolder() {
    return join(this.#folder, "state");
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  async start() {
    this.port = await freePorts(1);
    const environment = join(this.#folder, "edge.env");
    writeFileSync(environment, Object.entries(this.#settings).map(([name, value]) => `${name}=${value}\n`).join(""), { mode: 0o600 });
    const options = ["--local", "--ip", "127.0.0.1", "--port", String(this.port), "--inspector-port", "0", "--env-file", environment,
      "--persist-to", join(this.#folder, "state"), "--show-interactive-dev-session=false", ...this.#options];
    this.#child = spawn(process.execPath, [wrangler, "dev", ...(this.#entry ? [this.#entry] : []), ...options], {
      cwd: root,
      detached: true, // a process group, so that its own children end with it
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...quiet, WRANGLER_LOG_PATH: join(this.#folder, "log"), WRANGLER_REGISTRY_PATH: join(this.#folder, "registry") },
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream?.setEncoding("utf8").on("data", (text) => (this.output += text));
    this.#endWithUs(this.#child);
    await this.#ready();
    return this;
  }

  /** Ends the process; the limiters' storage stays for the next start. */
  async stop() {
    const child = this.#child;
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    process.kill(-child.pid, "SIGTERM");
    await ended;
  }

  async remove() {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** @param {string} path @param {RequestInit} [init] */
  fetch(path, init) {
    return fetch(this.url + path, { redirect: "manual", ...init });
  }

  /** @param {string} path @param {unknown} body @param {Record<string, string>} [headers] @param {string} [method] */
  send(path, body, headers = {}, method = "POST") {
    return this.fetch(path, { method, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) });
  }

  /** Ends it with an interrupted test run, although it is in a process group of its own. @param {import("node:child_process").ChildProcess} child */
  #endWithUs(child) {
    const end = () => {
      if (child.pid && child.exitCode === null && child.signalCode === null) process.kill(-child.pid, "SIGTERM");
      rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
    };
    process.once("exit", end);
    child.once("exit", () => process.off("exit", end));
    for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) process.once(signal, () => process.exit(1));
  }

  async #ready() {
    const deadline = Date.now() + START_DEADLINE;
    while (!this.output.includes(`Ready on ${this.url}`)) {
      if (this.#child?.exitCode !== null || Date.now() > deadline) throw new Error(`the edge did not start:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
