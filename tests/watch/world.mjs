// A self-hosted Rekey that a Prometheus watches: two origins, an edge, two relays. Each origin has a clock, a log file and a memory limit
// that the test can change while it runs, and a link between the edge and itself that can be cut.
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { FaultyLink } from "../nemesis/faulty_link.mjs";
import { clockLibrary, SteppedClock } from "../nemesis/stepped_clock.mjs";
import { Rig, makeDataFolder, randomKey } from "../rig/rig.mjs";
import { until } from "../system/polling.mjs";
import { checkout, freePorts } from "../system/stack.mjs";
import { Clients } from "./clients.mjs";
import { PrometheusService } from "./prometheus_service.mjs";
import { RelayStation } from "./relay_station.mjs";

/**
 * @typedef {import("../rig/service.mjs").Program} Program
 * @typedef {import("../rig/rig.mjs").Settings} Settings
 * @typedef {import("./prometheus_service.mjs").Pace} Pace
 */

const BUNDLE = join(checkout, "build/workerd");

export class WatchedWorld {
  /** @type {FaultyLink[]} by origin */
  links = [];
  /** @type {Place[]} by origin */
  places = [];
  /** The folder of the edge's modules, from its next start on. */
  bundle = BUNDLE;

  /** @param {Pace} pace @param {{origin?: Settings, edge?: Settings}} [settings] */
  static async start(pace, settings = {}) {
    const world = new WatchedWorld(await freePorts(3));
    try {
      await world.#start(pace, settings);
    } catch (error) {
      await world.stop();
      throw error;
    }
    return world;
  }

  /** @param {number} port the first of three */
  constructor(port) {
    this.folder = makeDataFolder("/var/tmp");
    this.relay = new RelayStation(port + 1);
    this.fallback = new RelayStation(port + 2);
    this.prometheusPort = port;
    this.rig = /** @type {Rig} */ (/** @type {unknown} */ (undefined));
    this.clients = /** @type {Clients} */ (/** @type {unknown} */ (undefined));
    this.prometheus = /** @type {PrometheusService} */ (/** @type {unknown} */ (undefined));
    process.once("exit", () => this.#clear());
  }

  get edge() {
    return this.rig.edges[0];
  }

  /** The number of the origin that does not show the gauges of the database, and so may go away. @returns {Promise<number>} */
  async patient() {
    const texts = await Promise.all(this.rig.origins.map(async ({ opsUrl }) => (await fetch(`${opsUrl}/metrics`)).text()));
    const holder = texts.findIndex((text) => text.includes("\nrekey_reset_requests{"));
    return holder === 1 ? 0 : 1;
  }

  /** A copy of the edge that says it is of another version. @param {string} version @returns {string} its folder */
  bundleOfVersion(version) {
    const folder = join(this.folder, "other-version");
    mkdirSync(folder, { recursive: true });
    for (const file of ["rekey.capnp", "worker.js", "rekey.wasm"]) copyFileSync(join(BUNDLE, file), join(folder, file));
    const other = version.replace(/\d$/, (digit) => String((Number(digit) + 1) % 10));
    const module = readFileSync(join(folder, "rekey.wasm"), "latin1");
    if (!module.includes(`\0${version}\0`)) throw new Error(`the edge's module does not hold its version, ${version}`);
    writeFileSync(join(folder, "rekey.wasm"), module.replace(`\0${version}\0`, `\0${other}\0`), "latin1");
    cpSync(join(BUNDLE, "site"), join(folder, "site"), { recursive: true });
    const site = JSON.parse(readFileSync(join(folder, "site", "site.json"), "utf8"));
    writeFileSync(join(folder, "site", "site.json"), JSON.stringify({ ...site, version: other }));
    return folder;
  }

  /** @param {Program} program of the edge @returns {Program} */
  #bundled({ command, env }) {
    return { command: command.map((word) => word.replace(BUNDLE, this.bundle)), env };
  }

