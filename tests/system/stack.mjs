// A complete Rekey for one suite: scripts/stack starts it in a folder and on ports of its own, and stops it by its process ids. Each
// call comes from a new client address unless it says otherwise, so that only tests of the limits reach them.
import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { asOwner, Database } from "./database.mjs";
import { accountsUnderTest, adoptAccounts } from "./foreign_accounts.mjs";
import { exchange } from "./http_exchange.mjs";
import { MailBox } from "./mail_box.mjs";
import { valuesOf } from "./metrics_text.mjs";
import { OriginProcess } from "./origin_process.mjs";
import { until } from "./polling.mjs";
import { postgresProgram } from "./postgres_programs.mjs";

/**
 * @typedef {Record<string, string>} Settings
 * @typedef {import("./http_exchange.mjs").Headers} Headers
 */

const run = promisify(execFile);
/** A short cadence: tests wait for many mails. */
const FOR_TESTS = { MAIL_CADENCE_MS: "20", ...(accountsUnderTest ? { REGISTRATION: "off" } : {}) };
export const checkout = join(import.meta.dirname, "..", "..");
const script = (/** @type {string} */ name) => join(checkout, "scripts", name);

/**
 * @param {Settings} [origin] settings of the origin beside the stack's own
 * @param {Settings} [edge] settings of the edge beside the stack's own
 * @param {(stack: Stack) => void} [prepare] gets the stack, whose URLs are known, before anything runs
 * @returns {Promise<Stack>}
 */
export async function startStack(origin = {}, edge = {}, prepare = () => {}) {
  const stack = new Stack(mkdtempSync(join(roomForTests(), "rekey-test-")), await freePorts());
  prepare(stack);
  process.once("exit", () => stack.clear());
  // Handlers stay, so that a second signal does not interrupt the clearing: the test runner sends one.
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) process.on(signal, () => process.exit(1));
  await stack.start(origin, edge);
  return stack;
}

export class Stack {
  /**
   * @param {string} folder
   * @param {number} portBase
   */
  constructor(folder, portBase) {
    this.folder = folder;
    this.portBase = portBase;
    this.clients = 0;
    /** The number of different client addresses, from which calls come in turn. */
    this.mostClients = 65_000;
    this.cleared = false;
    this.hasAdopted = accountsUnderTest === "";
    /** @type {Settings} the origin's at its start */
    this.settings = {};
    this.edgeUrl = `http://127.0.0.1:${portBase}`;
    this.originUrl = `http://127.0.0.1:${portBase + 1}`;
    this.opsUrl = `http://127.0.0.1:${portBase + 2}`;
    this.mailBox = new MailBox(`http://127.0.0.1:${portBase + 4}`);
    this.database = new Database("");
    this.origin = new OriginProcess(folder, this.opsUrl);
  }

  /**
   * @param {Settings} origin
   * @param {Settings} edge
   */
  async start(origin, edge) {
    const options = [...optionsOf("--origin", { ...FOR_TESTS, ...origin }), ...optionsOf("--edge", edge)];
    await run(script("stack"), ["start", this.folder, "--port-base", String(this.portBase), ...options]).catch((error) => {
      throw new Error(`the stack did not start:\n${error.stderr}`);
    });
    this.settings = readSettings(join(this.folder, "env"));
    this.database = new Database(asOwner(this.settings.DATABASE_URL));
    if (!this.hasAdopted) await adoptAccounts(this.database, accountsUnderTest);
    this.hasAdopted = true;
  }

  /**
   * Stops everything and starts it again with the same data and secrets.
   * @param {Settings} [origin]
   * @param {Settings} [edge]
   */
  async restart(origin = {}, edge = origin) {
    await this.origin.terminate();
    await run(script("stack"), ["stop", this.folder]);
    await this.start(origin, edge);
  }

  async stop() {
    await this.origin.terminate();
    this.clear();
  }

