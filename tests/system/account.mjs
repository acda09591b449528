// Common steps of the suites: a person's with an account, through the edge, and an operator's, by SQL.
import { randomBytes } from "node:crypto";

import { literal } from "./database.mjs";
import { accountsUnderTest, addForeignAccount } from "./foreign_accounts.mjs";
import { resetLinkOf } from "./mail_message.mjs";
import { plantedLinks } from "./planted_links.mjs";
import { mintToken, tokenHash, unixNow } from "./token.mjs";

/**
 * @typedef {import("./stack.mjs").Stack} Stack
 * @typedef {{username: string, email: string, password: string, id: string}} Person
 */

/** @param {number} [length] @returns {string} a user name of random letters, the same length each time */
export function newUsername(length = 13) {
  return Array.from(randomBytes(length), (byte) => String.fromCharCode(0x61 + (byte % 26))).join("");
}

/**
 * Registers a new person; with another product's accounts that product does.
 * @param {Stack} stack
 * @returns {Promise<Person>}
 */
export async function newPerson(stack) {
  const username = newUsername();
  const person = { username, email: `${username}@example.com`, password: newPassword() };
  if (accountsUnderTest) return { ...person, id: await addForeignAccount(stack.database, person) };
  const answer = await stack.post("/api/users", person);
  if (answer.status !== 201) throw new Error(`registration was answered with ${answer.status}: ${answer.text}`);
  return { ...person, id: answer.json.id };
}

export function newPassword() {
  return `a long enough ${randomBytes(9).toString("base64url")}`;
}

/**
 * @param {Stack} stack
 * @param {string} email
 * @param {string} password
 */
export function logIn(stack, email, password) {
  return stack.postForm("/api/users/token", { username: email, password });
}

/**
 * @param {Stack} stack
 * @param {Person} person
 * @returns {Promise<string>} a session's token
 */
export async function openSession(stack, person) {
  const answer = await logIn(stack, person.email, person.password);
  if (answer.status !== 200) throw new Error(`the log-in was answered with ${answer.status}`);
  return answer.json.access_token;
}

/** @param {string} token */
export function bearer(token) {
  return { authorization: `Bearer ${token}` };
}

/**
 * @param {Stack} stack
 * @param {string} token of a session
 * @returns {Promise<number>} the status of GET /api/users/me
 */
export async function statusOfMe(stack, token) {
  return (await stack.get("/api/users/me", bearer(token))).status;
}

/**
 * @param {Stack} stack
 * @param {string} token of a reset
 * @param {string} password
 */
export function reset(stack, token, password) {
  return stack.post("/api/users/reset-password", { token, new_password: password });
}

/** @param {import("./mail_message.mjs").MailMessage} mail */
export function isResetMail(mail) {
  return mail.text.includes("/reset-password#token=");
}

/**
 * Asks for a link and waits for its mail.
 * @param {Stack} stack
 * @param {string} email as typed; its mail is expected at the lower-case form
 * @param {import("./http_exchange.mjs").Headers} [headers]
 */
export async function requestLink(stack, email, headers = {}) {
  const before = (await stack.mailBox.mailsTo(email)).filter(isResetMail).length;
  const answer = await stack.post("/api/users/forgot-password", { email }, headers);
  if (answer.status !== 202) throw new Error(`the request for a link was answered with ${answer.status}: ${answer.text}`);
  const mail = await stack.mailBox.waitFor(email, { where: isResetMail, count: before + 1 });
  return { answer, mail, ...resetLinkOf(mail) };
}

/**
 * Puts an authentic token into the database as if its mail had been sent: it is live at once, and leaves the account's others alive.
 * @param {Stack} stack
 * @param {Person} person
 * @returns {Promise<string>}
 */
export async function plantLiveToken(stack, person) {
  const token = mintToken(stack.settings.RESET_PASSWORD_TOKEN_SECRET, { expiresAt: unixNow() + 1800 });
  await stack.database.run(plantedLinks(`SELECT '\\x${tokenHash(token)}'::bytea AS hash, id AS owner FROM users WHERE id::text = ${literal(person.id)}`));
  return token;
}

/**
 * @param {Stack} stack
 * @param {Person} person
 * @param {string} assignment such as `is_active = false`
 */
export async function updateAccount(stack, person, assignment) {
  await stack.database.run(`UPDATE users SET ${assignment} WHERE id = ${literal(person.id)}`);
}

/** The recovery id differs between any two answers. @param {string} text of an answer to forgot */
export function withoutId(text) {
  return text.replace(/"recovery_id":"[\w-]{72}"/, '"recovery_id"');
}
