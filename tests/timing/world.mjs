// The data of the timed requests: accounts of each kind, unknown addresses, reset tokens of each kind, one live session. All rows are
// made before the timing, by SQL, with password hashes of the form that the origin itself makes.
import { randomKey } from "../rig/rig.mjs";
import { newUsername } from "../system/account.mjs";
import { literal } from "../system/database.mjs";
import { addForeignAccount } from "../system/foreign_accounts.mjs";
import { exchange } from "../system/http_exchange.mjs";
import { plantedDeadLinks, plantedLinks } from "../system/planted_links.mjs";
import { until } from "../system/polling.mjs";
import { newNonce, signedCall } from "../system/origin_call.mjs";
import { mintToken, sessionPurpose, tokenHash, unixNow } from "../system/token.mjs";

/**
 * @typedef {import("../rig/rig.mjs").Rig} Rig
 * @typedef {{email: string, username: string}} Person
 * @typedef {{p50: number, p99: number}} MailTimes milliseconds
 */

/**
 * The number of addresses of each class, used in turn. A rare class comes only in every third, seventh or ninth group: these divide 63,
 * so it uses a part of its addresses, each as often as the other classes use theirs, and no cache favours a class.
 */
export const PEOPLE = 63;
const CLIENTS = 16;
const STORM_PEOPLE = 2000;
const TRIES = 5; // of a request
const ROWS_A_STATEMENT = 1000; // a command line holds 128 KiB
const SESSION_SECONDS = 12 * 3600;

/** The settings of a run: the cheapest hashes that can be set, mails without limit, and sessions that outlive the run. */
export const ORIGIN_SETTINGS = {
  ARGON2_MEMORY_KIB: "7168",
  ARGON2_PASSES: "1",
  MAIL_LIMIT_PER_ACCOUNT: "100000/60,100000/3600",
  ACCESS_TOKEN_EXPIRE_MINUTES: String(SESSION_SECONDS / 60),
  CODE_MISSES_A_DAY: "100000",
};
export const EDGE_SETTINGS = { ACCESS_TOKEN_EXPIRE_MINUTES: ORIGIN_SETTINGS.ACCESS_TOKEN_EXPIRE_MINUTES };

/** @param {number} index of the person: each person has one client, since the log-in's limit counts both */
export function clientIp(index) {
  return `198.51.100.${1 + (index % CLIENTS)}`;
}

/** @param {number} count @returns {Person[]} new ones; all addresses have the same length */
function people(count) {
  return Array.from({ length: count }, () => {
    const username = newUsername(17);
    return { username, email: `${username}@example.com` };
  });
}

export class World {
  /** @type {Record<string, Person[]>} addresses by class */
  people = {};
  /** @type {Record<string, string[]>} reset tokens by class; renewed by plantTokens() */
  tokens = {};
  /** @type {Person[]} the accounts of the mail storm */
  storm = [];
  sessionToken = "";
  /** @type {Record<string, string[]>} ids of requests by class; renewed by plantRecoveries() */
  #recoveries = {};
  /** @type {Record<string, Set<number>>} the groups that have tried, by class */
  #tried = {};
  #passwordHash = "";
  /** @type {Person[]} the owners of the reset tokens, for whom no link is requested */
  #owners = people(PEOPLE);
  /** @type {Person[]} */
  #inactiveOwners = people(PEOPLE);

  /** @param {Rig} rig */
  constructor(rig) {
    this.rig = rig;
  }

  /** @param {Rig} rig */
  static async make(rig) {
    const world = new World(rig);
    await world.#makeSession();
    for (const of of ["known", "inactive", "unknown", "twin", "held"]) world.people[of] = people(PEOPLE);
    world.storm = people(STORM_PEOPLE);
    await world.#insert([...world.people.known, ...world.storm, ...world.#owners], "true");
    await world.#insert([...world.people.inactive, ...world.#inactiveOwners], "false");
    await rig.database.run("ANALYZE");
    return world;
  }

