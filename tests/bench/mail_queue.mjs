// Inserts accounts and waiting requests in bulk by SQL, with the planner's statistics in a wanted state.
import { literal } from "../system/database.mjs";

/** @typedef {import("../system/database.mjs").Database} Database */

/**
 * "empty": taken while nothing waited, and not renewed, as for a burst between two visits of autovacuum.
 * "good": taken after the burst.
 * @typedef {"empty" | "good"} Statistics
 */

/** @param {number} number from 1 */
export function accountAddress(number) {
  return `bench-${number}@example.com`;
}

/** An account's number, as SQL over users; NULL for other accounts. */
export const ACCOUNT_NUMBER = "substring(email FROM '^bench-([0-9]+)@')::int";

/**
 * Accounts numbered from `first` to `last`, all with one password; good statistics.
 * @param {Database} database
 * @param {number} first
 * @param {number} last
 * @param {string} passwordHash
 */
export async function addAccounts(database, first, last, passwordHash) {
  await database.run(`
    INSERT INTO users (username, email, password_hash)
    SELECT 'bench' || n / 1000 || '-' || n % 1000, 'bench-' || n || '@example.com', ${literal(passwordHash)} FROM generate_series(${first}, ${last}) AS n`);
  await settleTable(database, "users");
}

/**
 * Makes good statistics, and pays the cost of filling the table now, so that no checkpoint and no autovacuum disturbs the next measurement.
 * @param {Database} database
 * @param {"users" | "reset_requests" | "deliveries" | "delivery_attempts"} table
 */
export async function settleTable(database, table) {
  await database.run(`ALTER TABLE ${table} SET (autovacuum_enabled = off)`);
  await database.run(`VACUUM ANALYZE ${table}`);
  await database.run("CHECKPOINT");
}

/**
 * Empties the queue, with statistics to match.
 * @param {Database} database
 */
export async function emptyQueue(database) {
  for (const table of ["reset_requests", "deliveries", "delivery_attempts", "reset_tokens"]) {
    await database.run(`TRUNCATE ${table} CASCADE`);
    await database.run(`ALTER TABLE ${table} SET (autovacuum_enabled = off)`);
    await database.run(`VACUUM ANALYZE ${table}`);
  }
  await database.run("CHECKPOINT"); // so that none disturbs the next burst
}

/**
 * Inserts one request for each of the accounts 1 to `count`, all due at once, in one transaction.
 * @param {Database} database whose queue is empty
 * @param {number} count
 * @param {Statistics} statistics
 */
export async function fillQueue(database, count, statistics) {
  const fill = `
    INSERT INTO reset_requests (request_id, email, queued_email, state, due_at, client_ip, user_agent, country, accept_language)
    SELECT 'bench-' || gen_random_uuid(), 'bench-' || n || '@example.com', 'bench-' || n || '@example.com', 'queued', now(), '192.0.2.1',
           'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'CH', 'en'
    FROM generate_series(1, ${count}) AS n`;
  const analyze = statistics === "good" ? "; ANALYZE reset_requests" : "";
  await database.run(`BEGIN; ${fill}${analyze}; COMMIT`);
}

/** @param {Database} database @returns {Promise<number>} requests that have not ended */
export async function waitingRequests(database) {
  return Number(await database.run("SELECT count(*) FROM reset_requests WHERE ended_at IS NULL"));
}
