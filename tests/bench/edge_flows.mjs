// The calls of the edge part of scripts/bench, with the answer and the log event that each must have.
import { flipBit, mintToken } from "../system/token.mjs";
import { accountAddress } from "./mail_queue.mjs";

/**
 * @typedef {{client: string, body: string}} Request
 *
 * @typedef {object} Flow
 * @property {string} name
 * @property {string} path
 * @property {number} status of every answer
 * @property {string} event in the log, one for every answer
 * @property {Request[]} requests sent in turn
 * @property {string[]} [overload] events of 503 answers that count as lost instead of wrong; none by default
 */

export const KNOWN = 100; // addresses, and as many unknown ones
const CLIENTS = 50;
const LIMITED = "198.51.100.250";
const FORGOT = "/api/users/forgot-password";
const RESET = "/api/users/reset-password";
const PASSWORD = "a walk in the rain";
const FIRST_BIT_OF_TAG = 38 * 8;

/** @param {number} turn */
function clientOf(turn) {
  return `198.51.100.${1 + (turn % CLIENTS)}`;
}

/** @param {number} count @param {(turn: number) => string} body @returns {Request[]} */
function requests(count, body) {
  return Array.from({ length: count }, (_, turn) => ({ client: clientOf(turn), body: body(turn) }));
}

/** @param {string} secret RESET_PASSWORD_TOKEN_SECRET @returns {Flow} */
export function forgedToken(secret) {
  const body = (/** @type {number} */ turn) => JSON.stringify({ token: flipBit(mintToken(secret), FIRST_BIT_OF_TAG + turn), new_password: PASSWORD });
  return { name: "forged token", path: RESET, status: 400, event: "token.forged", requests: requests(CLIENTS, body) };
}

/** A body that was cut off in the middle. @returns {Flow} */
export function malformedBody() {
  const body = (/** @type {number} */ turn) => `{"token": "${"x".repeat(20 + turn)}", "new_passw`;
  return { name: "malformed body", path: RESET, status: 400, event: "shape.refused", requests: requests(CLIENTS, body) };
}

/** One client that is over its limit. @returns {Flow} */
export function limitedClient() {
  const body = (/** @type {number} */ turn) => JSON.stringify({ email: `nobody-${turn + 1}@example.com` });
  const limited = requests(KNOWN, body).map((request) => ({ ...request, client: LIMITED }));
  return { name: "limited client", path: FORGOT, status: 429, event: "limit.reached", requests: limited };
}

/** @returns {Flow} */
export function knownAddress() {
  const body = (/** @type {number} */ turn) => JSON.stringify({ email: accountAddress(turn + 1) });
  return { name: "accepted forgot, known address", path: FORGOT, status: 202, event: "forgot.accepted", requests: requests(KNOWN, body) };
}

/** @returns {Flow} */
export function unknownAddress() {
  const body = (/** @type {number} */ turn) => JSON.stringify({ email: `nobody-${turn + 1}@example.com` });
  return { name: "accepted forgot, unknown address", path: FORGOT, status: 202, event: "forgot.accepted", requests: requests(KNOWN, body) };
}
