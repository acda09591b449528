// Everything that a run of the nemesis torments: two origins, two edges and PostgreSQL of the rig, each watched and with its own clock,
// the links between them, small disks, the relay, and a receiver of webhooks. This file builds it and takes it down; fault_acts.mjs breaks it.
import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chownSync, copyFileSync, existsSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { until } from "../system/polling.mjs";
import { checkout } from "../system/stack.mjs";
import { Rig } from "../rig/rig.mjs";
import { FaultyLink } from "./faulty_link.mjs";
import { FaultyReceiver } from "./faulty_receiver.mjs";
import { FaultyRelay } from "./faulty_relay.mjs";
import { KeyRings } from "./key_rings.mjs";
import { PostgresService } from "./postgres_service.mjs";
import { EDGES, LINKS, ORIGINS, PARTS } from "./schedule.mjs";
import { SmallDisk } from "./small_disk.mjs";
import { clockLibrary, SteppedClock } from "./stepped_clock.mjs";
import { WatchedPart } from "./watched_part.mjs";

/**
 * @typedef {import("../rig/service.mjs").Program} Program
 * @typedef {import("./recorder.mjs").Recorder} Recorder
 */

/** The minimum, so that links expire within a run. */
export const LIFETIME_SECONDS = 60;

const ORIGIN_SETTINGS = {
  RESET_PASSWORD_TOKEN_LIFETIME_SECONDS: String(LIFETIME_SECONDS),
  MAIL_LIMIT_PER_ACCOUNT: "1000/60,10000/3600",
  ARGON2_MEMORY_KIB: "7168",
  ARGON2_PASSES: "1",
  MAIL_CADENCE_MS: "50", // short: many stories wait for a mail
};

const WEBHOOK_SECRET = `whsec_${randomBytes(32).toString("base64")}`;

const LONGEST_MEND = 60_000;
/**
 * Seconds by which each clock is moved to prove that the part uses it, and the tolerance, since a slow program reports its time late.
 * Negative, because PostgreSQL plans its checkpoints by a clock that goes forward.
 */
const CLOCK_PROOF = -600;
const CLOCK_TOLERANCE = 90;
const SIGNALS = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]);
const DATABASE_MEGABYTES = 320;
const LIMITS_MEGABYTES = 64;

export class World {
  /** @type {Map<string, WatchedPart>} by the names of PARTS */
  parts = new Map();
  /** @type {Map<string, FaultyLink>} by the names of LINKS */
  links = new Map();
  /** @type {Map<string, SteppedClock>} by the names of PARTS */
  clocks = new Map();
  /** @type {Map<string, SmallDisk>} by their parts */
  disks = new Map();
  /** @type {Map<string, number>} the links' ports */
  #ports = new Map();
  #rig = /** @type {Rig | undefined} */ (undefined);
  #keys = /** @type {KeyRings | undefined} */ (undefined);
  #leave = () => this.#abandon();
  #interrupted = () => process.exit(1);
  #forget = () => rmSync(this.folder, { recursive: true, force: true });

  /**
   * @param {Recorder} recorder
   * @param {import("./seeded_random.mjs").SeededRandom} random
   * @param {Pick<import("../rig/rig.mjs").Plan, "originBinary" | "accounts">} [plan] `originBinary`: of both origins; the release build by default
   */
  static async start(recorder, random, plan = {}) {
    const world = new World(recorder, random);
    try {
      await world.#start(plan);
    } catch (error) {
      await world.stop();
      throw error;
    }
    return world;
  }

