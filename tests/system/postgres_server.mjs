// The stack's PostgreSQL as a server that a test restarts, crashes or pauses while clients use it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

export class PostgresServer {
  /**
   * @param {string} data the cluster's folder
   * @param {string} programs the folder of pg_ctl
   */
  constructor(data, programs) {
    this.data = data;
    this.programs = programs;
  }

  /** @param {import("./database.mjs").Database} database */
  static async of(database) {
    const programs = await database.run("SELECT setting FROM pg_config WHERE name = 'BINDIR'");
    return new PostgresServer(await database.run("SHOW data_directory"), programs);
  }

  /**
   * Returns when the server answers again.
   * @param {string} mode `fast` or `immediate`, which is a crash
   */
  async restart(mode) {
    await this.run("pg_ctl", "restart", "--pgdata", this.data, "--mode", mode, "--wait", "--silent", "--log", this.#log);
  }

  /** Ends it as a crash does. */
  async crash() {
    await this.run("pg_ctl", "stop", "--pgdata", this.data, "--mode", "immediate", "--wait", "--silent");
  }

  /** @param {number} port without listen_addresses only a part of the socket's name */
  async start(port) {
    await this.run("pg_ctl", "start", "--pgdata", this.data, "--wait", "--silent", "--log", this.#log, "--options", `-c port=${port}`);
  }

  /** Makes a standby the primary. Returns when it takes writes. */
  async promote() {
    await this.run("pg_ctl", "promote", "--pgdata", this.data, "--wait", "--silent");
  }

  /**
   * To every process of the server: SIGSTOP makes it hang with all its connections, SIGCONT wakes it.
   * @param {NodeJS.Signals} name
   */
  signal(name) {
    const pid = Number(readFileSync(join(this.data, "postmaster.pid"), "utf8").split("\n")[0]);
    signalIfAlive(pid, name); // first: a stopped one makes no more children
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number);
    for (const child of children) signalIfAlive(child, name);
  }

  /**
   * Runs a program of PostgreSQL as the server's user.
   * @param {string} program
   * @param {...string} words
   */
  async run(program, ...words) {
    const { uid, gid } = statSync(join(this.data, ".."));
    const child = spawn(join(this.programs, program), words, { uid, gid, cwd: "/", stdio: "ignore" });
    const [code] = await once(child, "exit");
    if (code !== 0) throw new Error(`${program} ${words[0]} ended with ${code}`);
  }

  get #log() {
    return join(this.data, "..", "log");
  }
}

/**
 * A process of the server may end, and be reaped, between the listing and its signal.
 * @param {number} pid @param {NodeJS.Signals} name
 */
function signalIfAlive(pid, name) {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "ESRCH") throw error;
  }
}
