// Everything that a run needs beside its driver: a Rekey of release builds, a relay that takes every mail, and a proxy before each place.
import { existsSync, rmSync } from "node:fs";

import { Rig, makeDataFolder } from "../rig/rig.mjs";
import { startProxy, startSink } from "./programs.mjs";
import { EDGE_SETTINGS, ORIGIN_SETTINGS, World } from "./world.mjs";

/**
 * @typedef {import("./flows.mjs").Place} Place
 * @typedef {import("../rig/service.mjs").Program} Program
 * @typedef {"idle" | "storm"} Situation
 *
 * @typedef {object} Wish
 * @property {Place[]} places
 * @property {Partial<Record<Situation, number>>} delays of marked requests, in microseconds
 * @property {"memory" | "disk"} data
 * @property {"sink" | "none"} relay the sink takes every mail without delay
 * @property {string} [accounts] of another product (foreign_accounts.mjs); Rekey's own by default
 */

/** A file system in memory, without a disk's noise. */
const MEMORY = "/dev/shm";

export class Stage {
  /** @type {Map<string, number>} the proxies' ports */
  #ports = new Map();
  /** @type {{stop: () => Promise<void>}[]} in the order of stopping */
  #parts = [];
  /** @type {World | undefined} */
  #world;
  /** The rig's folder, for the plans. */
  folder = "";

  /** @param {Wish} wish */
  static async start(wish) {
    const stage = new Stage();
    try {
      await stage.#set(wish);
      return stage;
    } catch (error) {
      await stage.stop();
      throw error;
    }
  }

  get world() {
    if (!this.#world) throw new Error("the stage has not been started");
    return this.#world;
  }

  /** @param {Place} place @param {Situation} situation @returns {number} the port to send to */
  portFor(place, situation) {
    const port = this.#ports.get(`${place} ${situation}`);
    if (port === undefined) throw new Error(`no proxy was started for ${place}, ${situation}`);
    return port;
  }

  async stop() {
    for (const part of this.#parts) await part.stop();
  }

  /** @param {Wish} wish */
  async #set({ places, delays, data, relay, accounts }) {
    const relayPort = relay === "sink" ? this.#keep(await startSink()).port : undefined;
    const folder = data === "memory" && existsSync(MEMORY) ? makeDataFolder(MEMORY) : undefined;
    const edges = places.includes("edge") ? 1 : 0;
    const settings = { originSettings: ORIGIN_SETTINGS, edgeSettings: EDGE_SETTINGS };
    const rig = this.#keep(await startRig({ edges, ...settings, relayPort, wrap: withDescriptors, folder, accounts }));
    this.folder = rig.folder;
    this.#world = await World.make(rig);
    const targets = { origin: rig.origins[0]?.port, edge: rig.edges[0]?.port };
    for (const place of places) {
      for (const [situation, delay] of Object.entries(delays)) {
        this.#ports.set(`${place} ${situation}`, this.#keep(await startProxy(targets[place], delay)).port);
      }
    }
  }

  /** @template {{stop: () => Promise<void>}} T @param {T} part @returns {T} */
  #keep(part) {
    this.#parts.unshift(part);
    return part;
  }
}

/** @param {import("../rig/rig.mjs").Plan} plan @returns {Promise<Rig>} */
function startRig(plan) {
  const { folder } = plan;
  return Rig.start(plan).finally(() => {
    // After the rig's own handler, which ends PostgreSQL.
    if (folder !== undefined) process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  });
}

/** Raises the limit of descriptors as far as it may, as edge/host/start does. @param {string} name @param {Program} program */
function withDescriptors(name, program) {
  if (!name.startsWith("edge")) return program;
  return { ...program, command: ["/bin/sh", "-c", 'ulimit -n "$(ulimit -H -n)" && exec "$@"', "sh", ...program.command] };
}
