// The cost of a forgot request through the edge as the limiter keys grow, and the resources of the keys: files, bytes on disk,
// descriptors, memory. Each request comes from a new client in a new network for a new address: three keys. Ends early when the time is
// over or the edge has ended.
import { lstatSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { Rig } from "../rig/rig.mjs";
import { keepBusy } from "../system/polling.mjs";
import { amountFigure, latencyFigure } from "./growth_figures.mjs";

/**
 * @typedef {import("./measurement.mjs").Figure} Figure
 * @typedef {{of: string, size: number}} Size
 */

export const KEYS = "limiter keys";

const KEYS_PER_REQUEST = 3;
const LANES = 64;
/** Refusals in a row: an overloaded origin refuses now and then, an edge without descriptors refuses everything. */
const MOST_REFUSED = 2 * LANES;
/** High enough for the calls of one client, with a period so long that no count expires during the run. */
const LONG_LIVED = { LIMIT_FORGOT_PER_CLIENT: "1000/86400", LIMIT_FORGOT_PER_ACCOUNT: "1000/86400" };

/**
 * @param {number[]} sizes rising
 * @param {{count: number, longest: number}} bounds calls of each kind at each size; milliseconds of filling in all
 * @param {(line: string) => void} say
 * @returns {Promise<Figure[]>}
 */
export async function measureLimiters(sizes, { count, longest }, say) {
  const rig = await Rig.start({ edgeSettings: LONG_LIVED });
  try {
    const crowd = new Crowd(rig);
    /** @type {Figure[]} */
    const figures = [];
    const end = performance.now() + longest;
    for (const size of sizes) {
      say(`growth: ${size} limiter keys`);
      const why = await crowd.grow(size, end);
      if (crowd.isServed()) figures.push(...(await figuresAt(rig, crowd, count)));
      figures.push(reachedFigure(crowd, size, why));
      if (why) break;
    }
    return figures;
  } finally {
    await rig.stop();
  }
}

/** Clients that each ask once, each for an address of its own. */
class Crowd {
  /** All clients that have asked, accepted or refused. */
  clients = 0;
  taken = 0;
  refused = 0;
  /** Refusals since the last accepted client. */
  #refusedInARow = 0;

  /** @param {Rig} rig */
  constructor(rig) {
    this.rig = rig;
  }

  get keys() {
    return this.taken * KEYS_PER_REQUEST;
  }

  isServed() {
    return this.rig.edges[0].isRunning() && this.#refusedInARow < MOST_REFUSED;
  }

  /**
   * @param {number} keys the number to reach
   * @param {number} end of the time, by performance.now()
   * @returns {Promise<string>} why it ended early, else empty
   */
  async grow(keys, end) {
    const isOver = () => this.keys >= keys || !this.isServed() || performance.now() >= end;
    await keepBusy(LANES, isOver, () => this.askAnew());
    if (!this.rig.edges[0].isRunning()) return `the edge's process ended${lastWords(this.rig)}`;
    if (!this.isServed()) return `the edge refused everybody${lastWords(this.rig)}`;
    return this.keys < keys ? "the time was over" : "";
  }

  /** A new client asks for a new address. @returns {Promise<boolean>} whether the edge accepted it */
  async askAnew() {
    try {
      await this.ask(++this.clients);
      ++this.taken;
      this.#refusedInARow = 0;
      return true;
    } catch {
      ++this.refused;
      ++this.#refusedInARow;
      return false;
    }
  }

  /** @param {number} client @param {number} [address] by default the client's own */
  async ask(client, address = client) {
    const headers = { "cf-connecting-ip": `2001:db8:${(client & 0xffff).toString(16)}:${(client >> 16).toString(16)}::1` };
    const body = { email: `nobody-${address}@example.com` };
    const { status, text } = await this.rig.ask(this.rig.edges[0].url, "POST", "/api/users/forgot-password", body, headers);
    if (status !== 202) throw new Error(`forgot was answered with ${status}: ${text}`);
  }
}

/** @param {Rig} rig @param {Crowd} crowd @param {number} count @returns {Promise<Figure[]>} */
async function figuresAt(rig, crowd, count) {
  const size = { of: KEYS, size: crowd.keys };
  const known = await timed(count, () => crowd.ask(1).then(() => true, () => false));
  const fresh = await timed(count, () => crowd.askAnew());
  const { files, bytes } = stored(rig.edges[0].limitsFolder);
  const { rssKiB, descriptors } = rig.edges[0].figures();
  const held = `${files} files, ${descriptors} descriptors of ${descriptorLimit(rig.edges[0].programPid())} in the edge`;
  return [
    latencyFigure("forgot, known client", size, known, "one client, one address"),
    latencyFigure("forgot, new client", size, fresh, held),
    amountFigure("limiters on disk", size, bytes / 2 ** 20, "MiB"),
    amountFigure("memory of the edge", size, rssKiB / 1024, "MiB"),
  ];
}

/** @param {Crowd} crowd @param {number} wanted @param {string} why it ended early; else empty @returns {Figure} */
function reachedFigure({ keys, clients, refused }, wanted, why) {
  const note = `${clients} clients, ${refused} of them refused${why ? `; ${why}` : ""}`;
  return { name: `limiter keys reached of ${wanted.toLocaleString("en")}`, unit: "keys", ours: [keys], note };
}

/** @param {number} count @param {() => Promise<boolean>} call tells whether it was taken @returns {Promise<number[]>} milliseconds of those that were */
async function timed(count, call) {
  /** @type {number[]} */
  const times = [];
  for (let round = 0; round < count; ++round) {
    const began = performance.now();
    if (await call()) times.push(performance.now() - began);
  }
  return times;
}

/** @param {string} folder */
function stored(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const bytes = entries.reduce((sum, { parentPath, name }) => sum + bytesOnDisk(join(parentPath, name)), 0);
  return { files: entries.length, bytes };
}

/** @param {string} path @returns {number} 0 if it has been deleted meanwhile */
function bytesOnDisk(path) {
  return (lstatSync(path, { throwIfNoEntry: false })?.blocks ?? 0) * 512;
}

/** @param {number} pid @returns {number} the soft limit: workerd does not raise it */
function descriptorLimit(pid) {
  return Number(/^Max open files\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, "latin1"))?.[1]);
}

/** @param {Rig} rig @returns {string} the last line of the edge's log that reports a fault */
function lastWords(rig) {
  const lines = rig.edges[0].logText().split("\n").filter((line) => /error|exception|fatal|too many/i.test(line));
  return lines.length > 0 ? `, last words: ${lines[lines.length - 1].slice(0, 160)}` : "";
}
