// The self-hosted edge: the bundle of `scripts/build workerd`, served by workerd and called as a proxy calls it.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { exchange } from "../system/http_exchange.mjs";
import { settings as secrets } from "./keys.mjs";

const root = join(import.meta.dirname, "..", "..");
const bundle = join(root, "build/workerd");
const START_DEADLINE = 30_000;

/** Runs the README's command. */
export function buildForWorkerd() {
  execFileSync(join(root, "scripts/build"), ["workerd"], { stdio: "pipe" });
}

/** @param {string} file of the bundle @param {(text: string) => string} change @returns {string} the folder of a copy with that change */
export function changedBundle(file, change) {
  const folder = mkdtempSync(join(tmpdir(), "rekey-bundle-"));
  cpSync(bundle, folder, { recursive: true });
  const path = join(folder, file);
  writeFileSync(path, change(readFileSync(path, "utf8")));
  return folder;
}

export class WorkerdProcess {
  /** The whole output of workerd and the Worker. */
  output = "";
  port = 0;
  limitsFolder = mkdtempSync(join(tmpdir(), "rekey-limits-"));
  #folder;
  #settings;
  /** @type {import("node:child_process").ChildProcess | undefined} */
  #child;

  /** @param {Record<string, string>} settings @param {string} [folder] with a bundle */
  constructor(settings, folder = bundle) {
    this.#folder = folder;
    this.#settings = { ...secrets, ...settings };
  }

  get pid() {
    return this.#child?.pid;
  }

  async start() {
    const options = ["--socket-addr", "http=127.0.0.1:0", "--directory-path", `limits=${this.limitsFolder}`, "--control-fd", "3"];
    const child = spawn(join(this.#folder, "start"), options, {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe", "pipe"],
      env: { PATH: process.env.PATH, WORKERD: join(root, "node_modules/workerd/bin/workerd"), ...this.#settings },
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", (text) => (this.output += text));
    this.port = await this.#listening(/** @type {import("node:stream").Readable} */ (child.stdio[3]));
    return this;
  }

  /** Ends the process; the limiters' storage stays for the next start. @param {NodeJS.Signals} [signal] */
  async stop(signal = "SIGTERM") {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  }

  async remove() {
    await this.stop();
    rmSync(this.limitsFolder, { recursive: true, force: true, maxRetries: 5 });
  }

  /**
   * A request to account.example.com as the proxy passes it on.
   * @param {string} method @param {string} path @param {Record<string, string>} headers @param {string} [body]
   */
  ask(method, path, headers, body) {
    return exchange(method, `http://127.0.0.1:${this.port}${path}`, { host: "account.example.com", ...headers }, body);
  }

  /** @param {import("node:stream").Readable} control @returns {Promise<number>} the port that workerd reports */
  async #listening(control) {
    const late = setTimeout(() => this.#child?.kill("SIGKILL"), START_DEADLINE);
    for await (const line of createInterface({ input: control })) {
      const { event, socket, port } = JSON.parse(line);
      if (event !== "listen" || socket !== "http") continue;
      clearTimeout(late);
      return port;
    }
    throw new Error(`workerd did not start:\n${this.output}`);
  }
}
