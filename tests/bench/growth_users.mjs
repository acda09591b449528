// The cost of a call as the accounts grow: a refused log-in, "me", a forgot request and a good reset, at the origin, one at a time.
import { randomBytes } from "node:crypto";

import { plantedLinks } from "../system/planted_links.mjs";
import { mintToken, tokenHash } from "../system/token.mjs";
import { withCost } from "./growth_database_cost.mjs";
import { latencyFigure } from "./growth_figures.mjs";
import { PASSWORD } from "./growth_place.mjs";
import { accountAddress } from "./mail_queue.mjs";

/**
 * @typedef {import("./growth_place.mjs").GrowthPlace} GrowthPlace
 * @typedef {import("./measurement.mjs").Figure} Figure
 * @typedef {import("./growth_database_cost.mjs").Statement} Statement
 */

export const USERS = "users";

/**
 * @param {GrowthPlace} place
 * @param {number[]} sizes rising
 * @param {{light: number, hashing: number}} counts of calls that hash no password, and of those that hash one
 * @param {(line: string) => void} say
 * @returns {Promise<Figure[]>}
 */
export async function measureUsers(place, sizes, { light, hashing }, say) {
  /** @type {Figure[]} */
  const figures = [];
  for (const size of sizes) {
    say(`growth: ${size} users`);
    await place.growAccounts(size);
    const session = await openSession(place);
    const tokens = await plantTokens(place, hashing);
    figures.push(await figureOf(place, "refused log-in", hashing, () => refusedLogIn(place)));
    figures.push(await figureOf(place, "me", light, () => place.calls.call("me", { session, renewal: "" }, "ok")));
    figures.push(await figureOf(place, "forgot", light, () => place.forgot(place.freshAccount()), (text) => text.startsWith("INSERT INTO rekey.reset_requests")));
    figures.push(await figureOf(place, "reset", hashing, (round) => reset(place, tokens[round])));
  }
  return figures;
}

/**
 * @param {GrowthPlace} place
 * @param {string} what
 * @param {number} count
 * @param {(round: number) => Promise<unknown>} call
 * @param {(text: string) => boolean} [belongs] selects the call's own statements; by default those that every call makes
 */
async function figureOf(place, what, count, call, belongs = () => true) {
  const { result: times, cost } = await withCost(place.database, () => place.calls.timed(count, call));
  const pages = pagesOf(cost.statements.filter((one) => one.calls >= count && belongs(one.text))) / count;
  return latencyFigure(what, { of: USERS, size: place.accounts }, times, `${pages.toFixed(1)} pages of the database a call`);
}

/** @param {Statement[]} statements */
function pagesOf(statements) {
  return statements.reduce((sum, one) => sum + one.pages, 0);
}

/** @param {GrowthPlace} place */
async function openSession({ calls, accounts }) {
  const session = randomBytes(32).toString("hex");
  await calls.call("login", { email: accountAddress(Math.ceil(accounts / 2)), password: PASSWORD, session }, "ok");
  return session;
}

/** @param {GrowthPlace} place */
function refusedLogIn(place) {
  const email = accountAddress(place.freshAccount());
  return place.calls.call("login", { email, password: "not the password", session: randomBytes(32).toString("hex") }, "bad_credentials");
}

/** @param {GrowthPlace} place @param {string} token */
function reset({ calls }, token) {
  return calls.call("reset-password", { token: tokenHash(token), new_password: "an umbrella at last" }, "ok");
}

/**
 * Inserts live tokens as if their mails had been sent.
 * @param {GrowthPlace} place @param {number} count
 */
async function plantTokens(place, count) {
  const { database, rig } = place;
  const tokens = Array.from({ length: count }, () => mintToken(rig.settings.RESET_PASSWORD_TOKEN_SECRET));
  const rows = tokens.map((token) => `('\\x${tokenHash(token)}'::bytea, '${accountAddress(place.freshAccount())}')`);
  await database.run(plantedLinks(`
    SELECT hash, id AS owner FROM (VALUES ${rows.join(",")}) AS planted (hash, address) JOIN users ON lower(email COLLATE "C") = address`));
  return tokens;
}
