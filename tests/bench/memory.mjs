// The memory part of scripts/bench: origin, edge and PostgreSQL idle, under load (the greatest seen), and 10 s after.
// The load: forgot requests of a hundred clients through the edge, and refused log-ins, which hash, in every lane.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { Rig } from "../rig/rig.mjs";
import { bars } from "../rig/svg.mjs";
import { keepBusy } from "../system/polling.mjs";
import { checkout } from "../system/stack.mjs";
import { accountAddress, addAccounts } from "./mail_queue.mjs";
import { SmtpSink } from "./mail_sink.mjs";
import { familyPssMiB } from "./memory_pss.mjs";

/**
 * @typedef {import("./measurement.mjs").Figure} Figure
 * @typedef {Record<string, number>} Memory MiB by process
 */

const LANES = 64;
const CLIENTS = 100;
const LOG_IN_EVERY = 8; // calls
const LOOK_EVERY = 250;
const OVERLOADED = 503; // more log-ins came than the cores can hash
const AFTER = 10_000;
const PASSWORD = "a long enough password";

/** What the design asks for, in MiB. */
const ASKED_FOR = new Map([["origin, 10 s after load", 64]]);

/** @param {import("./measurement.mjs").Wishes} wishes @returns {Promise<Figure[]>} */
export async function measure({ seconds, say }) {
  const sink = await SmtpSink.start();
  const rig = await Rig.start({ relayPort: sink.port });
  try {
    await prepare(rig);
    const postgres = postgresPid(rig);
    const idle = memoryOf(rig, postgres);
    say(`memory: ${4 * seconds} s of load`);
    const { greatest, served, refused } = await underLoad(rig, postgres, 4000 * seconds);
    say("memory: 10 s of rest");
    await sleep(AFTER);
    const load = `${served} calls served and ${refused} refused, ${LANES} at once, 1 in ${LOG_IN_EVERY} a refused log-in, the others forgot requests of ${CLIENTS} clients`;
    return [...figuresOf("idle", idle, ""), ...figuresOf("loaded", greatest, load), ...figuresOf("10 s after load", memoryOf(rig, postgres), "")];
  } finally {
    await rig.stop();
    await sink.stop();
  }
}

/** Accounts to ask for; and every part has done its first work. @param {Rig} rig */
async function prepare(rig) {
  const [edge] = rig.edges;
  const person = { username: "bench", email: "bench@example.com", password: PASSWORD };
  const { status, text } = await rig.ask(edge.url, "POST", "/api/users", person, { "cf-connecting-ip": "192.0.2.1" });
  if (status !== 201) throw new Error(`registering was answered with ${status}: ${text}`);
  await addAccounts(rig.database, 1, CLIENTS, await rig.database.run("SELECT password_hash FROM users"));
}

/** @param {Rig} rig @param {number} postgres its first process @param {number} duration milliseconds */
async function underLoad(rig, postgres, duration) {
  const end = performance.now() + duration;
  const isOver = () => performance.now() >= end;
  let served = 0;
  let refused = 0;
  /** @type {Memory} */
  let greatest = {};
  const watch = async () => {
    for (; !isOver(); await sleep(LOOK_EVERY)) greatest = greater(greatest, memoryOf(rig, postgres));
  };
  await Promise.all([watch(), keepBusy(LANES, isOver, async (round) => ((await loadCall(rig, round)) ? ++served : ++refused))]);
  if (refused > served) throw new Error(`${refused} calls were refused and ${served} served: this is no load`);
  return { greatest, served, refused };
}

/** @param {Rig} rig */
function postgresPid({ folder }) {
  return Number(execFileSync(join(checkout, "scripts/database"), ["process", folder], { encoding: "utf8" }));
}

/** @param {Rig} rig @param {number} round @returns {Promise<boolean>} whether it was served */
async function loadCall(rig, round) {
  const client = round % CLIENTS;
  const email = accountAddress(client + 1);
  const headers = { "cf-connecting-ip": `198.51.${client >> 8}.${client & 255}` };
  const isLogIn = round % LOG_IN_EVERY === 0;
  const [path, body, answer] = isLogIn
    ? ["/api/users/login", { email, password: "not the password" }, 401]
    : ["/api/users/forgot-password", { email }, 202];
  const { status, text } = await rig.ask(rig.edges[0].url, "POST", path, body, headers);
  if (![answer, OVERLOADED].includes(status)) throw new Error(`${path} was answered with ${status}: ${text}`);
  return status !== OVERLOADED;
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
    const wish = ASKED_FOR.get(name);
    const words = [note, wish ? `asked for: at most ${wish} MiB` : ""].filter(Boolean).join("; ");
    return { name, unit: "MiB", better: "less", ours: [value], ...(words ? { note: words } : {}) };
  });
}

/** @param {Figure[]} figures */
export function charts(figures) {
  const rows = figures.map(({ name, ours }) => ({ label: name, value: ours[0] })).toSorted((a, b) => (a.label.split(",")[0] < b.label.split(",")[0] ? -1 : 0));
  return { "memory.svg": bars({ title: "Memory of each process", unit: "MiB", rows }) };
}
