// Runs pgbench with the origin's work in the database and nothing else: the reference of calls that hash no password.
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

import { statementOfProduct } from "./origin_statement.mjs";

const run = promisify(execFile);

/**
 * @typedef {object} Script
 * @property {string} name
 * @property {string} text
 * @property {Record<string, string>} variables text that is the same in every transaction
 */

/** The client that origin_load names in every call (origin_call.cpp). */
export const CLIENT = {
  ip: "192.0.2.1",
  agent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
  country: "CH",
  language: "en",
};

/**
 * @param {string} statement with $1 and on
 * @param {string[]} values SQL for each parameter, in which `:name` is a variable of pgbench
 * @returns {string}
 */
export function withValues(statement, values) {
  return statement.replace(/\$(\d+)/g, (parameter, number) => {
    if (values[number - 1] === undefined) throw new Error(`there is no value for ${parameter} in: ${statement}`);
    return values[number - 1];
  });
}

/** A forgot request's INSERT. @param {"queued" | "suppressed"} state @returns {Script} */
export function insertRequestScript(state) {
  const values = [":id", "('nobody-' || :id || '@example.com')", ":state", ":ip", ":agent", ":country", ":language"];
  const text = `\\set id random(1, 9223372036854775807)\n${withValues(statementOfProduct("insert_reset_request"), values)};\n`;
  return { name: `insert-${state}`, text, variables: { ...CLIENT, state } };
}

/** "me". @param {number} sessions planted, numbered from 1 (origin_place.mjs) @returns {Script} */
export function findSessionScript(sessions) {
  return { name: "find-session", text: `\\set number random(1, ${sessions})\n${findSession(":number")};\n`, variables: {} };
}

/** @param {string} number of a planted session, as SQL @returns {string} */
export function findSession(number) {
  return withValues(statementOfProduct("find_session"), [`sha256(('session-' || ${number})::bytea)`]);
}

/**
 * @param {string} url of the database
 * @param {string} folder for the script
 * @param {Script} script
 * @param {{clients: number, seconds: number}} wish whole seconds, as pgbench requires
 * @returns {Promise<{transactions: number, perSecond: number}>}
 */
export async function pgbench(url, folder, { name, text, variables }, { clients, seconds }) {
  const file = join(folder, `${name}.pgbench`);
  writeFileSync(file, text);
  const defined = Object.entries(variables).flatMap(([variable, value]) => ["-D", `${variable}=${value}`]);
  const extent = ["-c", clients, "-j", Math.min(2, clients), "-T", Math.max(1, Math.round(seconds))];
  const words = ["-n", "-M", "prepared", "-f", file, ...extent, ...defined, url];
  const { stdout } = await run("pgbench", words.map(String), { timeout: Math.ceil(1000 * seconds) + 60_000 });
  return readPgbench(stdout);
}

/** @param {string} text that pgbench printed */
export function readPgbench(text) {
  const number = (/** @type {RegExp} */ pattern) => Number(pattern.exec(text)?.[1] ?? Number.NaN);
  const transactions = number(/^number of transactions actually processed: (\d+)/m);
  const failed = number(/^number of failed transactions: (\d+)/m);
  const perSecond = number(/^tps = ([\d.]+) \(without initial connection time\)$/m);
  if (!(transactions > 0 && failed === 0 && perSecond > 0)) throw new Error(`pgbench said: ${text}`);
  return { transactions, perSecond };
}
