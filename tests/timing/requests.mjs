// The bytes of the timed requests: signed calls directly to an origin, and calls to an edge as its proxy passes them on.
import { PROXY_HEADERS } from "../rig/rig.mjs";
import { signedCall } from "../system/origin_call.mjs";
import { MARK } from "./programs.mjs";

/** @typedef {"held" | "plain"} Mark whether the delaying proxy holds the request */

/** As long as the mark, so that all requests of a flow are equally long. */
const NO_MARK = MARK.replace(/1$/, "0");

/**
 * @param {string} line the request line
 * @param {Record<string, string>} headers
 * @param {string} body
 * @param {Mark} mark
 */
function requestBytes(line, headers, body, mark) {
  const length = body === "" ? {} : { "content-length": String(Buffer.byteLength(body)) };
  const fields = Object.entries({ ...headers, ...length }).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${line} HTTP/1.1\r\n${fields.join("")}${mark === "held" ? MARK : NO_MARK}\r\n\r\n${body}`);
}

/**
 * Valid for a minute, like its signature.
 * @param {string} keys EDGE_ORIGIN_KEYS
 * @param {string} useCase
 * @param {Record<string, unknown>} input
 * @param {string} ip the client's
 * @param {Mark} [mark]
 */
export function originRequest(keys, useCase, input, ip, mark = "plain") {
  const { path, headers, body } = signedCall(keys, useCase, input, { client: { ip, user_agent: "timing" } });
  return requestBytes(`POST ${path}`, { host: "origin.internal", ...headers }, body, mark);
}

/** @param {string} path @param {Record<string, string>} fields @param {string} ip @param {Mark} [mark] */
export function edgePost(path, fields, ip, mark = "plain") {
  const headers = { ...PROXY_HEADERS, "cf-connecting-ip": ip, "user-agent": "timing", "content-type": "application/json" };
  return requestBytes(`POST ${path}`, headers, JSON.stringify(fields), mark);
}

/** @param {string} path @param {string} token of a session @param {string} ip @param {Mark} [mark] */
export function edgeGet(path, token, ip, mark = "plain") {
  const headers = { ...PROXY_HEADERS, "cf-connecting-ip": ip, "user-agent": "timing", authorization: `Bearer ${token}` };
  return requestBytes(`GET ${path}`, headers, "", mark);
}
