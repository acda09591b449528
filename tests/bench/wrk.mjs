// Runs wrk, the generator of load: a flow's requests over some connections for some seconds. Answers that the flow does not want are an
// error.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { PROXY_HEADERS } from "../rig/rig.mjs";
import { exchange } from "../system/http_exchange.mjs";
import { quantileOf, uncorrected } from "./wrk_latency.mjs";

/**
 * @typedef {import("./edge_flows.mjs").Flow} Flow
 * @typedef {{requests: number, seconds: number, p50: number, p99: number, refused: number, broken: number}} Told the figures of one run
 * @typedef {{perSecond: number, p50: number, p99: number, wanted: number, refused: number}} Load `wanted`: the flow's answers; `refused`: others
 */

const run = promisify(execFile);
const SCRIPT = join(import.meta.dirname, "posts.lua");
const PATIENCE = "30s"; // wrk's default of two seconds is shorter than an answer's time when 64 wait for a slow disk
const LONGER = 4;
const MOST_WORDS = 256 * 2 ** 20; // wrk keeps a count for each microsecond of latency
const FIRST_REFUSAL = 400; // wrk counts statuses from here on as refused
const SAMPLES = 3;

/** @param {string} url @param {Flow} flow @param {{connections: number, seconds: number}} extent @returns {Promise<Load>} */
export async function loadOf(url, flow, { connections, seconds }) {
  const folder = mkdtempSync(join(tmpdir(), "rekey-wrk-"));
  const file = join(folder, "requests");
  const forget = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", forget);
  try {
    writeFileSync(file, flow.requests.map(({ client, body }) => `${client}\t${body}\n`).join(""));
    const first = await runWrk(url + flow.path, file, connections, seconds);
    // At its end wrk drops requests under way: with fewer answers than connections there is no meaningful rate.
    const told = first.requests < connections ? await runWrk(url + flow.path, file, connections, LONGER * seconds) : first;
    return judgeLoad(flow, told);
  } finally {
    process.off("exit", forget);
    forget();
  }
}

/** @param {string} url @param {string} file of requests @param {number} connections @param {number} seconds */
async function runWrk(url, file, connections, seconds) {
  const words = ["--threads", "1", "--connections", String(connections), "--duration", `${seconds}s`, "--timeout", PATIENCE];
  const { stdout } = await run("wrk", [...words, "--script", SCRIPT, url, "--", file], { maxBuffer: MOST_WORDS });
  return toldBy(stdout, connections);
}

/** @param {string} output @param {number} connections @returns {Told} */
export function toldBy(output, connections) {
  const line = output.trimEnd().split("\n").at(-1) ?? "";
  if (!line.startsWith("{")) throw new Error(`wrk told no figures:\n${output}`);
  const { requests, microseconds, latencies, refused, broken } = JSON.parse(line);
  const told = { requests, seconds: microseconds / 1e6, refused, broken };
  if (requests === 0 || broken > 0) return { ...told, p50: 0, p99: 0 }; // judgeLoad refuses it
  const raw = uncorrected(latencies, { requests, microseconds, connections });
  return { ...told, p50: quantileOf(raw, 0.5), p99: quantileOf(raw, 0.99) };
}

/** A flow wants either only refusals or none. @param {Flow} flow @param {Told} told @returns {Load} */
export function judgeLoad(flow, { requests, seconds, p50, p99, refused, broken }) {
  const isRefusal = flow.status >= FIRST_REFUSAL;
  const wanted = isRefusal ? refused : requests - refused;
  if (requests === 0) throw new Error(`${flow.name}: nothing was answered in ${seconds.toFixed(1)} s`);
  if (broken > 0) throw new Error(`${flow.name}: ${broken} connections broke or waited for more than ${PATIENCE}`);
  if (wanted !== requests && !flow.overload) throw new Error(`${flow.name}: ${refused} of ${requests} answers were refusals, not ${isRefusal ? requests : 0}`);
  return { perSecond: wanted / seconds, p50, p99, wanted, refused: requests - wanted };
}

/** Throws if an answer is not the flow's. @param {string} url @param {Flow} flow @param {number} [status] */
export async function sample(url, flow, status = flow.status) {
  for (const { client, body } of flow.requests.slice(0, SAMPLES)) {
    const headers = { ...PROXY_HEADERS, "cf-connecting-ip": client, "content-type": "application/json" };
    const answer = await exchange("POST", url + flow.path, headers, body);
    if (answer.status !== status) throw new Error(`${flow.name}: ${url} answered ${answer.status}, not ${status}: ${answer.text}`);
  }
}
