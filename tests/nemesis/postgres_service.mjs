// The rig's PostgreSQL as a process of the run: crashed, paused and restarted like any other part. scripts/database has created the
// cluster and stopped it again; here it runs as the cluster's owner, with a clock that can be stepped.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

import { until } from "../system/polling.mjs";

/** Small, because the disk that a fault fills is small, too. */
const WORDS = ["-c", "max_wal_size=64MB", "-c", "min_wal_size=32MB", "-c", "wal_recycle=off", "-c", "checkpoint_timeout=30s"];

export class PostgresService {
  name = "database";
  /** @type {import("node:child_process").ChildProcess | undefined} */
  #child;

  /**
   * @param {import("../system/database.mjs").Database} database
   * @param {string} data the cluster's folder
   * @param {string} programs the folder of `postgres`
   * @param {string} log
   * @param {Record<string, string>} environment
   */
  constructor(database, data, programs, log, environment) {
    this.database = database;
    this.data = data;
    this.programs = programs;
    this.log = log;
    this.environment = environment;
  }

  get pid() {
    return this.isRunning() ? (this.#child?.pid ?? 0) : 0;
  }

  isRunning() {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async start() {
    const { uid, gid } = statSync(this.data);
    const log = openSync(this.log, "a");
    const env = { PATH: process.env.PATH ?? "", ...this.environment };
    this.#child = spawn(join(this.programs, "postgres"), ["-D", this.data, ...WORDS], { uid, gid, cwd: "/", env, stdio: ["ignore", log, log] });
    this.#child.on("error", () => {});
    closeSync(log);
    await until("the database answers", () => this.#answersOrEnded(), { deadline: 60_000 });
    if (!this.isRunning()) throw new Error("the database ended while starting");
  }

  /** Goes to all its processes: stopping or killing only the first would leave the others running. @param {NodeJS.Signals} name */
  signal(name) {
    if (!this.isRunning()) return;
    for (const pid of [this.pid, ...childrenOf(this.pid)]) sendSignal(pid, name);
  }

  /** @param {NodeJS.Signals} [signal] SIGTERM waits for clients, SIGINT does not, SIGQUIT is a crash */
  async end(signal = "SIGINT") {
    const child = this.#child;
    if (!child || !this.isRunning()) return;
    const orphans = childrenOf(this.pid);
    const ended = once(child, "exit");
    if (signal === "SIGKILL") this.signal(signal);
    else child.kill(signal);
    await ended;
    await until("the database's processes have ended", () => orphans.every((pid) => !existsSync(`/proc/${pid}`)), { deadline: 20_000 });
  }

  logText() {
    return readFileSync(this.log, "latin1");
  }

  async #answersOrEnded() {
    return !this.isRunning() || this.database.run("SELECT 1").then(() => true, () => false);
  }
}

/** @param {number} pid @returns {number[]} */
function childrenOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").trim().split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** @param {number} pid @param {NodeJS.Signals} name */
function sendSignal(pid, name) {
  try {
    process.kill(pid, name);
  } catch {
    // it has just ended
  }
}
