// Accounts of another product under the suites and instruments. REKEY_TEST_ACCOUNTS names it, as in tests/origin/account_files.h: the
// table is made by tests/origin/accounts/<name>.sql, whose view `users` serves the suites' SQL, and reached through the adopter's file
// templates/accounts/<name>.sql. Over it nobody registers at the edge: the product itself adds accounts.
import { argon2Sync, randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { literal } from "./database.mjs";

/** @typedef {import("./database.mjs").Database} Database */

const checkout = join(import.meta.dirname, "..", "..");

/** The GRANTs of the adopters' files name it. */
const ROLE = "DO $$ BEGIN CREATE ROLE rekey_origin LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;";

/** The products whose table has a view `users`. */
export const ADOPTABLE = ["django", "shop"];

/** "" for Rekey's own accounts. */
export const accountsUnderTest = process.env.REKEY_TEST_ACCOUNTS ?? "";

/**
 * Replaces Rekey's own accounts.
 * @param {Database} database that is migrated
 * @param {string} name of the product's files
 */
export async function adoptAccounts(database, name) {
  const files = [`tests/origin/accounts/${name}.sql`, `templates/accounts/${name}.sql`].map((file) => join(checkout, file));
  await database.run([ROLE, ...files.filter((file) => existsSync(file)).map((file) => readFileSync(file, "utf8"))].join("\n"));
}

/** Gives the origin's role what it needs of Rekey's own tables. @param {Database} database that is migrated */
export async function grantRights(database) {
  await database.run(`${ROLE}\n${readFileSync(join(checkout, "templates/accounts/rights.sql"), "utf8")}`);
}

/**
 * Adds an account as the product does.
 * @param {Database} database
 * @param {{username: string, email: string, password: string}} person
 * @param {Cost} [cost]
 * @returns {Promise<string>} the id
 */
export function addForeignAccount(database, { username, email, password }, cost) {
  const values = [username, email, phcOf(password, cost)].map(literal).join();
  return database.run(`INSERT INTO users (username, email, password_hash) VALUES (${values}) RETURNING id`);
}

/** @typedef {{memory: number, passes: number}} Cost */

/** The origin's defaults. */
const USUAL_COST = { memory: 19456, passes: 2 };

/** @param {string} password in ASCII, which needs no normalisation @param {Cost} cost @returns {string} */
function phcOf(password, { memory, passes } = USUAL_COST) {
  const nonce = randomBytes(16);
  const tag = argon2Sync("argon2id", { message: password, nonce, parallelism: 1, tagLength: 32, memory, passes });
  const text = (/** @type {Buffer} */ bytes) => bytes.toString("base64").replace(/=+$/, "");
  return `$argon2id$v=19$m=${memory},t=${passes},p=1$${text(nonce)}$${text(tag)}`;
}
