// One program of a rig: started, ended and started again under one name, with one log, and with what /proc says of it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, readdirSync, statSync } from "node:fs";

import { until } from "../system/polling.mjs";

/**
 * @typedef {object} Program
 * @property {string[]} command the program and its words
 * @property {Record<string, string>} env all of its environment
 *
 * @typedef {object} Figures
 * @property {number} rssKiB resident memory
 * @property {number} descriptors
 * @property {number} threads
 * @property {number} cpuSeconds user and system, since the start
 */

/** Linux counts a process's time in ticks of a hundredth of a second: USER_HZ, the same on every architecture that Debian has. */
const TICKS_PER_SECOND = 100;

export class Service {
  /** @type {import("node:child_process").ChildProcess | undefined} */
  #child;

  /**
   * @param {string} name such as "origin 0"
   * @param {string} log the file that it writes to, appended to at every start
   * @param {() => Program} program asked at every start
   * @param {string} healthUrl answers any status below 500 when the service is up
   */
  constructor(name, log, program, healthUrl) {
    this.name = name;
    this.log = log;
    this.program = program;
    this.healthUrl = healthUrl;
    this.url = new URL(healthUrl).origin;
    this.port = Number(new URL(healthUrl).port);
  }

  /** @returns {number} 0 where none runs. With a wrapper such as strace this is the wrapper's: see `programPid`. */
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

  /** Starts it and waits for nothing. */
  launch() {
    if (this.isRunning()) throw new Error(`${this.name} runs already`);
    const { command, env } = this.program();
    const log = openSync(this.log, "a");
    this.#child = spawn(command[0], command.slice(1), { env, stdio: ["ignore", log, log] });
    this.#child.on("error", () => {}); // a program that is not there ends at once: start() tells
    closeSync(log);
  }

  /** To the program itself: a wrapper such as strace would keep the signal to itself. @param {NodeJS.Signals} name */
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

  /** @returns {Figures} of the process that runs; zeros where none does */
  figures() {
    const pid = this.programPid();
    try {
      return figuresOf(pid);
    } catch {
      return { rssKiB: 0, descriptors: 0, threads: 0, cpuSeconds: 0 };
    }
  }

  /** @returns {number} the program itself, where a wrapper started it as its only child */
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

/** The folder's size says how many there are to everybody, since Linux 6.2; its entries to root alone where it's the origin's. @param {number} pid */
function descriptorsOf(pid) {
  const folder = `/proc/${pid}/fd`;
  return statSync(folder).size || readdirSync(folder).length;
}

/** @param {number} pid @returns {number} 0 where there is none, or more than one */
function onlyChildOf(pid) {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").trim().split(" ");
    return children.length === 1 ? Number(children[0]) : 0;
  } catch {
    return 0;
  }
}
