// A self-hosted Rekey of release builds, on loopback and for one run: PostgreSQL, origins, edges under raw workerd; the caller brings
// the relay. scripts/prove, scripts/bench and tests/counts use it; tests/system has its own, tests/system/stack.mjs.
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { asOrigin, Database } from "../system/database.mjs";
import { adoptAccounts, grantRights } from "../system/foreign_accounts.mjs";
import { exchange } from "../system/http_exchange.mjs";
import { checkout, freePorts } from "../system/stack.mjs";
import { Service } from "./service.mjs";

/**
 * @typedef {import("./service.mjs").Program} Program
 * @typedef {Record<string, string>} Settings
 *
 * @typedef {object} Plan
 * @property {number} [origins]
 * @property {number} [edges]
 * @property {Settings} [originSettings] beside the rig's own
 * @property {Settings} [edgeSettings]
 * @property {number} [relayPort] on 127.0.0.1; by default one without a listener
 * @property {string} [accounts] of another product (foreign_accounts.mjs); Rekey's own by default
 * @property {string} [originBinary]
 * @property {(name: string, program: Program) => Program} [wrap] puts strace, prlimit or a preloaded library around a program
 * @property {string} [folder] an empty folder of the caller's for all data; by default a new one
 * @property {(origin: string) => string} [originUrlFor] the URL at which the edges call an origin, such as a proxy's. In: the origin's own
 * @property {(url: string) => string} [databaseUrlFor] the URL at which the origins open the database
 */

/** The host of pages and links, which a proxy in front of the edge passes on in `Host`. */
export const FRONTEND_HOST = "account.example.com";

const NOBODY_LISTENS = 9;

const LIMITS = ["FORGOT_PER_CLIENT", "FORGOT_PER_ACCOUNT", "RESET_PER_CLIENT", "LOGIN_PER_CLIENT", "LOGIN_PER_ACCOUNT",
  "REGISTER_PER_CLIENT", "OTHER_PER_CLIENT", "FAILURES_PER_CLIENT"];

/** Limits at the edge that no run reaches. */
export const GENEROUS_LIMITS = Object.fromEntries(LIMITS.map((name) => [`LIMIT_${name}`, "100000/60"]));

export class Rig {
  #stopped = false;
  #ownFolder;

  /** @param {Plan} [plan] @returns {Promise<Rig>} with every part answering */
  static async start(plan = {}) {
    const rig = await Rig.prepare(plan);
    return rig.#orNothing(() => rig.startServices());
  }

