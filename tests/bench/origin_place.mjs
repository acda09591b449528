// The place of the origin part: one origin without an edge, a relay that takes everything, accounts with one password, and tables that
// hold only what a measurement needs.
import { createHash } from "node:crypto";

import { Rig } from "../rig/rig.mjs";
import { addForeignAccount } from "../system/foreign_accounts.mjs";
import { plantedLinks } from "../system/planted_links.mjs";
import { OriginCalls } from "./growth_origin_calls.mjs";
import { ACCOUNT_NUMBER, accountAddress, addAccounts } from "./mail_queue.mjs";
import { SmtpSink } from "./mail_sink.mjs";
import { loadOrigin } from "./origin_load.mjs";
import { pgbench } from "./origin_pgbench.mjs";

export const PASSWORD = "a long enough password";

export class OriginPlace {
  #accounts = 0;
  #passwordHash = "";
  #planted = 0;
  #parts;

  /** @param {{accounts?: string}} [plan] `accounts`: of another product (foreign_accounts.mjs); Rekey's own by default @returns {Promise<OriginPlace>} */
  static async start({ accounts = "" } = {}) {
    await using parts = new AsyncDisposableStack(); // ends the started parts if a later one does not start
    const sink = parts.adopt(await SmtpSink.start(), (one) => one.stop());
    const rig = parts.adopt(await Rig.start({ edges: 0, relayPort: sink.port, accounts }), (one) => one.stop());
    const place = new OriginPlace(rig, sink, parts);
    await place.#learnHash();
    place.#parts = parts.move();
    return place;
  }

  /** @param {Rig} rig @param {SmtpSink} sink @param {AsyncDisposableStack} parts */
  constructor(rig, sink, parts) {
    this.rig = rig;
    this.sink = sink;
    this.database = rig.database;
    this.#parts = parts;
  }

  async #learnHash() {
    const first = { username: "first", email: "first@example.com", password: PASSWORD };
    const calls = new OriginCalls(this.rig.origins[0].url, this.rig.settings.EDGE_ORIGIN_KEYS);
    if (this.rig.plan.accounts) await addForeignAccount(this.database, first);
    else await calls.call("register", first, "created");
    this.#passwordHash = await this.database.run("SELECT password_hash FROM users");
  }

  /** @param {number} count of accounts to reach */
  async growAccounts(count) {
    if (count <= this.#accounts) return;
    await addAccounts(this.database, this.#accounts + 1, count, this.#passwordHash);
    this.#accounts = count;
  }

  /** @param {number} count @returns {Promise<string[]>} */
  async addressesOf(count) {
    await this.growAccounts(count);
    return numbers(count).map(accountAddress);
  }

  /** Deletes the rows of earlier measurements, and makes their checkpoint now, so that it does not disturb the next one. */
  async clear() {
    await empty(this.database, "reset_requests, deliveries, delivery_attempts, reset_tokens, sessions, audit_log");
    await this.database.run("CHECKPOINT");
  }

  /**
   * Inserts a live token for each of `count` accounts, as if its mail had been sent.
   * @param {number} count
   * @returns {Promise<string[]>} the hashes
   */
  async plantTokens(count) {
    await this.growAccounts(count);
    const run = `reset-${++this.#planted}-`;
    await this.database.run(plantedLinks(`
      SELECT id AS owner, sha256(('${run}' || ${ACCOUNT_NUMBER})::bytea) AS hash
      FROM users WHERE ${ACCOUNT_NUMBER} <= ${count}`));
    await this.database.run("VACUUM ANALYZE users, reset_requests, deliveries, reset_tokens"); // resets leave dead rows of users
    return numbers(count).map((number) => sha256Hex(run + number));
  }

  /**
   * Inserts a live session for each of `count` accounts; the hash of number n is SHA-256 over "session-n".
   * @param {number} count
   * @returns {Promise<string[]>} the hashes
   */
  async plantSessions(count) {
    await this.growAccounts(count);
    await this.database.run(`
      INSERT INTO sessions (token_hash, user_id, password_fingerprint, expires_at, request_id)
      SELECT sha256(('session-' || ${ACCOUNT_NUMBER})::bytea), id, password_fingerprint(password_hash), now() + interval '30 minutes', ''
      FROM users WHERE ${ACCOUNT_NUMBER} <= ${count}`);
    await this.database.run("VACUUM ANALYZE sessions");
    return numbers(count).map((number) => sha256Hex(`session-${number}`));
  }

  /** @param {import("./origin_load.mjs").Calls} calls @param {import("./origin_load.mjs").Pace} pace */
  load(calls, pace) {
    const { rig } = this;
    return loadOrigin({ port: rig.origins[0].port, keys: rig.settings.EDGE_ORIGIN_KEYS, folder: rig.folder }, calls, pace);
  }

  /**
   * Runs pgbench alone on the database: the origin, whose worker would process pgbench's rows, is stopped meanwhile.
   * @param {import("./origin_pgbench.mjs").Script} script
   * @param {{clients: number, seconds: number}} wish
   */
  async pgbenchAlone(script, wish) {
    const [origin] = this.rig.origins;
    await origin.end();
    try {
      return await pgbench(this.rig.databaseUrl, this.rig.folder, script, wish);
    } finally {
      await origin.start();
    }
  }

  /** @param {string} query that counts @returns {Promise<number>} */
  async count(query) {
    return Number(await this.database.run(`SELECT count(*) FROM ${query}`));
  }

  async stop() {
    await this.#parts.disposeAsync();
  }
}

/** @param {number} count @returns {number[]} from 1 */
function numbers(count) {
  return Array.from({ length: count }, (_, index) => index + 1);
}

/** @param {string} text */
function sha256Hex(text) {
  return createHash("sha256").update(text).digest("hex");
}

const MOST_DEADLOCKS = 10;

/** The mail worker locks the same tables in an order of its own: the database may abort either of the two. @param {import("../system/database.mjs").Database} database @param {string} tables */
export async function empty(database, tables, deadlocks = 0) {
  try {
    await database.run(`TRUNCATE ${tables}`);
  } catch (error) {
    if (deadlocks === MOST_DEADLOCKS || !String(error).includes("deadlock detected")) throw error;
    await empty(database, tables, deadlocks + 1);
  }
}
