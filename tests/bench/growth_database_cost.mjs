// The cost of some work to the database, by its own counters: the statements by time, pages used, rows read from each table. Reads
// pg_stat_statements and pg_stat_user_tables. Used by the growth and mail parts.

/**
 * @typedef {import("../system/database.mjs").Database} Database
 *
 * @typedef {object} Statement
 * @property {string} text its beginning, on one line
 * @property {number} calls
 * @property {number} totalMs
 * @property {number} pages shared buffers touched, cached or not
 *
 * @typedef {object} TableReads
 * @property {string} table
 * @property {number} sequential rows read by sequential scans
 * @property {number} indexed index entries read by index scans
 *
 * @typedef {{statements: Statement[], reads: TableReads[]}} DatabaseCost
 */

const SHOWN = 70; // characters of a statement

/** Backends report their counters at most once a second. */
const REPORTED_AFTER = 1100;

/** @param {Database} database */
export async function prepareCost(database) {
  await database.run("CREATE EXTENSION IF NOT EXISTS pg_stat_statements");
}

/**
 * @template T
 * @param {Database} database
 * @param {() => Promise<T>} work
 * @returns {Promise<{result: T, cost: DatabaseCost}>}
 */
export async function withCost(database, work) {
  await database.run("SELECT pg_stat_statements_reset()");
  const before = await tableReads(database);
  const result = await work();
  const statements = await statementsByTime(database);
  await new Promise((resolve) => setTimeout(resolve, REPORTED_AFTER));
  const after = await tableReads(database);
  return { result, cost: { statements, reads: after.map((now, i) => difference(now, before[i])) } };
}

/** @param {DatabaseCost} cost @param {string} table */
export function rowsRead({ reads }, table) {
  const found = reads.find((one) => one.table === table);
  return found ? found.sequential + found.indexed : 0;
}

/** @param {DatabaseCost} cost @param {number} most @param {number} units such as mails, to divide by @returns {string} */
export function describeCost({ statements, reads }, most, units) {
  const each = (/** @type {number} */ value) => (value / units).toFixed(1);
  const total = statements.reduce((sum, one) => sum + one.totalMs, 0);
  const top = statements.slice(0, most).map(({ text, calls, totalMs }) =>
    `${((100 * totalMs) / total).toFixed(0)} % ${calls} x ${(totalMs / calls).toFixed(2)} ms "${text}"`);
  const rows = reads.filter((one) => one.sequential + one.indexed >= units)
    .map(({ table, sequential, indexed }) => `${table} ${each(sequential)} by sequential scans and ${each(indexed)} by index`);
  return `statements by time: ${top.join("; ")}. Rows read for each: ${rows.join("; ") || "none"}`;
}

/** Without the measurement's own statements: its queries and bulk inserts. @param {Database} database @returns {Promise<Statement[]>} most time first */
function statementsByTime(database) {
  return database.rows(`
    SELECT left(regexp_replace(trim(query), '\\s+', ' ', 'g'), ${SHOWN}) AS text, calls, total_exec_time AS "totalMs",
           shared_blks_hit + shared_blks_read AS pages
    FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND query !~ '(pg_stat_|generate_series|^ANALYZE|^VACUUM)' ORDER BY total_exec_time DESC`);
}

/** @param {Database} database @returns {Promise<TableReads[]>} */
function tableReads(database) {
  return database.rows(`
    SELECT relname AS table, seq_tup_read AS sequential, coalesce(idx_tup_fetch, 0) AS indexed FROM pg_stat_user_tables ORDER BY relname`);
}

/** @param {TableReads} now @param {TableReads} before @returns {TableReads} */
function difference(now, before) {
  return { table: now.table, sequential: now.sequential - before.sequential, indexed: now.indexed - before.indexed };
}
