// Rows that the counting tests insert: accounts, and their sessions and tokens as log-ins and mails leave them. Thousands of other
// people's rows, with statistics, stand beside them: PostgreSQL reads the whole of a small table.
import { createHash, randomBytes } from "node:crypto";

import { plantedLinks } from "../system/planted_links.mjs";

/**
 * @typedef {import("./counted_origin.mjs").CountedOrigin} CountedOrigin
 * @typedef {{id: string, email: string, password: string}} Account
 */

const OTHERS = 4000;
const PASSWORD = "a long enough one";
const OURS = "u.username LIKE 'ours%'";
const OF_OTHERS = "u.username LIKE 'other%'";

export function newHash() {
  return randomBytes(32).toString("hex");
}

/** @param {CountedOrigin} origin @param {number} count @returns {Promise<Account[]>} */
export async function plantAccounts(origin, count) {
  const template = await origin.call("register", { username: "first", email: "first@example.com", password: PASSWORD });
  if (template.outcome !== "created") throw new Error(`registration was answered with ${JSON.stringify(template)}`);
  await write(origin, `${accountRows("ours", count)}; ${accountRows("other", OTHERS)}`);
  const rows = [tokenRows(OF_OTHERS, "other"), sessionRows(OF_OTHERS, "other"), noticeRows(OF_OTHERS), auditRows(OF_OTHERS)];
  await write(origin, rows.join("; "));
  await origin.database.run("VACUUM ANALYZE");
  const ours = await origin.database.rows(`SELECT u.id, u.email FROM users u WHERE ${OURS} ORDER BY u.username`);
  return ours.map((account) => ({ ...account, password: PASSWORD }));
}

/** One for each account. @param {CountedOrigin} origin @param {Account[]} accounts @returns {Promise<string[]>} the hashes of new sessions */
export async function plantSessions(origin, accounts) {
  const label = newHash();
  await write(origin, sessionRows(OURS, label));
  return accounts.map((account) => hashFor(label, account));
}

/** @param {CountedOrigin} origin @param {Account[]} accounts @returns {Promise<string[]>} the hashes of new tokens, each as if mailed */
export async function plantTokens(origin, accounts) {
  const label = newHash();
  await write(origin, tokenRows(OURS, label));
  return accounts.map((account) => hashFor(label, account));
}

/** One for each account, as if its mail with a code had gone out. @param {CountedOrigin} origin @param {Account[]} accounts @returns {Promise<string[]>} ids of requests */
export async function plantCodes(origin, accounts) {
  const ids = accounts.map(() => randomBytes(16).toString("base64url"));
  const rows = accounts.map(({ email }, i) => `('${ids[i]}', '${email}', 'sent', now(), '', '', '', '', '\\x${"11".repeat(8)}'::bytea, '\\x${newHash()}'::bytea)`);
  await write(origin, `INSERT INTO reset_requests (request_id, email, state, ended_at, client_ip, user_agent, country, accept_language, code_print, code_token)
    VALUES ${rows.join(", ")}`);
  return ids;
}

/** Requests as the origin stores them, due at once. @param {CountedOrigin} origin @param {Account[]} accounts */
export async function plantRequests(origin, accounts) {
  const emails = accounts.map(({ email }) => `'${email}'`).join(", ");
  await write(origin, `INSERT INTO reset_requests (request_id, email, queued_email, state, due_at, client_ip, user_agent, country, accept_language)
    SELECT gen_random_uuid()::text, email, email, 'queued', now(), '', '', '', '' FROM unnest(ARRAY[${emails}]) AS email`);
}

/** Earlier calls with a key: of a small table PostgreSQL reads all rows. @param {CountedOrigin} origin @param {number} count */
export async function plantAnswers(origin, count) {
  await write(origin, `
    INSERT INTO call_answers (call_key, body_hash, request_id, leased_until, outcome)
    SELECT sha256(n::text::bytea), sha256(n::text::bytea), 'planted', now(), 'ok' FROM generate_series(1, ${count}) n;
    ANALYZE call_answers`);
}

/** Returns when the table statistics include the statement's work. @param {CountedOrigin} origin @param {string} statement */
async function write(origin, statement) {
  await origin.database.run(`${statement}; SELECT pg_stat_force_next_flush()`);
}

/** The same hash as hashIn() makes. @param {string} label @param {Account} account */
function hashFor(label, { id }) {
  return createHash("sha256").update(label + id).digest("hex");
}

/** @param {string} label */
const hashIn = (label) => `sha256(convert_to('${label}' || u.id, 'UTF8'))`;

/** @param {string} name @param {number} count */
function accountRows(name, count) {
  const username = `'${name}' || translate(lpad(n::text, 5, '0'), '0123456789', 'abcdefghij')`; // a user name has at most four digits in a row
  return `INSERT INTO users (username, email, password_hash)
    SELECT ${username}, ${username} || '@example.com', password_hash FROM users, generate_series(1, ${count}) n WHERE users.username = 'first'`;
}

/** @param {string} whose @param {string} label */
function tokenRows(whose, label) {
  return plantedLinks(`SELECT u.id AS owner, ${hashIn(label)} AS hash FROM users u WHERE ${whose}`, { expiresAt: "now() + interval '50 minutes'" });
}

/** @param {string} whose @param {string} label */
function sessionRows(whose, label) {
  return `INSERT INTO sessions (token_hash, user_id, password_fingerprint, expires_at, request_id)
    SELECT ${hashIn(label)}, u.id, password_fingerprint(u.password_hash), now() + interval '20 minutes', '' FROM users u WHERE ${whose}`;
}

/** @param {string} whose */
function noticeRows(whose) {
  return `WITH notice AS (
      INSERT INTO deliveries (kind, user_id, cause, state, due_at, ended_at, deliver_by, attempt,
                              request_id, client_ip, user_agent, country, accept_language)
      SELECT 'password_changed', u.id, 'reset', 'sent', NULL, now(), now(), 1, '', '', '', '', '' FROM users u WHERE ${whose}
      RETURNING id, user_id)
    INSERT INTO delivery_attempts (delivery, attempt, kind, user_id, outcome) SELECT id, 1, 'password_changed', user_id, 'taken' FROM notice`;
}

/** @param {string} whose */
function auditRows(whose) {
  return `INSERT INTO audit_log (event, user_id, request_id, client_ip)
    SELECT 'password.reset', u.id, gen_random_uuid()::text, '' FROM users u WHERE ${whose}`;
}
