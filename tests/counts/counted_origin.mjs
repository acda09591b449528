// Counts all work of one origin at its database: round trips by a proxy on the socket, rows by PostgreSQL's table statistics, pages by
// pg_stat_statements, commits and bytes in the write-ahead log by pg_walinspect. Calls go directly to the origin, one after the other,
// signed as the edge signs. PostgreSQL's own writes (autovacuum, full pages) are off.
import { Rig } from "../rig/rig.mjs";
import { asOrigin } from "../system/database.mjs";
import { exchange } from "../system/http_exchange.mjs";
import { valuesOf } from "../system/metrics_text.mjs";
import { until } from "../system/polling.mjs";
import { signedCall } from "../system/origin_call.mjs";
import { PostgresProxy } from "./postgres_proxy.mjs";

/**
 * @typedef {object} TableRows
 * @property {number} read
 * @property {number} written inserted, updated and deleted
 * @property {number} updated
 * @property {number} hot updated rows that needed no new entry in any index
 *
 * @typedef {object} DatabaseWork
 * @property {import("./postgres_proxy.mjs").Trip[]} trips without those that prepare a statement, which happen once for each connection
 * @property {number} calls of statements, as pg_stat_statements counts them
 * @property {string} texts what these were, each with its number
 * @property {number} pages read, as pg_stat_statements counts them
 * @property {TableRows} rows
 * @property {number} writingCommits
 * @property {number} logBytes of the write-ahead log
 */

/** A round of the mail worker is two transactions: DECIDES is the first statement of one, CLAIMS of the other. */
export const DECIDES = "due_addresses";
const CLAIMS = "claim_deliveries";

/** The cheapest hashes and the shortest cadence that the settings allow: no count depends on them. */
/** A held statement must not look like a database that hangs. */
const PATIENCE = { DATABASE_STATEMENT_MS: "60000" };
const SETTINGS = { ...PATIENCE, ARGON2_MEMORY_KIB: "7168", ARGON2_PASSES: "1", LOG_LEVEL: "error", MAIL_CADENCE_MS: "10" };

export class CountedOrigin {
  /** @param {Rig} rig @param {PostgresProxy} proxy */
  constructor(rig, proxy) {
    this.rig = rig;
    this.proxy = proxy;
    this.database = rig.database;
  }

  /** The worker is on hold from the start. @param {number} [relayPort] */
  static async start(relayPort) {
    const rig = await Rig.prepare({ edges: 0, relayPort, originSettings: SETTINGS });
    const proxy = new PostgresProxy(rig.databaseUrl);
    await proxy.listen();
    rig.settings.DATABASE_URL = asOrigin(proxy.url);
    const origin = new CountedOrigin(rig, proxy);
    await origin.#quietDatabase();
    await rig.startServices();
    await origin.holdWorker();
    return origin;
  }

  async stop() {
    this.proxy.release();
    await this.rig.stop();
    await this.proxy.close();
  }

