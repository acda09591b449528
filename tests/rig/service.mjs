// One program of a rig: starts, ends and restarts it under one name with one log, and reads its figures from /proc.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, readdirSync, statSync } from "node:fs";

import { until } from "../system/polling.mjs";

/**
 * @typedef {object} Program
 * @property {string[]} command the program and its arguments
 * @property {Record<string, string>} env its whole environment
 *
 * @typedef {object} Figures
 * @property {number} rssKiB resident memory
 * @property {number} descriptors
 * @property {number} threads
 * @property {number} cpuSeconds user and system, since the start
 */

/** Linux reports a process's CPU time in ticks of 1/100 s: USER_HZ, the same on every architecture of Debian 12. */
const TICKS_PER_SECOND = 100;

export class Service {
  /** @type {import("node:child_process").ChildProcess | undefined} */
  #child;

  /**
   * @param {string} name such as "origin 0"
   * @param {string} log the file that it writes to, appended to at every start
   * @param {() => Program} program called at every start
   * @param {string} healthUrl answers with a status below 500 when the service is up
   */
  constructor(name, log, program, healthUrl) {
    this.name = name;
    this.log = log;
    this.program = program;
    this.healthUrl = healthUrl;
    this.url = new URL(healthUrl).origin;
    this.port = Number(new URL(healthUrl).port);
  }

  /** @returns {number} 0 if none runs. With a wrapper such as strace it is the wrapper's: see `programPid`. */
  get pid() {
    return this.isRunning() ? (this.#child?.pid ?? 0) : 0;
  }

  isRunning() {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Starts it and waits until it answers. */
  async start() {
    this.launch();
    await until(`${this.name} answers`, () => this.#answersOrEnded(), { deadline: 30_000 });
    if (!this.isRunning()) throw new Error(`${this.name} ended while starting:\n${this.logText().slice(-2000)}`);
  }

  /** Starts it without waiting. */
  launch() {
    if (this.isRunning()) throw new Error(`${this.name} is already running`);
    const { command, env } = this.program();
    const log = openSync(this.log, "a");
    this.#child = spawn(command[0], command.slice(1), { env, stdio: ["ignore", log, log] });
    this.#child.on("error", () => {}); // a missing program counts as ended: start() reports it
    closeSync(log);
  }

  /** Goes to the program itself: a wrapper such as strace does not pass it on. @param {NodeJS.Signals} name */
  signal(name) {
    if (this.isRunning()) process.kill(this.programPid(), name);
  }

  /**
   * Returns when it has ended.
   * @param {NodeJS.Signals} [signal]
   */
  async end(signal = "SIGTERM") {
    const child = this.#child;
    if (!child || !this.isRunning()) return;
    const ended = once(child, "exit");
    this.signal(signal);
    await ended;
  }

  logText() {
    return readFileSync(this.log, "latin1");
  }

  /** @returns {Figures} of the running process; zeros if none runs */
  figures() {
    const pid = this.programPid();
    try {
      return figuresOf(pid);
    } catch {
      return { rssKiB: 0, descriptors: 0, threads: 0, cpuSeconds: 0 };
    }
  }

  /** @returns {number} the program itself, also under wrappers that each have it as their only child */
  programPid() {
    let pid = this.pid;
    for (let child = onlyChildOf(pid); child; child = onlyChildOf(pid)) pid = child;
    return pid;
  }

  async #answersOrEnded() {
    if (!this.isRunning()) return true;
    return fetch(this.healthUrl, { redirect: "manual", signal: AbortSignal.timeout(2000) }).then((answer) => answer.status < 500, () => false);
  }
}

/**
 * @param {number} pid
 * @returns {Figures}
 */
export function figuresOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1").replace(/^.*\) /s, "").split(" ");
  const number = (/** @type {string} */ name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
  return {
    rssKiB: number("VmRSS"),
    threads: number("Threads"),
    descriptors: descriptorsOf(pid),
    cpuSeconds: (Number(stat[11]) + Number(stat[12])) / TICKS_PER_SECOND,
  };
}

/** Since Linux 6.2 the folder's size is their number. Before, its entries are counted, which for the origin only root can read. @param {number} pid */
function descriptorsOf(pid) {
  const folder = `/proc/${pid}/fd`;
  return statSync(folder).size || readdirSync(folder).length;
}

/** @param {number} pid @returns {number} 0 if there is none or more than one */
function onlyChildOf(pid) {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").trim().split(" ");
    return children.length === 1 ? Number(children[0]) : 0;
  } catch {
    return 0;
  }
}