  /** @returns {number[]} PostgreSQL's processes */
  databaseProcesses() {
    const first = Number(execFileSync(join(checkout, "scripts/database"), ["process", this.rig.folder], { encoding: "utf8" }));
    return [first, ...readFileSync(`/proc/${first}/task/${first}/children`, "latin1").trim().split(" ").map(Number)];
  }

  async stop() {
    await this.prometheus?.end();
    await this.rig?.stop();
    await Promise.all([this.relay.close(), this.fallback.close()]);
    this.#clear();
  }

  /** @param {Pace} pace @param {{origin?: Settings, edge?: Settings}} settings */
  async #start(pace, { origin = {}, edge = {} }) {
    const library = clockLibrary();
    this.places = [0, 1].map((index) => new Place(join(this.folder, `place-${index}`), library));
    this.links = [0, 1].map((index) => new FaultyLink(() => ({ host: "127.0.0.1", port: this.rig.origins[index].port })));
    const ports = await Promise.all(this.links.map((link) => link.listen()));
    await Promise.all([this.relay.open(), this.fallback.open()]);
    const edgeKey = randomKey();
    let linked = 0;
    this.rig = await Rig.start({
      origins: 2,
      edges: 1,
      relayPort: this.relay.port,
      originSettings: {
        MAIL_FALLBACK_SERVER: "127.0.0.1", MAIL_FALLBACK_PORT: String(this.fallback.port), MAIL_FALLBACK_TLS: "none", ...origin,
      },
      edgeSettings: { EDGE_METRICS_KEY: `1:${edgeKey}`, ...edge },
      originUrlFor: () => `http://127.0.0.1:${ports[linked++]}`,
      wrap: (name, program) => (name.startsWith("origin") ? this.places[Number(name.split(" ")[1])].wrap(name, program) : this.#bundled(program)),
    });
    this.clients = new Clients(this.rig);
    const watched = { origins: this.rig.origins.map(({ opsUrl }) => new URL(opsUrl).host), edges: [new URL(this.edge.url).host], edgeKey };
    this.prometheus = new PrometheusService(this.folder, this.prometheusPort, watched, pace);
    await this.prometheus.start();
    await until("Prometheus reads all", async () => (await this.prometheus.query("up == 1")).length === 3, { deadline: 60_000, every: 250 });
    await until("no alert of the start is left", async () => (await this.prometheus.alerts()).length === 0, { deadline: 60_000, every: 250 });
  }

  #clear() {
    this.prometheus?.signal("SIGKILL");
    for (const link of this.links) link.close();
    for (const place of this.places) place.close();
    this.places = [];
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What is around one origin. */
class Place {
  #file;
  #log;
  #groups;

  /** @param {string} folder to be made @param {string} library of stepped clocks */
  constructor(folder, library) {
    mkdirSync(folder);
    this.folder = folder;
    this.clock = new SteppedClock(join(folder, "clock"), library);
    this.#file = join(folder, "written.log");
    this.#log = join(folder, "origin.log");
    this.#groups = join(folder, "cgroup");
    mkdirSync(this.#groups);
    this.limitMemory("max");
    this.logTo(this.#file);
  }

  /** @param {string} name @param {Program} program @returns {Program} */
  wrap(name, { command, env }) {
    const around = { LOG_FILE: this.#log, ORIGIN_NAME: name.replace(" ", "-"), ...this.clock.environment() };
    return { command: canMount() ? ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" /sys/fs/cgroup && exec "$@"', this.#groups, ...command] : command, env: { ...env, ...around } };
  }

  /** What the origin takes for the limit of its control groups. @param {number | "max"} bytes */
  limitMemory(bytes) {
    writeFileSync(join(this.#groups, "memory.max"), `${bytes}\n`);
  }

  /** Where the log goes from the next SIGHUP on. @param {string} [path] by default the usual file */
  logTo(path = this.#file) {
    rmSync(this.#log, { force: true });
    symlinkSync(path, this.#log);
  }

  close() {
    this.clock.close();
  }
}

/** Whether a program may be started in a namespace of mounts of its own, which takes root. */
export function canMount() {
  return spawnSync("unshare", ["--mount", "true"]).status === 0;
}
