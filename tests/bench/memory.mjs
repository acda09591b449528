// The memory part of scripts/bench: origin, edge and PostgreSQL idle, under load (the maximum), and 10 s after it.
// The load: forgot requests of a hundred clients through the edge, and refused log-ins, which hash, directly to the origin, so
// that the edge does not hold them up.
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { Rig } from "../rig/rig.mjs";
import { bars } from "../rig/svg.mjs";
import { keepBusy } from "../system/polling.mjs";
import { checkout } from "../system/stack.mjs";
import { OriginCalls } from "./growth_origin_calls.mjs";
import { accountAddress, addAccounts } from "./mail_queue.mjs";
import { SmtpSink } from "./mail_sink.mjs";
import { familyPssMiB } from "./memory_pss.mjs";

/**
 * @typedef {import("./measurement.mjs").Figure} Figure
 * @typedef {Record<string, number>} Memory MiB by process
 */

const LOAD_FACTOR = 4; // times the wished seconds: memory takes a while to grow
const LANES = 64;
const CLIENTS = 100;
const HASHING_LANES = 8;
const LOOK_EVERY = 250;
const OVERLOADED = 503; // more requests than edge and origin can answer
const AFTER = 10_000;
const PASSWORD = "a long enough password";

/** The design's goals, in MiB. */
const ASKED_FOR = new Map([["origin, 10 s after load", 64]]);

/** @param {{seconds: number}} wishes */
export function extent({ seconds }) {
  return `once: idle, ${LOAD_FACTOR * seconds} s of load, ${AFTER / 1000} s of rest`;
}

/** @param {import("./measurement.mjs").Wishes} wishes @returns {Promise<Figure[]>} */
export async function measure({ seconds, say }) {
  await using parts = new AsyncDisposableStack();
  const sink = parts.adopt(await SmtpSink.start(), (one) => one.stop());
  const rig = parts.adopt(await Rig.start({ relayPort: sink.port }), (one) => one.stop());
  await prepare(rig);
  const postgres = postgresPid(rig);
  const idle = memoryOf(rig, postgres);
  say(`memory: ${LOAD_FACTOR * seconds} s of load`);
  const { greatest, served, refused, hashed } = await underLoad(rig, postgres, 1000 * LOAD_FACTOR * seconds);
  say(`memory: ${AFTER / 1000} s of rest`);
  await sleep(AFTER);
  const load = `${served} forgot requests of ${CLIENTS} clients served and ${refused} refused, ${LANES} at once; ${hashed} refused log-ins, ${HASHING_LANES} at once`;
  return [...figuresOf("idle", idle, ""), ...figuresOf("loaded", greatest, load), ...figuresOf("10 s after load", memoryOf(rig, postgres), "")];
}

/** Makes accounts, and lets every part do its first work. @param {Rig} rig */
async function prepare(rig) {
  const [edge] = rig.edges;
  const person = { username: "bench", email: "bench@example.com", password: PASSWORD };
  const { status, text } = await rig.ask(edge.url, "POST", "/api/users", person, { "cf-connecting-ip": "192.0.2.1" });
  if (status !== 201) throw new Error(`registration was answered with ${status}: ${text}`);
  await addAccounts(rig.database, 1, CLIENTS, await rig.database.run("SELECT password_hash FROM users"));
}

/** @param {Rig} rig @param {number} postgres its first process @param {number} duration milliseconds */
async function underLoad(rig, postgres, duration) {
  const calls = new OriginCalls(rig.origins[0].url, rig.settings.EDGE_ORIGIN_KEYS);
  const end = performance.now() + duration;
  const isOver = () => performance.now() >= end;
  let served = 0;
  let refused = 0;
  let hashed = 0;
  /** @type {Memory} */
  let greatest = {};
  const watch = async () => {
    for (; !isOver(); await sleep(LOOK_EVERY)) greatest = greater(greatest, memoryOf(rig, postgres));
  };
  const forgots = keepBusy(LANES, isOver, async (round) => ((await forgot(rig, round)) ? ++served : ++refused));
  const logIns = keepBusy(HASHING_LANES, isOver, async (round) => (await refusedLogIn(calls, round), ++hashed));
  await Promise.all([watch(), forgots, logIns]);
  if (served === 0) throw new Error(`all of ${refused} forgot requests were refused: this is no load`);
  return { greatest, served, refused, hashed };
}

/** @param {Rig} rig */
function postgresPid({ folder }) {
  return Number(execFileSync(join(checkout, "scripts/database"), ["process", folder], { encoding: "utf8" }));
}

/** @param {Rig} rig @param {number} round @returns {Promise<boolean>} whether it was served */
async function forgot(rig, round) {
  const client = round % CLIENTS;
  const headers = { "cf-connecting-ip": `198.51.${client >> 8}.${client & 255}` };
  const { status, text } = await rig.ask(rig.edges[0].url, "POST", "/api/users/forgot-password", { email: accountAddress(client + 1) }, headers);
  if (![202, OVERLOADED].includes(status)) throw new Error(`forgot was answered with ${status}: ${text}`);
  return status !== OVERLOADED;
}

/** @param {OriginCalls} calls @param {number} round */
function refusedLogIn(calls, round) {
  const wrong = { email: accountAddress((round % CLIENTS) + 1), password: "not the password", session: randomBytes(32).toString("hex") };
  return calls.call("login", wrong, "bad_credentials");
}

/** @param {Rig} rig @param {number} postgres its first process @returns {Memory} */
function memoryOf(rig, postgres) {
  return {
    origin: familyPssMiB(rig.origins[0].programPid()),
    workerd: familyPssMiB(rig.edges[0].programPid()),
    PostgreSQL: familyPssMiB(postgres),
  };
}

/** @param {Memory} a @param {Memory} b @returns {Memory} */
function greater(a, b) {
  return Object.fromEntries(Object.entries(b).map(([name, value]) => [name, Math.max(value, a[name] ?? 0)]));
}

/** @param {string} when @param {Memory} memory @param {string} note @returns {Figure[]} */
function figuresOf(when, memory, note) {
  return Object.entries(memory).map(([process, value]) => {
    const name = `${process}, ${when}`;
    const goal = ASKED_FOR.get(name);
    return { name, unit: "MiB", better: "less", ours: [value], ...(goal ? { goal } : {}), ...(note ? { note } : {}) };
  });
}

/** @param {Figure[]} figures */
export function charts(figures) {
  const rows = figures.map(({ name, ours }) => ({ label: name, value: ours[0] })).toSorted((a, b) => (a.label.split(",")[0] < b.label.split(",")[0] ? -1 : 0));
  return { "memory.svg": bars({ title: "Memory of each process", unit: "MiB", rows }) };
}
