// Requests that two parsers could read in two ways, each with a hidden second request, and what must be seen: one answer at most, the
// connection closed, the hidden request never carried out. The hidden request asks for a link for an address of its own, so a row of
// the database shows whether it was carried out. Used by both targets' scenarios.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { PROXY_HEADERS } from "../rig/rig.mjs";
import { checkout } from "../system/stack.mjs";
import { forgotAtEdge, forgotAtOrigin, healthAtOrigin, requestBytes } from "./requests.mjs";

/**
 * @typedef {object} Probe
 * @property {string} name
 * @property {string[]} pieces sent one after the other
 * @property {number} answers at most
 * @property {string} [hidden] the address that the hidden request names
 * @property {"control"} [role] of the probe whose second request is an ordinary one: if that is not found, no hidden request would be
 * @property {number[]} [statuses] allowed for the answer
 * @property {"closed" | "closed where refused" | "either"} end
 *
 * @typedef {import("./single_call.mjs").Seen & {executed: boolean, processEnded: boolean}} Seen
 *
 * @typedef {object} Carrier the form of a target's requests
 * @property {"edge" | "origin"} target
 * @property {(method: string, framing: string, body: string) => string} ambiguous a request with these framing fields
 * @property {string} good
 * @property {(email: string) => string} hidden
 */

/** @typedef {Pick<import("./requests.mjs").Secrets, "keys" | "tokenKeys">} Keys */

/** @param {Keys} keys @returns {Carrier} */
function originCarrier(keys) {
  return {
    target: "origin",
    ambiguous: (method, framing, body) => `${method} /internal/health HTTP/1.1\r\nHost: origin\r\n${framing}\r\n${body}`,
    good: healthAtOrigin(keys),
    hidden: (email) => forgotAtOrigin(keys.keys, email),
  };
}

/** @returns {Carrier} */
export function edgeCarrier() {
  const fields = Object.entries({ ...PROXY_HEADERS, "cf-connecting-ip": "192.0.2.1", "content-type": "application/json" });
  let clients = 1;
  const head = fields.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return {
    target: "edge",
    ambiguous: (method, framing, body) => `${method} /api/users/forgot-password HTTP/1.1\r\n${head}${framing}\r\n${body}`,
    good: requestBytes("GET", "/forgot-password", Object.fromEntries(fields.slice(0, 3))),
    hidden: (email) => forgotAtEdge(`192.0.2.${++clients}`, email), // each from another client, so that no limit hides it
  };
}

