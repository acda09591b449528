// The bytes of a flood's requests, attackers' and honest ones: to the edge as a proxy passes them on, and to the origin signed as an
// edge signs. Each is made from its index, so that all differ.
import { randomBytes } from "node:crypto";

import { PROXY_HEADERS } from "../rig/rig.mjs";
import { healthCall, signedCall } from "../system/origin_call.mjs";
import { tokenHash } from "../system/token.mjs";
import { GREEDY_ADDRESS, crowdAddress, honestAddress, onePrefixAddress } from "./addresses.mjs";

/**
 * @typedef {object} Secrets known to honest clients
 * @property {string} keys EDGE_ORIGIN_KEYS
 * @property {string} tokenKeys RESET_PASSWORD_TOKEN_SECRET
 * @property {string} session an access token of the sample account
 */

/**
 * @param {string} method @param {string} path @param {Record<string, string>} fields
 * @param {string} [body]
 */
export function requestBytes(method, path, fields, body) {
  const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
  const lines = Object.entries({ ...fields, ...length }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n${body ?? ""}`;
}

// --- through the edge

/** @param {string} address */
const proxied = (address) => ({ ...PROXY_HEADERS, "cf-connecting-ip": address });

/** @param {string} address @param {string} path @param {string} body */
function postJson(address, path, body) {
  return requestBytes("POST", path, { ...proxied(address), "content-type": "application/json" }, body);
}

/** @param {string} address the client's @param {string} email */
export function forgotAtEdge(address, email) {
  return postJson(address, "/api/users/forgot-password", JSON.stringify({ email }));
}

/** A well-formed but forged token. @param {string} address */
function forgedReset(address) {
  const token = randomBytes(54).toString("base64url");
  return postJson(address, "/api/users/reset-password", JSON.stringify({ token, new_password: "a walk in the rain" }));
}

/** @param {string} address */
function malformed(address) {
  return postJson(address, "/api/users/forgot-password", '{"email":"a@flood.example","email":"b@flood.example"}');
}

// --- at the origin

const HOST = { host: "origin" };

/** @param {import("../system/origin_call.mjs").OriginCall} call */
const callBytes = ({ path, headers, body }) => requestBytes("POST", path, { ...HOST, ...headers }, body);

/** @param {string} keys @param {string} email @param {string} [ip] */
export function forgotAtOrigin(keys, email, ip = "") {
  return callBytes(signedCall(keys, "forgot-password", { email, suppress: false }, { client: { ip } }));
}

/** @param {Pick<Secrets, "keys" | "tokenKeys">} secrets */
export function healthAtOrigin({ keys, tokenKeys }) {
  return callBytes(healthCall(keys, tokenKeys));
}

/** @param {string} keys @param {string} email */
function logInAtOrigin(keys, email) {
  return callBytes(signedCall(keys, "login", { email, password: "a walk in the rain", session: tokenHash(email) }));
}

const STRANGERS_KEYS = `1:${randomBytes(32).toString("base64url")}`;

/** @param {number} index @param {string} ip */
function unsigned(index, ip) {
  if (index % 2 === 0) return forgotAtOrigin(STRANGERS_KEYS, `stranger${index}@flood.example`, ip);
  const { path, body } = signedCall(STRANGERS_KEYS, "forgot-password", {}, { client: { ip } });
  return requestBytes("POST", path, { ...HOST, "content-type": "application/json" }, body);
}

// --- the requests of attackers and of honest clients

/** @typedef {(index: number, secrets: Secrets) => string} Attack */

/** @type {Record<string, Attack>} */
export const ATTACKS = {
  crowdForgot: (index) => forgotAtEdge(crowdAddress(index), `u${index}@flood.example`),
  onePrefixForgot: (index) => forgotAtEdge(onePrefixAddress(index), `p${index}@flood.example`),
  forged: (index) => (index % 2 === 0 ? forgedReset : malformed)(crowdAddress(index)),
  fewForgot: (index) => forgotAtEdge(crowdAddress(index % 50), `f${index}@flood.example`),
  healthAtOrigin: (_, secrets) => healthAtOrigin(secrets),
  unsigned: (index) => unsigned(index, crowdAddress(index)),
  logInAtOrigin: (index, { keys }) => logInAtOrigin(keys, `l${index}@flood.example`),
};

/** @typedef {(index: number, secrets: Secrets) => import("./steady.mjs").Call} Honest */

/** The honest calls at the edge, in turn. @type {Honest[]} */
export const AT_EDGE = [
  (index) => ({ bytes: forgotAtEdge(honestAddress(index), `honest${index}@flood.example`), expected: [202] }),
  (index) => ({ bytes: requestBytes("GET", "/healthz", proxied(honestAddress(index))), expected: [200] }),
  (index) => ({ bytes: requestBytes("GET", "/forgot-password", proxied(honestAddress(index))), expected: [200] }),
  (index, { session }) => ({
    bytes: requestBytes("GET", "/api/users/me", { ...proxied(honestAddress(index)), authorization: `Bearer ${session}` }),
    expected: [200],
  }),
];

/** The honest calls at the origin, in turn. @type {Honest[]} */
export const AT_ORIGIN = [
  (index, { keys }) => ({ bytes: forgotAtOrigin(keys, `honest${index}@flood.example`, honestAddress(index)), expected: [200] }),
  (_, secrets) => ({ bytes: healthAtOrigin(secrets), expected: [200] }),
  (_, { keys, session }) => ({ bytes: callBytes(signedCall(keys, "me", { session: tokenHash(session), renewal: "" })), expected: [200] }),
];

/** @type {Record<string, Honest>} */
export const HONEST = {
  edge: (index, secrets) => AT_EDGE[index % AT_EDGE.length](index, secrets),
  origin: (index, secrets) => AT_ORIGIN[index % AT_ORIGIN.length](index, secrets),
  greedy: (index) => ({ bytes: forgotAtEdge(GREEDY_ADDRESS, `greedy${index}@flood.example`), expected: [202] }),
};
