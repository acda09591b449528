// The cost of a request as the ended ones grow: the INSERT of a forgot request, its way to the relay, and a piece of the pruning.
import { until } from "../system/polling.mjs";
import { describeCost, withCost } from "./growth_database_cost.mjs";
import { amountFigure, latencyFigure } from "./growth_figures.mjs";
import { waitsOneByOne } from "./mail_latency.mjs";
import { settleTable, waitingRequests } from "./mail_queue.mjs";
import { statementOfProduct } from "./origin_statement.mjs";

/**
 * @typedef {import("./growth_place.mjs").GrowthPlace} GrowthPlace
 * @typedef {import("./measurement.mjs").Figure} Figure
 */

export const REQUESTS = "ended requests";

export const KEEP = 86_400; // seconds for which the origin keeps ended requests: Retention
export const PRUNE_PIECE = 1000; // rows: kPrunePiece
/** The product's pruning statements, with their tables. @type {[string, string][]} */
export const PRUNED = [["prune_requests", "reset_requests"], ["prune_deliveries", "deliveries"]];
const OLDEST = KEEP * 1.05; // seconds: a twentieth may be pruned
const YOUNGEST = 120; // seconds: their mails do not make the next one wait for the account's short limit

/**
 * @param {GrowthPlace} place with accounts; the ended requests are theirs
 * @param {number[]} sizes rising
 * @param {{forgots: number, mails: number}} counts
 * @param {(line: string) => void} say
 * @returns {Promise<Figure[]>}
 */
export async function measureRequests(place, sizes, { forgots, mails }, say) {
  /** @type {Figure[]} */
  const figures = [];
  let there = 0;
  for (const size of sizes) {
    say(`growth: ${size} ended requests`);
    await addEnded(place, there + 1, size);
    there = size;
    const named = { of: REQUESTS, size };
    figures.push(await forgotFigure(place, named, forgots));
    figures.push(await mailFigure(place, named, mails));
    for (const [statement, table] of PRUNED) figures.push(await pruneFigure(place, named, statement, table));
  }
  return figures;
}

/**
 * Seven in ten were mailed, the others had no account; their ends spread over the last day and a little more.
 * @param {GrowthPlace} place @param {number} first @param {number} last
 */
async function addEnded({ database, accounts }, first, last) {
  const age = `make_interval(secs => ${YOUNGEST} + ${OLDEST}::double precision * n / ${last})`;
  const client = `'192.0.2.1', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0)', 'CH', 'en'`;
  await database.run(`
    WITH ended AS MATERIALIZED (
      SELECT 'ended-' || n AS request_id, u.id AS owner, coalesce(u.email, 'nobody-' || n || '@example.com') AS address,
             CASE WHEN u.id IS NULL THEN 'no_account' ELSE 'sent' END AS state, now() - ${age} AS at
      FROM generate_series(${first}, ${last}) AS n
      LEFT JOIN users u ON n % 10 < 7 AND lower(u.email COLLATE "C") = 'bench-' || ((n * 7919::bigint) % ${accounts} + 1) || '@example.com'),
    request AS (
      INSERT INTO reset_requests (request_id, email, state, requested_at, waiting_since, ended_at, client_ip, user_agent, country, accept_language)
      SELECT request_id, address, state, at, at, at, ${client} FROM ended RETURNING id, request_id),
    delivery AS (
      INSERT INTO deliveries (kind, user_id, reset_request, state, due_at, attempt, first_try_at, deliver_by, waiting_since, happened_at, token_hash,
                              token_expires_at, request_id, client_ip, user_agent, country, accept_language, ended_at)
      SELECT 'reset', owner, request.id, state, NULL, 1, at, at + interval '45 minutes', at, at, sha256(convert_to(request_id, 'UTF8')),
             at + interval '1 hour', request_id, ${client}, at
      FROM ended JOIN request USING (request_id) RETURNING id, user_id, ended_at)
    INSERT INTO delivery_attempts (delivery, attempt, kind, user_id, outcome, smtp_code, at)
    SELECT id, 1, 'reset', user_id, 'taken', 250, ended_at FROM delivery WHERE user_id IS NOT NULL`);
  for (const table of /** @type {const} */ (["reset_requests", "deliveries", "delivery_attempts"])) await settleTable(database, table);
}

/** @param {GrowthPlace} place @param {{of: string, size: number}} size @param {number} count */
async function forgotFigure(place, size, count) {
  const { calls, database } = place;
  const { result: times, cost } = await withCost(database, () => calls.timed(count, () => place.forgot(place.freshAccount())));
  const insert = cost.statements.find((one) => one.text.startsWith("INSERT INTO rekey.reset_requests"));
  await until("the mails have gone", async () => (await waitingRequests(database)) === 0, { deadline: 60_000, every: 200 });
  return latencyFigure("forgot", size, times, `${((insert?.pages ?? 0) / count).toFixed(1)} pages for the INSERT`);
}

/** @param {GrowthPlace} place @param {{of: string, size: number}} size @param {number} count */
async function mailFigure(place, size, count) {
  const { calls, sink, database } = place;
  const { result: waits, cost } = await withCost(database, () => waitsOneByOne(calls, sink, place.freshAccounts(count)));
  const pages = cost.statements.reduce((sum, one) => sum + one.pages, 0) / count;
  return latencyFigure("202 to the relay", size, waits, `${pages.toFixed(0)} pages a request; ${describeCost(cost, 2, count)}`);
}

/** Prunes one piece as the origin does, and rolls it back. @param {GrowthPlace} place @param {{of: string, size: number}} size @param {string} name @param {string} table */
async function pruneFigure({ database }, size, name, table) {
  const plan = await database.run(`
    BEGIN; PREPARE prune (double precision, bigint) AS ${statementOfProduct(name)};
    EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE prune(${KEEP}, ${PRUNE_PIECE}); ROLLBACK`);
  const [found] = JSON.parse(plan);
  const note = `${found.Plan["Actual Rows"]} rows, ${found.Plan["Shared Hit Blocks"] + found.Plan["Shared Read Blocks"]} pages`;
  return amountFigure(`prune a piece of ${table}`, size, found["Execution Time"], "ms", note);
}