/** Name, method, framing fields, bytes before the hidden request. N is the hidden request's size. */
const AMBIGUOUS = /** @type {const} */ ([
  ["lengths 0 and N", "POST", "Content-Length: 0\r\nContent-Length: N\r\n", ""],
  ["lengths N and 0", "POST", "Content-Length: N\r\nContent-Length: 0\r\n", ""],
  ["length and chunks", "POST", "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"],
  ["chunks and length", "POST", "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "0\r\n\r\n"],
  ["coding xchunked", "POST", "Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"],
  ["coding gzip, chunked", "POST", "Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"],
  ["coding with a space before the colon", "POST", "Transfer-Encoding : chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"],
  ["length abc", "POST", "Content-Length: abc\r\n", ""],
  ["length +5", "POST", "Content-Length: +5\r\n", "hello"],
  ["length 0x5", "POST", "Content-Length: 0x5\r\n", "hello"],
  ["length -1", "POST", "Content-Length: -1\r\n", ""],
  ["length 5, 5", "POST", "Content-Length: 5, 5\r\n", "hello"],
  ["chunk of size -2", "POST", "Transfer-Encoding: chunked\r\n", "-2\r\n"],
  ["GET with a body", "GET", "Content-Length: N\r\n", ""],
  ["OPTIONS with a body", "OPTIONS", "Content-Length: N\r\n", ""],
]);

/** @param {Carrier} carrier @param {string} name @returns {string} an address of this probe alone */
function addressFor(carrier, name) {
  return `${name.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "")}@${carrier.target}.smuggled.example`;
}

/** @param {string} bytes @returns {string[]} cut after the first header */
function inTwo(bytes) {
  const cut = bytes.indexOf("\r\n\r\n") + 4;
  return [bytes.slice(0, cut), bytes.slice(cut)];
}

/**
 * Each in one packet and in two.
 * @param {Carrier} carrier
 * @returns {{name: string, pieces: string[], hidden: string}[]}
 */
function ambiguousRequests(carrier) {
  return AMBIGUOUS.flatMap(([name, method, framing, before]) => {
    const bytes = (/** @type {string} */ address) => {
      const hidden = carrier.hidden(address);
      return carrier.ambiguous(method, framing.replace("N", String(hidden.length)), before + hidden);
    };
    const [whole, cut] = [addressFor(carrier, name), addressFor(carrier, `${name} in two`)];
    return [{ name, pieces: [bytes(whole)], hidden: whole }, { name: `${name}, in two`, pieces: inTwo(bytes(cut)), hidden: cut }];
  });
}

/** @param {Carrier} carrier @param {string[]} pieces with a second request that is carried out @returns {Probe} */
function controlOf(carrier, pieces) {
  return { name: "control", pieces, hidden: addressFor(carrier, "control"), role: "control", answers: 2, end: "either" };
}

/** @param {Keys} keys @returns {Probe[]} */
export function originProbes(keys) {
  const carrier = originCarrier(keys);
  const rule = { answers: 1, statuses: [400], end: /** @type {const} */ ("closed") };
  const pipelined = addressFor(carrier, "pipelined");
  return [
    ...ambiguousRequests(carrier).map((one) => ({ ...one, ...rule })),
    { name: "two requests at once", pieces: [carrier.good + carrier.hidden(pipelined)], hidden: pipelined, ...rule, statuses: [200, 400] },
    { name: "one byte too many", pieces: [`${carrier.good}G`], ...rule },
    controlOf(carrier, [carrier.hidden(addressFor(carrier, "control"))]),
  ];
}

/** Chunks under another coding end with the last chunk (RFC 9112, section 6.3): the bytes after it are the next request, not a hidden one. */
const IN_A_ROW = "coding gzip, chunked";

/**
 * At the edge workerd parses, which serves consecutive requests as HTTP/1.1 allows.
 * @returns {Probe[]}
 */
export function edgeProbes() {
  const carrier = edgeCarrier();
  const rule = { answers: 1, end: /** @type {const} */ ("either") };
  const inARow = { ...rule, answers: 2, hidden: undefined };
  return [
    ...ambiguousRequests(carrier).map((one) => ({ ...one, ...(one.name.startsWith(IN_A_ROW) ? inARow : rule) })),
    controlOf(carrier, [carrier.good + carrier.hidden(addressFor(carrier, "control"))]),
  ];
}

/** The fuzzer's corpus as requests. @param {"origin" | "edge"} target @returns {Probe[]} */
export function corpusProbes(target) {
  const folder = join(checkout, "tests/fuzz/corpus/http_framing");
  return readdirSync(folder).map((name) => {
    const bytes = readFileSync(join(folder, name), "latin1");
    const inARow = target === "edge" && name.startsWith("pipelined");
    return { name: `corpus ${name}`, pieces: [bytes], answers: inARow ? 2 : 1, end: target === "edge" ? "either" : "closed where refused" };
  });
}

/** Refusals of the framing, after which the beginning of the next request is unknown; not those of path, method or signature. */
const FRAMING_REFUSED = [400, 408, 413, 414, 417, 431, 501, 505];

/** @param {Probe} probe @param {Seen} seen */
function mustHaveClosed(probe, seen) {
  if (probe.end === "either") return false;
  if (probe.end === "closed") return true;
  return seen.statuses.length === 0 || FRAMING_REFUSED.includes(seen.statuses[0]);
}

/** An ended process answers nothing and closes everything, so the end is all that is known about this probe. */
export const PROCESS_ENDED = "the process ended meanwhile";

/**
 * @param {Probe} probe
 * @param {Seen} seen
 * @returns {string} the fault, or ""
 */
export function faultOf(probe, seen) {
  if (seen.processEnded) return PROCESS_ENDED;
  if (probe.role === "control") return seen.executed ? "" : "a request that was carried out was not found";
  if (seen.executed) return "the hidden request was carried out";
  if (seen.statuses.length > probe.answers) return `${seen.statuses.length} answers: ${seen.statuses.join(", ")}`;
  if (probe.statuses && !probe.statuses.includes(seen.statuses[0] ?? 0)) return `answered with ${seen.statuses[0] ?? "nothing"}`;
  if (!seen.closed && mustHaveClosed(probe, seen)) return "the connection stayed open";
  return "";
}