  /** Stops everything and deletes the data; also at the end of an interrupted test run. */
  clear() {
    if (this.cleared) return;
    this.cleared = true;
    this.origin.kill();
    spawnSync(script("stack"), ["stop", this.folder], { stdio: "inherit" });
    spawnSync(script("database"), ["drop", this.folder], { stdio: "inherit" });
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** @returns {Promise<Map<string, number>>} the origin's, with the database's gauges, which a busy machine may leave out */
  metrics() {
    return until("the database's gauges are there", async () => {
      const values = valuesOf(await (await fetch(`${this.opsUrl}/metrics`)).text());
      return values.get("rekey_database_up") === 1 && values;
    });
  }

  /** @returns {Headers} of the next client */
  newClient() {
    const number = ++this.clients % this.mostClients;
    return { "cf-connecting-ip": `198.${18 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}` };
  }

  /**
   * @param {string} path
   * @param {Headers} [headers]
   */
  get(path, headers = {}) {
    return exchange("GET", this.edgeUrl + path, { ...this.newClient(), ...headers });
  }

  /**
   * @param {string} path
   * @param {unknown} body an object to be sent as JSON, or a text to be sent as it is
   * @param {Headers} [headers]
   */
  post(path, body, headers = {}) {
    return this.send("POST", path, body, headers);
  }

  /**
   * @param {string} path
   * @param {unknown} body
   * @param {Headers} [headers]
   */
  patch(path, body, headers = {}) {
    return this.send("PATCH", path, body, headers);
  }

  /**
   * @param {string} path
   * @param {Record<string, string>} fields
   * @param {Headers} [headers]
   */
  postForm(path, fields, headers = {}) {
    const body = new URLSearchParams(fields).toString();
    return this.send("POST", path, body, { "content-type": "application/x-www-form-urlencoded", ...headers });
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {unknown} body
   * @param {Headers} headers
   */
  send(method, path, body, headers) {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return exchange(method, this.edgeUrl + path, { "content-type": "application/json", ...this.newClient(), ...headers }, text);
  }

  /** @returns {{name: string, text: string}[]} every log of every part, PostgreSQL's included */
  logs() {
    const question = ["-XAtq", "--dbname", this.database.url, "--command", "SHOW data_directory"];
    const postgres = spawnSync(postgresProgram("psql"), question, { encoding: "utf8" });
    const folder = join(this.folder, "log");
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const paths = [...files.map((file) => join(file.parentPath, file.name)), join(postgres.stdout.trim(), "..", "log")];
    return paths.map((path) => ({ name: path, text: readFileSync(path, "latin1") }));
  }
}

/** @returns {string} in memory if there is enough: PostgreSQL and the limiters would wait for a disk */
function roomForTests() {
  const memory = "/dev/shm";
  if (!existsSync(memory)) return tmpdir();
  const { bavail, bsize } = statfsSync(memory);
  return bavail * bsize > 2 ** 30 ? memory : tmpdir();
}

/**
 * @param {string} option
 * @param {Settings} settings
 */
function optionsOf(option, settings) {
  return Object.entries(settings).flatMap(([name, value]) => [option, `${name}=${value}`]);
}

/**
 * @param {string} path
 * @returns {Settings}
 */
export function readSettings(path) {
  const lines = readFileSync(path, "utf8").split("\n").filter((line) => line.includes("="));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}

const kBlock = 16; // ports; the last one marks the block as taken

/**
 * Below the system's range for outgoing connections (from 32768 on), so that none of them is taken meanwhile. Suites that look at the
 * same time get different ones: a process owns a block of ports as long as it listens on the block's last one.
 * @param {number} [count] at most 15
 * @returns {Promise<number>} the first of `count` free ports in a row
 */
export async function freePorts(count = 5) {
  if (count >= kBlock) throw new Error(`at most ${kBlock - 1} ports in a row can be found`);
  for (;;) {
    const base = 20_000 + kBlock * Math.floor((Math.random() * 12_000) / kBlock);
    const mark = await listen(base + kBlock - 1);
    const servers = mark ? await Promise.all(Array.from({ length: count }, (_, offset) => listen(base + offset))) : [];
    await Promise.all(servers.map(close));
    if (mark && servers.every(Boolean)) return base;
    await close(mark);
  }
}

/** @typedef {import("node:net").Server} Server */

/**
 * @param {number} port
 * @returns {Promise<Server | undefined>} undefined if the port is taken
 */
function listen(port) {
  return new Promise((resolve) => {
    const server = createServer().unref();
    server.once("error", () => resolve(undefined));
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

/** @param {Server | undefined} server */
function close(server) {
  return new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
}