  /** @param {Recorder} recorder @param {import("./seeded_random.mjs").SeededRandom} random */
  constructor(recorder, random) {
    this.recorder = recorder;
    this.folder = mkdtempSync(join(roomForData(), "rekey-nemesis-"));
    this.relay = new FaultyRelay(recorder, random);
    this.receiver = new FaultyReceiver(recorder, random, WEBHOOK_SECRET);
    process.once("exit", this.#leave); // before the rig's own handler, which would delete the mounted folders
    for (const signal of SIGNALS) process.on(signal, this.#interrupted);
  }

  get rig() {
    if (!this.#rig) throw new Error("the world has not started");
    return this.#rig;
  }

  get keys() {
    if (!this.#keys) throw new Error("the world has not started");
    return this.#keys;
  }

  /** @param {string} name @returns {WatchedPart} */
  part(name) {
    return /** @type {WatchedPart} */ (this.parts.get(name));
  }

  /** @returns {string[]} */
  get edgeUrls() {
    return this.rig.edges.map((edge) => edge.url);
  }

  /** @returns {import("./history.mjs").Writing[]} the log of each part */
  logs() {
    return [...this.parts.values()].map(({ name, service }) => ({ name: `log of ${name}`, text: service.logText() }));
  }

  /** @returns {string[]} each key of the settings, without its id */
  secrets() {
    return [...this.keys.secrets(), WEBHOOK_SECRET.replace(/^whsec_/, "")];
  }

  /** @returns {Record<string, number[]>} when each part ended without being told to */
  endedUnasked() {
    return Object.fromEntries([...this.parts.values()].map(({ name, endedUnasked }) => [name, endedUnasked]));
  }

  /** Returns when every part answers again. */
  async isWhole() {
    const { origins, edges, database } = this.rig;
    const urls = [...origins.map(({ opsUrl }) => `${opsUrl}/readyz`), ...edges.map(({ url }) => `${url}/assets/none`)];
    await until("the database answers", () => database.run("SELECT 1").then(() => true, () => false), { deadline: LONGEST_MEND, every: 100 });
    await Promise.all(urls.map((url) => until(`${url} answers`, () => answers(url), { deadline: LONGEST_MEND, every: 100 })));
  }

  async stop() {
    for (const link of this.links.values()) link.close();
    this.relay.close();
    await this.receiver.close();
    // The database last, and without a kill, which would leave shared memory behind.
    for (const name of [...EDGES, ...ORIGINS, "database"]) await this.parts.get(name)?.stop(name === "database" ? "SIGINT" : "SIGKILL").catch(() => {});
    this.#stopNewCluster();
    for (const clock of this.clocks.values()) clock.close();
    for (const disk of this.disks.values()) disk.unmount();
    await this.#rig?.stop();
    this.#forget();
    process.removeListener("exit", this.#leave);
    process.removeListener("exit", this.#forget);
    if (!this.#rig) process.once("exit", this.#forget); // after the rig's own handler, which creates the folder again
    for (const signal of SIGNALS) process.removeListener(signal, this.#interrupted);
  }

  /** @param {Pick<import("../rig/rig.mjs").Plan, "originBinary" | "accounts">} plan */
  async #start({ originBinary, accounts }) {
    this.#giveFolderToDatabase();
    this.#mountDisks();
    this.#makeClocks();
    const relayPort = await this.relay.listen();
    const webhooks = { WEBHOOK_URLS: await this.receiver.listen(), WEBHOOK_SECRETS: WEBHOOK_SECRET };
    this.#rig = await Rig.prepare({
      origins: ORIGINS.length, edges: EDGES.length, folder: this.folder, relayPort,
      ...(originBinary ? { originBinary } : {}),
      ...(accounts ? { accounts } : {}),
      originSettings: { ...ORIGIN_SETTINGS, ...webhooks },
      wrap: (name, program) => this.#placed(name, program),
    });
    process.once("exit", this.#forget); // after the rig's own
    this.#keys = new KeyRings(this.#rig);
    await this.#openLinks(relayPort);
    this.parts.set("database", new WatchedPart(await this.#takeOverDatabase(), this.recorder.now.bind(this.recorder)));
    for (const service of [...this.#rig.origins, ...this.#rig.edges]) {
      this.parts.set(service.name, new WatchedPart(service, this.recorder.now.bind(this.recorder)));
    }
    await this.#startByMovedClock("database");
    await Promise.all([...ORIGINS, ...EDGES].map((name) => this.#startByMovedClock(name)));
  }

  /** Checks that the part uses its own clock: otherwise that clock's faults would have no effect. @param {string} name */
  async #startByMovedClock(name) {
    const clock = /** @type {SteppedClock} */ (this.clocks.get(name));
    clock.step(CLOCK_PROOF);
    await this.part(name).start();
    const ahead = await this.#timeOf(name) - Date.now() / 1000;
    clock.step(0);
    if (!(Math.abs(ahead - CLOCK_PROOF) < CLOCK_TOLERANCE)) throw new Error(`${name} does not use its own clock: that was moved by ${CLOCK_PROOF} s, and ${name} by ${Math.round(ahead)} s.`);
  }

  /** @param {string} name of a part that has just started @returns {Promise<number>} Unix seconds by its own clock */
  async #timeOf(name) {
    if (name === "database") return Number(await this.rig.database.run("SELECT extract(epoch FROM now())"));
    const edge = this.rig.edges.find((one) => one.name === name);
    if (!edge) return Date.parse(JSON.parse(await this.#firstLineOf(name)).time) / 1000;
    const { headers } = await fetch(`${edge.url}/assets/none`, { redirect: "manual" });
    return Date.parse(headers.get("date") ?? "") / 1000;
  }

  /** A thread of its own writes the log: the line may come after the answer to a call. @param {string} name @returns {Promise<string>} */
  #firstLineOf(name) {
    return until(`${name} has logged`, () => /^.*(?=\n)/.exec(this.part(name).service.logText())?.[0]);
  }

  /** scripts/database keeps the cluster in this folder only if the cluster's owner can write to it. */
  #giveFolderToDatabase() {
    if (process.getuid?.() !== 0) return;
    const owner = (/** @type {string} */ option) => Number(execFileSync("id", [option, "postgres"], { encoding: "utf8" }));
    chownSync(this.folder, owner("-u"), owner("-g"));
  }

  #makeClocks() {
    const library = join(this.folder, "stepped_clock.so");
    copyFileSync(clockLibrary(), library);
    for (const name of PARTS) this.clocks.set(name, new SteppedClock(join(this.folder, `clock of ${name}`), library));
  }

  #mountDisks() {
    this.#mountDisk("database", join(this.folder, "postgresql"), DATABASE_MEGABYTES);
    EDGES.forEach((edge, index) => this.#mountDisk(edge, join(this.folder, `limits-${index}`), LIMITS_MEGABYTES));
  }

  /** @param {string} of @param {string} folder @param {number} megabytes */
  #mountDisk(of, folder, megabytes) {
    const disk = SmallDisk.mount(folder, megabytes);
    if (!disk) return rmSync(folder, { recursive: true, force: true });
    this.disks.set(of, disk);
    if (of === "database") this.#own(folder);
  }

  /** scripts/database uses no folder of another user. @param {string} folder */
  #own(folder) {
    if (process.getuid?.() !== 0) execFileSync("sudo", ["-n", "chown", String(process.getuid?.()), folder]);
    else execFileSync("chown", ["--reference", this.folder, folder]);
  }

  /** @param {number} relayPort */
  async #openLinks(relayPort) {
    for (const name of LINKS) {
      const [from, to] = name.split(" to ");
      const link = new FaultyLink(() => this.#addressOf(to, relayPort));
      this.links.set(name, link);
      if (to === "database") await link.listenAsPostgres(this.#socketsFolder(from));
      else this.#ports.set(name, await link.listen());
    }
  }

  /** @param {string} name @param {number} relayPort @returns {import("./faulty_link.mjs").Address} */
  #addressOf(name, relayPort) {
    if (name === "relay") return { host: "127.0.0.1", port: relayPort };
    if (name === "database") return { path: join(decodeURIComponent(new URL(this.rig.databaseUrl).host), ".s.PGSQL.5432") };
    return { host: "127.0.0.1", port: this.rig.origins[ORIGINS.indexOf(name)].port };
  }

  /** @param {string} origin */
  #socketsFolder(origin) {
    return join(this.folder, `to-database-${ORIGINS.indexOf(origin)}`);
  }

  /** A program's environment with its links and its clock. @param {string} name @param {Program} program @returns {Program} */
  #placed(name, program) {
    const origins = ORIGINS.map((origin) => `http://127.0.0.1:${this.#ports.get(`${name} to ${origin}`)}`);
    /** @type {Record<string, string>} */
    const places = ORIGINS.includes(name)
      ? { DATABASE_URL: `postgresql://rekey_origin@${encodeURIComponent(this.#socketsFolder(name))}/rekey`, MAIL_PORT: String(this.#ports.get(`${name} to relay`)) }
      : { ORIGIN_URLS: origins.join(",") };
    return { ...program, env: { ...program.env, ...places, ...this.clocks.get(name)?.environment() } };
  }

  /** Makes the cluster that scripts/database has created a part like the others. */
  async #takeOverDatabase() {
    const { database } = this.rig;
    const data = await database.run("SHOW data_directory");
    const programs = await database.run("SELECT setting FROM pg_config WHERE name = 'BINDIR'");
    execFileSync(join(checkout, "scripts/database"), ["stop", this.folder], { stdio: ["ignore", "pipe", "inherit"] });
    const clock = /** @type {SteppedClock} */ (this.clocks.get("database"));
    return new PostgresService(database, data, programs, join(this.folder, "postgresql.log"), clock.environment());
  }

  /** Stops a PostgreSQL that is not a part yet, and so still runs under scripts/database: it would keep its unmounted data alive. */
  #stopNewCluster() {
    if (this.parts.has("database") || !existsSync(join(this.folder, "postgresql"))) return;
    spawnSync(join(checkout, "scripts/database"), ["stop", this.folder], { stdio: ["ignore", "ignore", "inherit"] });
  }

  /** Cleans up after an interrupted run: its history has no end and cannot be checked. */
  #abandon() {
    this.recorder.forget();
    for (const { name, service } of this.parts.values()) service.signal(name === "database" ? "SIGQUIT" : "SIGKILL");
    for (const { service } of this.parts.values()) service.signal("SIGCONT");
    this.#stopNewCluster();
    for (const disk of this.disks.values()) disk.unmount();
    if (!this.#rig) this.#forget();
  }
}

/** @param {string} url */
function answers(url) {
  return fetch(url, { redirect: "manual", signal: AbortSignal.timeout(2000) }).then(({ status }) => status < 500, () => false);
}

/** In memory if there is enough: the faults are crashes of programs, and none needs a slow disk. */
function roomForData() {
  const memory = "/dev/shm";
  if (!existsSync(memory)) return tmpdir();
  const { bavail, bsize } = statfsSync(memory);
  return bavail * bsize > 2 ** 30 ? memory : tmpdir();
}
