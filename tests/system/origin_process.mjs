// The stack's origin as a process: found by its recorded id, killed when the test chooses, started again with the same settings.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { until } from "./polling.mjs";
import { checkout, readSettings } from "./stack.mjs";

export class OriginProcess {
  /**
   * @param {string} folder the stack's
   * @param {string} opsUrl
   */
  constructor(folder, opsUrl) {
    this.folder = folder;
    this.opsUrl = opsUrl;
    /** @type {import("node:child_process").ChildProcess | undefined} the one started here, after the stack's own has ended */
    this.child = undefined;
  }

  get binary() {
    return process.env.REKEY_ORIGIN_BINARY ?? join(checkout, "build", "native", "origin", "rekey-origin");
  }

  /** @returns {number} 0 if none runs */
  pid() {
    if (this.child) return this.child.exitCode === null && this.child.signalCode === null ? (this.child.pid ?? 0) : 0;
    const file = join(this.folder, "run", "origin.pid");
    const pid = existsSync(file) ? Number(readFileSync(file, "utf8").split(" ")[0]) : 0;
    return isRunning(pid) ? pid : 0;
  }

  /**
   * @param {NodeJS.Signals} signal
   * @returns {Promise<void>} resolves when it has ended
   */
  async end(signal) {
    const pid = this.pid();
    if (!pid) throw new Error("no origin runs"); // 0 would be this process's own group
    process.kill(pid, signal);
    await until("the origin has ended", () => this.pid() === 0 && !isRunning(pid), { every: 5 });
  }

  /**
   * @param {Record<string, string>} [settings] beside those of the stack
   */
  async start(settings = {}) {
    const log = openSync(join(this.folder, "log", "origin.log"), "a");
    const env = { PATH: process.env.PATH, ...readSettings(join(this.folder, "env")), ...settings };
    this.child = spawn(this.binary, ["serve"], { cwd: checkout, env, stdio: ["ignore", log, log] });
    closeSync(log);
    await until("the origin answers", () => fetch(`${this.opsUrl}/healthz`).then((answer) => answer.ok, () => false));
  }

  /** Ends an origin started here; the stack stops its own. */
  async terminate() {
    if (this.child && this.pid()) {
      this.child.kill("SIGTERM");
      await once(this.child, "exit");
    }
    this.child = undefined;
  }

  kill() {
    this.child?.kill("SIGKILL");
  }
}

/** @param {number} pid */
function isRunning(pid) {
  try {
    return pid > 0 && !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}