  /** Returns when the worker is held before its next round. Between two holds the worker makes whole rounds. */
  holdWorker() {
    return this.proxy.hold((statement) => statement === "BEGIN" && this.#isBetweenRounds());
  }

  releaseWorker() {
    this.proxy.release();
  }

  /**
   * @param {string} useCase @param {Record<string, unknown>} input @param {string} [repeat] of an Idempotency-Key
   * @returns {Promise<any>} the origin's answer
   */
  async call(useCase, input, repeat) {
    const { path, headers, body } = signedCall(this.rig.settings.EDGE_ORIGIN_KEYS, useCase, input, { repeat });
    return (await exchange("POST", this.rig.origins[0].url + path, headers, body)).json;
  }

  /** @param {string} name of a number that /metrics shows @returns {Promise<number>} */
  async metric(name) {
    return valuesOf(await (await fetch(`${this.rig.origins[0].opsUrl}/metrics`)).text()).get(name) ?? NaN;
  }

  /**
   * @param {() => Promise<unknown>} work
   * @returns {Promise<DatabaseWork>} the database's work for it; the worker is held before and after
   */
  async counted(work) {
    await this.#flushStatistics();
    const before = await this.#tableRows();
    const start = await this.database.run("SELECT pg_current_wal_insert_lsn()");
    await this.database.run("SELECT pg_stat_statements_reset()");
    this.proxy.trips = [];
    await work();
    const trips = this.proxy.trips.filter(({ statement }) => !statement.startsWith("prepare "));
    const { calls, pages, texts } = await this.#statements();
    const log = await this.#logSince(start);
    await this.#flushStatistics();
    return { trips, calls, pages, texts, ...log, rows: difference(await this.#tableRows(), before) };
  }

  /**
   * The worker is held before it begins a transaction: within one its connection would not publish its statistics. Nothing else may begin
   * one meanwhile: its BEGIN would be held instead.
   */
  #isBetweenRounds() {
    const last = this.proxy.trips.findLast(({ statement }) => statement === DECIDES || statement === CLAIMS);
    return last === undefined || last.statement === CLAIMS;
  }

  async #quietDatabase() {
    const settings = { autovacuum: "off", full_page_writes: "off", wal_compression: "off", checkpoint_timeout: "'1h'" };
    for (const [name, value] of Object.entries(settings)) await this.database.run(`ALTER SYSTEM SET ${name} = ${value}`);
    await this.database.run("SELECT pg_reload_conf()");
    await until("autovacuum is off", async () => (await this.database.run("SHOW autovacuum")) === "off");
    for (const name of ["pg_stat_statements", "pg_walinspect"]) await this.database.run(`CREATE EXTENSION ${name}`);
  }

  /** Without this a connection publishes its row counts up to ten seconds later. */
  #flushStatistics() {
    return this.proxy.askEverywhere("SELECT pg_stat_force_next_flush()");
  }

  /** @returns {Promise<TableRows>} */
  #tableRows() {
    return this.database.row(`
      SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::bigint AS read,
             sum(n_tup_ins + n_tup_upd + n_tup_del)::bigint AS written,
             sum(n_tup_upd)::bigint AS updated, sum(n_tup_hot_upd)::bigint AS hot FROM pg_stat_user_tables`);
  }

  /** Without psql's statements, which are not prepared: those are the tests' own. */
  #statements() {
    return this.database.row(`
      SELECT coalesce(sum(calls), 0)::bigint AS calls, coalesce(sum(shared_blks_hit + shared_blks_read), 0)::bigint AS pages,
             string_agg(calls || ' ' || left(query, 60), E'\\n') AS texts
      FROM pg_stat_statements WHERE query !~ 'pg_stat_|pg_current_wal|pg_get_wal'`);
  }

  /**
   * Counts only the bytes of rows, their index entries and commits: when pages are split and cleaned depends on chance and on the clock.
   * @param {string} start @returns {Promise<{writingCommits: number, logBytes: number}>}
   */
  async #logSince(start) {
    const end = await this.database.run(`SELECT pg_current_wal_insert_lsn() WHERE pg_current_wal_insert_lsn() > '${start}'`);
    if (!end) return { writingCommits: 0, logBytes: 0 };
    await this.database.run("SELECT pg_logical_emit_message(true, '', '')"); // a commit, so that what others did without waiting is on disk
    return this.database.row(`
      SELECT coalesce(sum(count) FILTER (WHERE kind = 'Transaction/COMMIT'), 0)::bigint AS "writingCommits",
             coalesce(sum(combined_size) FILTER (WHERE kind ~ '^(Heap|Transaction)/|^Btree/INSERT_(LEAF|POST)'), 0)::bigint AS "logBytes"
      FROM pg_get_wal_stats('${start}', '${end}', true) AS log (kind, count, count_percentage, record_size, record_percentage,
        fpi_size, fpi_percentage, combined_size, combined_percentage)`);
  }
}

/** @param {TableRows} after @param {TableRows} before @returns {TableRows} */
function difference(after, before) {
  const read = after.read - before.read;
  return { read, written: after.written - before.written, updated: after.updated - before.updated, hot: after.hot - before.hot };
}
