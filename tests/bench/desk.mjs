// The desk part of scripts/bench: the operator's commands on a million accounts. Imports them from a CSV file, once into an empty table and once
// again, and times searches, pages and other commands as whole processes, as an operator waits for them.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, readFileSync } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";

import { Rig } from "../rig/rig.mjs";
import { bars } from "../rig/svg.mjs";
import { checkout } from "../system/stack.mjs";

/** @typedef {import("./measurement.mjs").Figure} Figure */

const MILLION = 1_000_000;
const TRIAL = 20_000; // with fewer seconds than usual
const REPEATS = 5;
const LOOK_EVERY = 50;

/** @param {number} seconds */
const sizeFor = (seconds) => (seconds >= 5 ? MILLION : TRIAL);

/** @param {{seconds: number}} wishes */
export function extent({ seconds }) {
  return `once: ${sizeFor(seconds).toLocaleString("en")} accounts imported twice; each command ${REPEATS} times`;
}

/** @param {import("./measurement.mjs").Wishes} wishes @returns {Promise<Figure[]>} */
export async function measure({ seconds, say }) {
  await using parts = new AsyncDisposableStack();
  const rig = parts.adopt(await Rig.prepare({ origins: 1, edges: 0 }), (one) => one.stop());
  const size = sizeFor(seconds);
  const file = join(rig.folder, "users.csv");
  await writeAccounts(file, size);
  say(`desk: ${size} accounts are imported`);
  const first = await importFile(rig, file, { read: size, imported: size, existing: 0, refused: 0 });
  say("desk: the same file again");
  const again = await importFile(rig, file, { read: size, imported: 0, existing: size, refused: 0 });
  const of = `of ${size.toLocaleString("en")} accounts`;
  return [
    { name: `import ${of}`, unit: "s", better: "less", ours: [first.seconds], note: `${Math.round(size / first.seconds)} accounts a second` },
    { name: `import ${of}, memory`, unit: "MiB", better: "less", ours: [first.memory] },
    { name: `import ${of} that are there already`, unit: "s", better: "less", ours: [again.seconds] },
    ...(await commandFigures(rig, size, of)),
  ];
}

/** @param {Rig} rig @param {number} size @param {string} of @returns {Promise<Figure[]>} */
async function commandFigures(rig, size, of) {
  const last = addressOf(size - 1);
  /** @type {[string, string[], number][]} what, the words, and the rows that they print */
  const commands = [
    ["search, one match", ["user", "list", "--search", last.slice(0, last.indexOf("@")), "--json"], 1],
    ["search, no match", ["user", "list", "--search", "nowhere", "--json"], 0],
    ["search, all match", ["user", "list", "--search", "example", "--json"], 50],
    ["first page", ["user", "list", "--json"], 50],
    ["a page in the middle", ["user", "list", "--after", addressOf(Math.floor(size / 2)), "--json"], 50],
  ];
  /** @type {Figure[]} */
  const figures = [];
  for (const [what, words, rows] of commands) {
    const ours = [];
    for (let repeat = 0; repeat < REPEATS; ++repeat) ours.push(timed(rig, words, rows));
    figures.push({ name: `user list ${of}: ${what}`, unit: "s", better: "less", goal: 1, ours });
  }
  return figures;
}

/** @param {Rig} rig @param {string[]} words @param {number} rows @returns {number} seconds */
function timed(rig, words, rows) {
  const started = performance.now();
  const { users } = JSON.parse(rig.operate(...words));
  const seconds = (performance.now() - started) / 1000;
  if (users.length !== rows) throw new Error(`${words.join(" ")} printed ${users.length} rows, not ${rows}`);
  return seconds;
}

/** @param {Rig} rig @param {string} file @param {Record<string, number>} expected */
async function importFile(rig, file, expected) {
  const started = performance.now();
  const words = ["user", "import", file, "--json"];
  const child = spawn(rig.originBinary, words, { cwd: checkout, env: { PATH: process.env.PATH, ...rig.settings }, stdio: ["ignore", "pipe", "ignore"] });
  const ended = once(child, "close");
  let output = "";
  child.stdout.on("data", (piece) => (output += piece));
  const memory = await greatestMemory(child);
  await ended;
  const counts = JSON.parse(output);
  if (JSON.stringify(counts) !== JSON.stringify(expected)) throw new Error(`the import printed ${output}`);
  return { seconds: (performance.now() - started) / 1000, memory };
}

/** @param {import("node:child_process").ChildProcess} child @returns {Promise<number>} MiB, when it has ended */
async function greatestMemory(child) {
  let greatest = 0;
  for (; child.exitCode === null && child.signalCode === null; await sleep(LOOK_EVERY)) greatest = Math.max(greatest, residentMiB(child.pid ?? 0));
  return greatest;
}

/** @param {number} pid @returns {number} the most that it ever held; 0 once it has ended */
function residentMiB(pid) {
  try {
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** As another system would export them. @param {string} file @param {number} size */
async function writeAccounts(file, size) {
  const out = createWriteStream(file);
  out.write("email,username,password_hash,is_active,is_verified,created_at\n");
  for (let number = 0; number < size; ++number) {
    const line = `${addressOf(number)},${lettersOf(number)},${hashOf(number)},${number % 50 > 0},${number % 3 > 0},2021-03-04 05:06:07+00\n`;
    if (!out.write(line)) await once(out, "drain");
  }
  out.end();
  await finished(out);
}

const FIRST = ["ada", "alan", "barbara", "dennis", "donald", "edsger", "frances", "grace"];

/** @param {number} number */
function addressOf(number) {
  return `${FIRST[number % FIRST.length]}.${number}@mail${number % 500}.example.com`;
}

/** @param {number} number @returns {string} a user name for each number */
function lettersOf(number) {
  return `user${Array.from({ length: 6 }, (_, place) => String.fromCharCode(97 + (Math.floor(number / 26 ** place) % 26))).join("")}`;
}

/** @param {number} number @returns {string} of the form of bcrypt, different for each account */
function hashOf(number) {
  return `$2b$12$${String(number).padEnd(53, "x")}`;
}

/** @param {Figure[]} figures */
export function charts(figures) {
  const rows = figures.filter((figure) => figure.goal).map(({ name, ours }) => ({ label: name.replace(/^user list of .*: /, ""), value: Math.max(...ours) }));
  return { "desk.svg": bars({ title: "user list on a million accounts: the slowest of five", unit: "s", rows, mark: 1 }) };
}
