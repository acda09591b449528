// One HTTP exchange: the test controls every header, and gets the parsed answer, or its bytes.
import { Agent, request as httpRequest } from "node:http";
import { connect } from "node:net";

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {import("node:http").IncomingHttpHeaders} headers
 * @property {string} text
 * @property {any} json the parsed body if it is JSON, else undefined
 *
 * @typedef {Record<string, string>} Headers
 */

/** workerd closes a connection that was idle for 5 s, a request just sent over it included: none is used again after 3 s. */
const agent = new Agent({ keepAlive: true, maxSockets: 200, timeout: 3000 });

/**
 * @param {string} method
 * @param {string} url
 * @param {Headers} headers
 * @param {string} [body]
 * @returns {Promise<Answer>}
 */
export function exchange(method, url, headers, body) {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const request = httpRequest(url, { method, agent, headers: { ...length, ...headers } }, (response) => {
      /** @type {Buffer[]} */
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => resolve(answerOf(response, Buffer.concat(chunks).toString("utf8"))));
    });
    request.setTimeout(60_000, () => request.destroy(new Error(`no answer to ${method} ${new URL(url).pathname}`)));
    request.on("error", reject);
    request.end(body);
  });
}

/**
 * @param {import("node:http").IncomingMessage} response
 * @param {string} text
 * @returns {Answer}
 */
function answerOf(response, text) {
  const json = /json/.test(response.headers["content-type"] ?? "") ? JSON.parse(text) : undefined;
  return { status: response.statusCode ?? 0, headers: response.headers, text, json };
}

/**
 * Sends the request unchanged on a new connection.
 * @param {string} url only its host and port are used
 * @param {string} request the whole request, with `Connection: close`
 * @returns {Promise<string>} all bytes that came back until the connection was closed
 */
export function exchangeBytes(url, request) {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) });
    /** @type {Buffer[]} */
    const chunks = [];
    socket.setTimeout(30_000, () => socket.destroy(new Error("the connection stayed open")));
    socket.on("data", (/** @type {Buffer} */ chunk) => chunks.push(chunk));
    socket.on("error", reject);
    socket.on("close", () => resolve(Buffer.concat(chunks).toString("latin1")));
    socket.write(request);
  });
}
