// A proxy on a Unix socket between the origin and PostgreSQL that counts round trips: the messages up to each point at which the client
// waits for an answer. It can hold the mail worker, so that only requests work. Protocol 3.0, no encryption.
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { until } from "../system/polling.mjs";
import { PostgresMessages } from "./postgres_messages.mjs";

/**
 * @typedef {import("./postgres_messages.mjs").PostgresMessage} PostgresMessage
 *
 * @typedef {object} Trip one round trip
 * @property {string} statement a prepared statement's name, the text of a plain one, or "prepare" and a name
 * @property {string} tag PostgreSQL's command tag, such as "UPDATE 1"; empty if there was none
 * @property {boolean} endsTransaction whether the connection is outside a transaction afterwards
 */

const SOCKET_NAME = ".s.PGSQL.5432";

export class PostgresProxy {
  /** @type {Trip[]} */
  trips = [];
  /** @type {Set<Passage>} */
  passages = new Set();
  /** @type {Set<Passage>} connections whose trip waits for release() */
  held = new Set();
  /** @type {(statement: string) => boolean} */
  #holds = () => false;
  #folder = mkdtempSync(join(tmpdir(), "rekey-pg-"));
  #server = createServer((near) => this.#open(near));
  #target;

  /** @param {string} databaseUrl with the folder of PostgreSQL's socket as its host */
  constructor(databaseUrl) {
    this.#target = join(decodeURIComponent(new URL(databaseUrl).hostname), SOCKET_NAME);
    this.url = databaseUrl.replace(/@[^/]*\//, `@${encodeURIComponent(this.#folder)}/`);
  }

  async listen() {
    this.#server.listen(join(this.#folder, SOCKET_NAME));
    await once(this.#server, "listening");
  }

  /** Holds the next trip that matches; returns when it is held. @param {(statement: string) => boolean} isToBeHeld */
  async hold(isToBeHeld) {
    const before = this.held.size;
    this.#holds = isToBeHeld;
    await until("a statement is held", () => this.held.size > before, { every: 5 });
  }

  /** @param {(statement: string) => boolean} [isToBeReleased] if missing, all that are held */
  release(isToBeReleased = () => true) {
    this.#holds = () => false;
    for (const passage of this.held) {
      if (!isToBeReleased(passage.statement)) continue;
      this.held.delete(passage);
      passage.forward();
    }
  }

  /** Runs a query on each open connection, when nothing is under way; neither the origin nor `trips` sees it. @param {string} query */
  async askEverywhere(query) {
    const isQuiet = (/** @type {Passage} */ passage) => passage.isIdle || this.held.has(passage);
    await until("nothing is under way", () => [...this.passages].every(isQuiet), { every: 2 });
    await Promise.all([...this.passages].map((passage) => passage.ask(query)));
  }

  /** @param {Passage} passage @param {string} statement */
  mustWait(passage, statement) {
    if (!this.#holds(statement)) return false;
    this.#holds = () => false;
    this.held.add(passage);
    return true;
  }

  async close() {
    for (const passage of this.passages) passage.close();
    await new Promise((resolve) => this.#server.close(resolve));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** @param {import("node:net").Socket} near */
  #open(near) {
    this.passages.add(new Passage(this, near, connect(this.#target)));
  }
}

/** One connection of the origin, with its counterpart to PostgreSQL. */
class Passage {
  #proxy;
  #near;
  #far;
  #asked = new PostgresMessages("startup");
  #answered = new PostgresMessages("typed");
  /** @type {PostgresMessage[]} of the trip that is being assembled, held or under way */
  #messages = [];
  #tag = "";
  /** @type {(() => void) | null} */
  #asker = null;

  /** @param {PostgresProxy} proxy @param {import("node:net").Socket} near @param {import("node:net").Socket} far */
  constructor(proxy, near, far) {
    this.#proxy = proxy;
    this.#near = near;
    this.#far = far;
    near.on("data", (/** @type {Buffer} */ chunk) => this.#hear(chunk));
    far.on("data", (/** @type {Buffer} */ chunk) => this.#answer(chunk));
    for (const socket of [near, far]) socket.on("error", () => this.close()).on("close", () => this.close());
  }

  get isIdle() {
    return this.#messages.length === 0 && this.#asker === null;
  }

  /** Of the trip that is held or under way. */
  get statement() {
    return statementOf(this.#messages);
  }

  forward() {
    for (const { bytes } of this.#messages) this.#far.write(bytes);
  }

  /** @param {string} query */
  ask(query) {
    const text = Buffer.from(`${query}\0`);
    const head = Buffer.alloc(5, "Q");
    head.writeInt32BE(4 + text.length, 1);
    return new Promise((resolve) => {
      this.#asker = () => resolve(undefined);
      this.#far.write(Buffer.concat([head, text]));
    });
  }

  close() {
    this.#near.destroy();
    this.#far.destroy();
    this.#asker?.();
    this.#proxy.passages.delete(this);
    this.#proxy.held.delete(this);
  }

  /** @param {Buffer} chunk */
  #hear(chunk) {
    for (const message of this.#asked.take(chunk)) {
      this.#messages.push(message);
      if (message.endsTrip && !this.#proxy.mustWait(this, statementOf(this.#messages))) this.forward();
    }
  }

  /** @param {Buffer} chunk */
  #answer(chunk) {
    for (const message of this.#answered.take(chunk)) {
      if (message.type === "C") this.#tag = message.texts(1)[0];
      if (!this.#asker) this.#near.write(message.bytes);
      if (message.type === "Z") this.#arrive(message);
    }
  }

  /** @param {PostgresMessage} ready */
  #arrive(ready) {
    const statement = statementOf(this.#messages);
    const trip = { statement, tag: this.#tag, endsTransaction: ready.body.toString("latin1") === "I" };
    this.#tag = "";
    if (this.#asker) {
      this.#asker();
      this.#asker = null;
    } else {
      this.#messages = [];
      if (statement) this.#proxy.trips.push(trip);
    }
  }
}

/** @param {PostgresMessage[]} messages of one trip @returns {string} empty for the start of a connection, which is not a statement */
function statementOf(messages) {
  for (const message of messages) {
    if (message.type === "B") return message.texts(2)[1];
    if (message.type === "Q") return message.texts(1)[0].trim();
  }
  const parse = messages.find(({ type }) => type === "P");
  return parse ? `prepare ${parse.texts(1)[0]}` : "";
}
