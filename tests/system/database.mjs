// The stack's database through psql: statements, rows, and a session that stays open to hold locks.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";

import { postgresProgram } from "./postgres_programs.mjs";

const run = promisify(execFile);

/**
 * Rekey's schema in search_path, so that a test's SQL need not name it, and before it the view `users` of another product's accounts. The
 * origin never gets this one.
 */
const env = { ...process.env, PGOPTIONS: "-c search_path=as_users,rekey,public" };

const psql = postgresProgram("psql");
const psqlFlags = ["--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set", "ON_ERROR_STOP=1"];

const MOST_ATTEMPTS = 3;

export class Database {
  /** @param {string} url DATABASE_URL */
  constructor(url) {
    this.url = url;
  }

  /**
   * @param {string} statement one, or several in one transaction; repeated if PostgreSQL ends it because of a deadlock
   * @returns {Promise<string>} what psql prints, trimmed
   */
  async run(statement) {
    for (let attempt = 1; ; attempt++) {
      try {
        const { stdout } = await run(psql, [...psqlFlags, "--dbname", this.url, "--command", statement], { env, maxBuffer: 1 << 26 });
        return stdout.trim();
      } catch (error) {
        if (attempt === MOST_ATTEMPTS || !/** @type {any} */ (error).stderr?.includes("deadlock detected")) throw error;
      }
    }
  }

  /** @param {string} file of statements, run as one transaction */
  async runFile(file) {
    await run(psql, [...psqlFlags, "--single-transaction", "--dbname", this.url, "--file", file]);
  }

  /**
   * @param {string} query
   * @returns {Promise<any[]>} the rows as objects; bytea as `\x` and hex digits
   */
  async rows(query) {
    return JSON.parse(await this.run(`SELECT coalesce(json_agg(t), '[]') FROM (${query}) t`));
  }

  /**
   * @param {string} query
   * @returns {Promise<any>} the only row
   */
  async row(query) {
    const rows = await this.rows(query);
    if (rows.length !== 1) throw new Error(`expected one row, got ${rows.length}: ${query}`);
    return rows[0];
  }

  /** @returns {Promise<string>} a dump of everything, schema and data */
  async dump() {
    const { stdout } = await run(postgresProgram("pg_dump"), ["--dbname", this.url], { maxBuffer: 1 << 28 });
    return stdout;
  }

  /**
   * @template T
   * @param {string} statement that takes locks
   * @param {() => Promise<T>} work done while they are held
   * @returns {Promise<T>}
   */
  async holding(statement, work) {
    const session = await this.hold(statement);
    try {
      return await work();
    } finally {
      await session.close();
    }
  }

  /**
   * @param {string} statement that takes locks
   * @returns {Promise<DatabaseSession>} holds them until it is closed
   */
  async hold(statement) {
    const session = new DatabaseSession(this.url);
    await session.run("BEGIN");
    await session.run(statement);
    return session;
  }
}

export class DatabaseSession {
  /** @param {string} url */
  constructor(url) {
    this.process = spawn(psql, [...psqlFlags, "--dbname", url], { env, stdio: ["pipe", "pipe", "inherit"] });
    this.output = this.process.stdout.setEncoding("utf8")[Symbol.asyncIterator]();
    this.done = 0;
  }

  /**
   * @param {string} statement
   * @returns {Promise<string>} its output
   */
  async run(statement) {
    const mark = `-- done ${++this.done} --`;
    this.process.stdin.write(`${statement};\n\\echo ${mark}\n`);
    let text = "";
    while (!text.includes(mark)) {
      const { value, done } = await this.output.next();
      if (done) throw new Error(`the session ended in: ${statement}`);
      text += value;
    }
    return text.slice(0, text.indexOf(mark)).trim();
  }

  /** Ends the session: rolls back what it has not committed, and releases its locks. */
  async close() {
    this.process.stdin.end();
    if (this.process.exitCode === null) await once(this.process, "exit");
  }
}

/** The role that owns Rekey's tables and migrates, and the origin's. */
const OWNER = "//rekey@";
const ORIGIN = "//rekey_origin@";

/** @param {string} url @returns {string} the same database as its owner */
export const asOwner = (url) => url.replace(ORIGIN, OWNER);

/** @param {string} url @returns {string} the same database as the origin's role */
export const asOrigin = (url) => url.replace(OWNER, ORIGIN);

/**
 * @param {string} text
 * @returns {string} as an SQL literal
 */
export function literal(text) {
  return `'${text.replaceAll("'", "''")}'`;
}
