// Runs the programs of the origin part: origin_load.cpp, which calls an origin, bare_argon2id.cpp, the reference of calls that
// hash, and format_rate.cpp, the hashes of one PASSWORD_FORMAT.
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

import { TOOLS } from "./mail_sink.mjs";

const run = promisify(execFile);

/**
 * @typedef {object} Calls the calls of a load
 * @property {string} useCase
 * @property {Record<string, unknown>} input strings in it may hold %number, %hash and %line (origin_call.h)
 * @property {string} outcome of every answer, except the 503 of an origin where too many requests wait
 * @property {string[]} [lines]
 * @property {"once" | "again"} [use] of the lines; once by default
 *
 * @typedef {object} Pace
 * @property {number} connections
 * @property {number} seconds
 * @property {number} warmUp seconds of the same load before
 *
 * @typedef {object} Loaded
 * @property {number} calls with good answers; rate and latency are of these
 * @property {number} lost answered with 503, since too many requests waited
 * @property {number} perSecond
 * @property {import("./measurement.mjs").Latency} latency
 * @property {number} signingMicroseconds the generator's cost of writing and signing a call
 */

/**
 * @param {{port: number, keys: string, folder: string}} origin its EDGE_ORIGIN_KEYS; a folder for the lines
 * @param {Calls} calls
 * @param {Pace} pace
 * @returns {Promise<Loaded>}
 * @throws if an answer is neither 200 with the outcome nor lost
 */
export async function loadOrigin({ port, keys, folder }, { useCase, input, outcome, lines, use = "once" }, { connections, seconds, warmUp }) {
  const words = ["--port", port, "--use-case", useCase, "--input", JSON.stringify(input), "--outcome", outcome,
    "--connections", connections, "--seconds", seconds, "--warm-up", warmUp, ...linesOption(folder, lines, use)];
  const options = { env: { EDGE_ORIGIN_KEYS: keys }, timeout: patience(seconds + warmUp) };
  const { stdout } = await run(join(TOOLS, "origin_load"), words.map(String), options).catch((error) => {
    throw new Error(`${useCase}, ${connections} connections: ${reasonOf(error)}`, { cause: error.code });
  });
  return readLoad(stdout);
}

/** @param {any} error of execFile @returns {string} */
function reasonOf({ stderr, message }) {
  return stderr?.trim() || message;
}

/** @param {string} folder @param {string[] | undefined} lines @param {"once" | "again"} use */
function linesOption(folder, lines, use) {
  if (lines === undefined) return [];
  const file = join(folder, "lines");
  writeFileSync(file, `${lines.join("\n")}\n`);
  return ["--lines", file, "--use", use];
}

/** @param {string} text that origin_load printed @returns {Loaded} */
export function readLoad(text) {
  const { calls, statuses, seconds, p50, p99, signing_us: signingMicroseconds } = JSON.parse(text);
  const { 200: good, 503: lost = 0, ...others } = statuses;
  const whole = [calls, seconds, p50, p99, signingMicroseconds].every((value) => typeof value === "number" && value > 0);
  if (!whole || good !== calls || Object.keys(others).length > 0) throw new Error(`origin_load said: ${text}`);
  return { calls, lost, perSecond: calls / seconds, latency: { p50, p99 }, signingMicroseconds };
}

/** @param {number} seconds @returns {Promise<number>} hashes a second with the origin's defaults, on all cores */
export async function bareArgon2id(seconds) {
  const { stdout } = await run(join(TOOLS, "bare_argon2id"), ["--seconds", String(seconds)], { timeout: patience(seconds) });
  const { hashes, seconds: took } = JSON.parse(stdout);
  if (!(hashes > 0 && took > 0)) throw new Error(`bare_argon2id said: ${stdout}`);
  return hashes / took;
}

/** @param {string} format of PASSWORD_FORMAT @param {number} seconds @returns {Promise<number>} hashes a second on one core */
export async function formatRate(format, seconds) {
  const { stdout } = await run(join(TOOLS, "format_rate"), [format, String(seconds)], { timeout: patience(seconds) });
  const { hashes, seconds: took } = JSON.parse(stdout);
  if (!(hashes > 0 && took > 0)) throw new Error(`format_rate said: ${stdout}`);
  return hashes / took;
}

/** @param {number} seconds of a program's run @returns {number} whole milliseconds after which it counts as stuck */
function patience(seconds) {
  return Math.ceil(1000 * seconds) + 60_000;
}
