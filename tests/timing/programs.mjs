// Runs the C++ programs of this instrument: the probe, the proxy, the statistics, and the relay that takes all mails.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { checkout } from "../system/stack.mjs";

/**
 * @typedef {import("./pairing.mjs").Planned} Planned
 *
 * @typedef {object} Figures about a - b, in nanoseconds
 * @property {number} pairs
 * @property {number} median_difference
 * @property {[number, number]} interval_95 of the median difference, by bootstrap
 * @property {[number, number]} interval_99
 * @property {number} signed_rank_p
 * @property {number} sign_p
 * @property {number} share_slower P(a > b)
 * @property {{at: number, a: number, b: number, difference: number}[]} quantiles
 */

/** The proxy's marker: a header field that every measured request has, with 0 instead of 1 in unmarked ones. */
export const MARK = "x-timing-mark: 1";

const MOST_OUTPUT = 1 << 28;

/** @param {string} name @param {string} [part] the folder below tests @returns {string} the release build's, otherwise the one with sanitizers */
function programPath(name, part = "timing") {
  const paths = ["release", "native"].map((build) => join(checkout, "build", build, "tests", part, name));
  const found = paths.find((path) => existsSync(path));
  if (!found) throw new Error(`${name} is not built: run scripts/build instruments`);
  return found;
}

/** A program that prints "port N" when it listens, and ends with its standard input or at SIGTERM. */
export class PortedProgram {
  /** @param {import("node:child_process").ChildProcess} child @param {number} port */
  constructor(child, port) {
    this.child = child;
    this.port = port;
    process.once("exit", () => child.kill());
  }

  /** @param {string} path @param {string[]} words */
  static async start(path, words) {
    const child = spawn(path, words, { stdio: ["pipe", "pipe", "inherit"] });
    const lines = createInterface({ input: /** @type {import("node:stream").Readable} */ (child.stdout) });
    const line = await Promise.race([once(lines, "line").then(([text]) => String(text)), once(child, "exit").then(() => "ended")]);
    const port = Number(/^port (\d+)$/.exec(line)?.[1]);
    if (!port) throw new Error(`${path} did not start: ${line}`);
    return new PortedProgram(child, port);
  }

  async stop() {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, "exit");
    this.child.stdin?.end();
    this.child.kill("SIGTERM");
    await ended;
  }
}

/**
 * @param {number} target a port on 127.0.0.1
 * @param {number} microseconds the delay of marked requests
 */
export function startProxy(target, microseconds) {
  return PortedProgram.start(programPath("delaying_proxy"), [String(target), MARK, String(microseconds)]);
}

export function startSink() {
  return PortedProgram.start(programPath("smtp_sink", "bench"), ["0"]);
}

/** @param {string} path @param {Planned[]} plan */
function writePlan(path, plan) {
  const parts = plan.flatMap(({ label, pause, bytes }) => [Buffer.from(`${label} ${pause} ${bytes.length}\n`), bytes, Buffer.from("\n")]);
  writeFileSync(path, Buffer.concat(parts), { mode: 0o600 });
}

/**
 * Starts sending; the figures can be read from the program's standard output.
 * @param {number} port
 * @param {Planned[]} plan
 * @param {string} path where the plan may be written to
 */
export function startProbe(port, plan, path) {
  writePlan(path, plan);
  return spawn(programPath("timing_probe"), [String(port), path], { stdio: ["ignore", "pipe", "inherit"] });
}

/**
 * Sends the whole plan.
 * @param {number} port
 * @param {Planned[]} plan
 * @param {string} path where the plan may be written to
 * @returns {Promise<string>} lines `label nanoseconds status`
 */
export async function probe(port, plan, path) {
  const child = startProbe(port, plan, path);
  let text = "";
  child.stdout.setEncoding("latin1").on("data", (/** @type {string} */ part) => (text += part));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`timing_probe ended with ${code}`);
  return text;
}

/** @param {[number, number][]} pairs @returns {Figures} */
export function figuresOf(pairs) {
  const input = pairs.map(([a, b]) => `${a} ${b}\n`).join("");
  return JSON.parse(execFileSync(programPath("timing_statistics"), { input, encoding: "utf8", maxBuffer: MOST_OUTPUT }));
}
