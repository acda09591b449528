// Requests that are too large in some way, and the statuses that refuse each. Each is sent until the server ends it. Used by both
// targets' scenarios.
import { gzipSync } from "node:zlib";

import { PROCESS_ENDED } from "./smuggling.mjs";

/**
 * @typedef {object} Oversized
 * @property {string} name
 * @property {string[]} pieces
 * @property {number[]} statuses that are right; so is an end without an answer, since the client keeps sending after the refusal
 */

const MIB = 1 << 20;
const REFUSALS = [400, 413, 414, 431];

/** @param {number} mebibytes @param {string} [piece] */
function muchOf(mebibytes, piece = "b".repeat(MIB)) {
  return Array.from({ length: mebibytes }, () => piece);
}

const CHUNK = `100000\r\n${"x".repeat(MIB)}\r\n`;

/**
 * @param {string} requestLine without its line end, such as "POST /internal/health HTTP/1.1"
 * @param {string} fields that every request has
 * @param {number[]} codedBody the statuses for a body with a content coding
 * @returns {Oversized[]}
 */
export function oversizedRequests(requestLine, fields, codedBody) {
  const head = `${requestLine}\r\n${fields}`;
  const [method, target] = requestLine.split(" ");
  const bomb = gzipSync(Buffer.alloc(8 * MIB)).toString("latin1");
  const ranges = Array.from({ length: 2000 }, (_, i) => `${i}-${i}`).join(",");
  return [
    { name: "200,000 header lines", pieces: [head, ...muchOf(20, "A: b\r\n".repeat(10_000))], statuses: REFUSALS },
    { name: "a header line of 300 MiB", pieces: [`${head}A: `, ...muchOf(300)], statuses: REFUSALS },
    { name: "a target of 4 MiB", pieces: [`${method} ${target}`, ...muchOf(4)], statuses: REFUSALS },
    { name: "a length of 300 MiB", pieces: [`${head}Content-Length: 314572800\r\n\r\n`, ...muchOf(300)], statuses: REFUSALS },
    { name: "50 MiB in chunks", pieces: [`${head}Transfer-Encoding: chunked\r\n\r\n`, ...muchOf(50, CHUNK)], statuses: REFUSALS },
    { name: "a chunk of size -2", pieces: [`${head}Transfer-Encoding: chunked\r\n\r\n-2\r\n`, ...muchOf(1)], statuses: REFUSALS },
    { name: "a range of 2,000 parts", pieces: [`${head}Range: bytes=${ranges}\r\nContent-Length: 2\r\n\r\n{}`], statuses: [...REFUSALS, 401, 422] },
    { name: "a gzip bomb", pieces: [`${head}Content-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n${bomb}`], statuses: codedBody },
  ];
}

/**
 * @param {Oversized} request
 * @param {{statuses: number[], closed: boolean, processEnded: boolean}} seen
 * @returns {string} the fault, or ""
 */
export function oversizedFault({ statuses }, seen) {
  const [status] = seen.statuses;
  if (seen.processEnded) return PROCESS_ENDED;
  if (status === undefined && !seen.closed) return "neither answered nor ended";
  return status !== undefined && !statuses.includes(status) ? `answered with ${status}` : "";
}