  /**
   * Makes authentic tokens, of which none is valid. Each call makes new ones, since an expired token's row is pruned after some time.
   * Used tokens, and `twin` and `held`, have no row in reset_tokens, but a delivery.
   */
  async plantTokens() {
    const expiresAt = unixNow() + 3500;
    const mint = () => Array.from({ length: PEOPLE }, () => mintToken(this.rig.settings.RESET_PASSWORD_TOKEN_SECRET, { expiresAt }));
    this.tokens = Object.fromEntries(["never-issued", "used", "twin", "held", "inactive", "expired"].map((of) => [of, mint()]));
    const agent = "setting up";
    const live = { agent, expiresAt: "now() + interval '58 minutes'" };
    const over = { agent, createdAt: "now() - interval '59 minutes'", expiresAt: "now() - interval '1 minute'" };
    const statements = [
      ...["used", "twin", "held"].map((of) => plantedDeadLinks(linksOf(this.tokens[of], this.#owners), { agent })),
      plantedLinks(linksOf(this.tokens.inactive, this.#inactiveOwners), live),
      plantedLinks(linksOf(this.tokens.expired, this.#owners), over),
    ];
    for (const statement of statements) await this.rig.database.run(statement);
    await this.rig.database.run("ANALYZE reset_requests, deliveries, reset_tokens");
  }

  /**
   * Requests as they are once their mails have gone out, or were rehearsed, and room in the budget of wrong codes.
   * @param {number} groups that will try them, each request five times
   */
  async plantRecoveries(groups) {
    const count = Math.ceil(groups / TRIES) + 1;
    this.#recoveries = Object.fromEntries(Object.keys(this.people).map((of) => [of, Array.from({ length: count }, newNonce)]));
    const rows = Object.entries(this.#recoveries).flatMap(([of, ids]) =>
      ids.map((id, i) => `('${id}', '${this.people[of][i % PEOPLE].email}', '${of === "known" ? "sent" : "no_account"}')`));
    for (let i = 0; i < rows.length; i += ROWS_A_STATEMENT) await this.rig.database.run(`
      INSERT INTO reset_requests (request_id, email, state, ended_at, client_ip, user_agent, country, accept_language, code_print, code_token)
      SELECT id, email, state, now(), '', 'setting up', '', '', substring(sha256(id::bytea) FOR 8), sha256(id::bytea)
      FROM (VALUES ${rows.slice(i, i + ROWS_A_STATEMENT).join(", ")}) AS planted (id, email, state)`);
    await this.rig.database.run(`
      DELETE FROM code_hours; INSERT INTO code_hours (hour, met) VALUES (date_trunc('hour', now()) - interval '1 hour', 1000000);
      ANALYZE reset_requests, code_hours`);
    this.#tried = {};
  }

  /** @param {string} of a class @param {number} group @returns {string} the id of the request that the next try of the class is for */
  recoveryOf(of, group) {
    const tries = (this.#tried[of] ??= new Set()).add(group).size - 1;
    return this.#recoveries[of][Math.floor(tries / TRIES) % this.#recoveries[of].length];
  }

  /** Waits until the mail worker has nothing left to do. @returns {Promise<unknown>} */
  quiet() {
    const open = "SELECT count(*) FROM reset_requests WHERE ended_at IS NULL";
    return until("the mail queue is empty", async () => (await this.rig.database.run(open)) === "0", { deadline: 300_000, every: 200 });
  }

  /** @returns {Promise<Record<string, number>>} the number of requests by state */
  async requestStates() {
    const rows = await this.rig.database.rows("SELECT state, count(*) AS count FROM reset_requests WHERE user_agent = 'timing' GROUP BY state");
    return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
  }

  /** @returns {Promise<number>} mails that the relay has taken so far */
  async mailCount() {
    return Number(await this.rig.database.run("SELECT count(*) FROM reset_requests WHERE state = 'sent' AND user_agent = 'timing'"));
  }

  /** @returns {Promise<MailTimes>} of the newest mails: from the request to the mail's end */
  mailTimes() {
    const quantileAt = (/** @type {number} */ at) => `round((1000 * percentile_cont(${at}) WITHIN GROUP (ORDER BY took))::numeric, 1)::float`;
    return this.rig.database.row(`
      SELECT ${quantileAt(0.5)} AS p50, ${quantileAt(0.99)} AS p99
      FROM (SELECT extract(epoch FROM ended_at - requested_at) AS took FROM reset_requests
            WHERE user_agent = 'timing' AND state = 'sent' ORDER BY id DESC LIMIT 5000) AS mails`);
  }

  /** A call directly to the origin. @param {string} useCase @param {Record<string, unknown>} input */
  async call(useCase, input) {
    const client = { ip: clientIp(0), user_agent: "setting up" };
    const { path, headers, body } = signedCall(this.rig.settings.EDGE_ORIGIN_KEYS, useCase, input, { client });
    const answer = await exchange("POST", this.rig.origins[0].url + path, headers, body);
    if (answer.status !== 200) throw new Error(`${useCase} was answered with ${answer.status}: ${answer.text}`);
    return answer.json;
  }

  async #makeSession() {
    const [reader] = people(1);
    const password = `a long enough ${randomKey()}`;
    if (this.rig.plan.accounts) await addForeignAccount(this.rig.database, { ...reader, password }, { memory: 7168, passes: 1 });
    else await this.call("register", { ...reader, password });
    const secret = this.rig.settings.RESET_PASSWORD_TOKEN_SECRET;
    this.sessionToken = mintToken(secret, { purpose: sessionPurpose, expiresAt: unixNow() + SESSION_SECONDS - 60 });
    const { outcome } = await this.call("login", { email: reader.email, password, session: tokenHash(this.sessionToken) });
    if (outcome !== "ok") throw new Error(`the log-in for the session ended with ${outcome}`);
    this.#passwordHash = await this.rig.database.run(`SELECT password_hash FROM users WHERE email = ${literal(reader.email)}`);
  }

  /** Each account has a salt of its own, on which the time of its hash depends a little. @param {Person[]} list @param {"true" | "false"} active */
  async #insert(list, active) {
    const names = list.map(({ username }) => username).join(",");
    const parameters = this.#passwordHash.split("$").slice(0, -2).join("$");
    const base64 = (/** @type {string} */ text, /** @type {number} */ size) => `rtrim(encode(substring(sha256(${text}::bytea) FOR ${size}), 'base64'), '=')`;
    await this.rig.database.run(`
      INSERT INTO users (username, email, password_hash, is_active)
      SELECT name, name || '@example.com', concat_ws('$', ${literal(parameters)}, ${base64("name", 16)}, ${base64("'digest' || name", 32)}), ${active}
      FROM unnest('{${names}}'::text[]) AS name`);
  }
}

/** @param {string[]} tokens @param {Person[]} owners one for each @returns {string} the query of plantedLinks() */
function linksOf(tokens, owners) {
  const rows = tokens.map((token, i) => `('\\x${tokenHash(token)}'::bytea, '${owners[i].email}')`);
  return `SELECT hash, users.id AS owner FROM (VALUES ${rows.join(", ")}) AS new (hash, address) JOIN users ON users.email = address`;
}