  /** Starts the database and creates its schema; starts no origin and no edge. @param {Plan} [plan] */
  static async prepare(plan = {}) {
    const { origins = 1, edges = 1 } = plan;
    const rig = new Rig(plan, await freePorts(2 * origins + edges));
    process.once("exit", () => rig.#clear());
    for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) process.on(signal, () => process.exit(1));
    return rig.#orNothing(async () => {
      rig.#startDatabase();
      rig.operate("migrate");
      await grantRights(rig.database);
      if (plan.accounts) await adoptAccounts(rig.database, plan.accounts);
    });
  }

  /** Cleans up if `work` fails. @param {() => Promise<unknown>} work */
  async #orNothing(work) {
    try {
      await work();
      return this;
    } catch (error) {
      this.#clear();
      throw error;
    }
  }

  /** @param {Plan} plan @param {number} ports the first of a row of free ones */
  constructor(plan, ports) {
    const { origins = 1, edges = 1 } = plan;
    this.plan = plan;
    this.#ownFolder = plan.folder === undefined;
    this.folder = plan.folder ?? makeDataFolder(roomForData());
    this.originBinary = plan.originBinary ?? join(checkout, "build/release/origin/rekey-origin");
    this.database = new Database("");
    this.databaseUrl = "";
    /** @type {Settings} of every origin; a change holds from its next start */
    this.settings = {};
    /** @type {Settings} of every edge */
    this.edgeSettings = {};
    this.origins = Array.from({ length: origins }, (_, index) => this.#originService(index, ports + 2 * index));
    this.edges = Array.from({ length: edges }, (_, index) => this.#edgeService(index, ports + 2 * origins + index));
  }

  async startServices() {
    await Promise.all(this.origins.map((origin) => origin.start()));
    await Promise.all(this.edges.map((edge) => edge.start()));
  }

  /** Runs one of the operator's commands to its end. @param {string[]} words @returns {string} what it printed */
  operate(...words) {
    const settings = words.includes("migrate") ? { ...this.settings, DATABASE_URL: this.databaseUrl } : this.settings;
    return execFileSync(this.originBinary, words, { cwd: checkout, env: withPath(settings), encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  }

  /**
   * A call as a proxy in front of the edge passes it on.
   * @param {string} url of an edge
   * @param {string} method
   * @param {string} path
   * @param {unknown} [body] an object to be sent as JSON, or a text to be sent as it is
   * @param {Record<string, string>} [headers]
   */
  ask(url, method, path, body, headers = {}) {
    const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
    /** @type {Settings} */
    const type = text === undefined ? {} : { "content-type": "application/json" };
    return exchange(method, url + path, { ...PROXY_HEADERS, ...type, ...headers }, text);
  }

  async stop() {
    await Promise.all([...this.edges, ...this.origins].map((service) => service.end()));
    this.#clear();
  }

  #startDatabase() {
    script("database", "start", this.folder);
    this.databaseUrl = script("database", "url", this.folder).trim();
    this.database = new Database(this.databaseUrl);
    this.settings = { ...this.#originDefaults(), ...this.plan.originSettings };
    this.edgeSettings = { ...this.#edgeDefaults(), ...this.plan.edgeSettings };
  }

  /** @returns {Settings} */
  #originDefaults() {
    return {
      DATABASE_URL: asOrigin(this.plan.databaseUrlFor?.(this.databaseUrl) ?? this.databaseUrl),
      EDGE_ORIGIN_KEYS: `1:${randomKey()}`,
      RESET_PASSWORD_TOKEN_SECRET: `1:${randomKey()}`,
      SEED_SECRET: randomKey(),
      FRONTEND_URL: `https://${FRONTEND_HOST}`,
      MAIL_SERVER: "127.0.0.1",
      MAIL_PORT: String(this.plan.relayPort ?? NOBODY_LISTENS),
      MAIL_TLS: "none",
      MAIL_FROM: "rekey@example.com",
      REGISTRATION: this.plan.accounts ? "off" : "on",
      TEMPLATES_DIR: join(checkout, "templates"),
    };
  }

  /** @returns {Settings} */
  #edgeDefaults() {
    const { EDGE_ORIGIN_KEYS, RESET_PASSWORD_TOKEN_SECRET, FRONTEND_URL } = this.settings;
    const origins = this.origins.map((origin) => this.plan.originUrlFor?.(origin.url) ?? origin.url);
    return { ...GENEROUS_LIMITS, EDGE_ORIGIN_KEYS, RESET_PASSWORD_TOKEN_SECRET, FRONTEND_URL, ORIGIN_URLS: origins.join(",") };
  }

  /** @param {number} index @param {number} port its operation listener is at the next one */
  #originService(index, port) {
    const ports = { ORIGIN_LISTEN: `127.0.0.1:${port}`, OPS_LISTEN: `127.0.0.1:${port + 1}` };
    const program = () => ({ command: [this.originBinary, "serve"], env: withPath({ ...this.settings, ...ports }) });
    const opsUrl = `http://127.0.0.1:${port + 1}`;
    return new OriginService(this.#named("origin", index, program), `http://127.0.0.1:${port}`, opsUrl);
  }

  /** @param {number} index @param {number} port */
  #edgeService(index, port) {
    const limits = join(this.folder, `limits-${index}`);
    mkdirSync(limits, { recursive: true });
    const words = ["serve", join(checkout, "build/workerd/rekey.capnp"), "--socket-addr", `http=127.0.0.1:${port}`,
      "--directory-path", `limits=${limits}`, "--directory-path", `site=${join(checkout, "build/workerd/site")}`];
    const program = () => ({ command: [join(checkout, "node_modules/workerd/bin/workerd"), ...words], env: withPath(this.edgeSettings) });
    return new EdgeService(this.#named("edge", index, program), `http://127.0.0.1:${port}`, limits);
  }

  /** @param {string} part @param {number} index @param {() => Program} program */
  #named(part, index, program) {
    const name = `${part} ${index}`;
    const wrapped = () => this.plan.wrap?.(name, program()) ?? program();
    return { name, log: join(this.folder, `${part}-${index}.log`), program: wrapped };
  }

  #clear() {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const service of [...this.edges, ...this.origins]) service.signal("SIGKILL");
    script("database", "drop", this.folder);
    if (this.#ownFolder) rmSync(this.folder, { recursive: true, force: true });
  }
}

/** @typedef {{name: string, log: string, program: () => Program}} Named */

export class OriginService extends Service {
  /** @param {Named} named @param {string} url @param {string} opsUrl */
  constructor({ name, log, program }, url, opsUrl) {
    super(name, log, program, `${opsUrl}/healthz`);
    this.opsUrl = opsUrl;
    this.url = url;
    this.port = Number(new URL(url).port);
  }
}

export class EdgeService extends Service {
  /** @param {Named} named @param {string} url @param {string} limitsFolder */
  constructor({ name, log, program }, url, limitsFolder) {
    super(name, log, program, `${url}/assets/none`); // answered by the edge alone, without limiter or origin
    this.limitsFolder = limitsFolder;
  }
}

/** The fields that the proxy in front of a self-hosted edge sets, beside the one with the client's address. */
export const PROXY_HEADERS = { host: FRONTEND_HOST, "x-forwarded-proto": "https" };

export function randomKey() {
  return randomBytes(32).toString("base64url");
}

/** @param {Settings} settings @returns {Settings} */
function withPath(settings) {
  return { PATH: process.env.PATH ?? "", ...settings };
}

/** @param {string} name @param {string[]} words */
function script(name, ...words) {
  return execFileSync(join(checkout, "scripts", name), words, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

/**
 * A new folder for a rig's data. For root, PostgreSQL runs as another user: that user gets write access, since otherwise
 * scripts/database keeps the cluster elsewhere.
 * @param {string} below
 * @returns {string}
 */
export function makeDataFolder(below) {
  const folder = mkdtempSync(join(below, "rekey-rig-"));
  if (process.getuid?.() === 0) {
    execFileSync("chgrp", ["postgres", folder]);
    chmodSync(folder, 0o770);
  }
  return folder;
}

/** A folder on a disk, where fsync has its real cost; REKEY_RIG_FOLDER names another. */
function roomForData() {
  return process.env.REKEY_RIG_FOLDER ?? (existsSync("/var/tmp") ? "/var/tmp" : tmpdir());
}
