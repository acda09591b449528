// A receiver of webhooks that misbehaves on demand: refuses, hangs up before its answer, is away. npm's standardwebhooks verifies each
// call; all whose body arrived completely are recorded, with the answer.
import { once } from "node:events";
import { createServer } from "node:http";

import { Webhook } from "standardwebhooks";

/**
 * @typedef {import("./faulty_relay.mjs").Misdeed} Misdeed
 * @typedef {import("./history.mjs").WebhookCall} WebhookCall
 */

export class FaultyReceiver {
  /** @type {Set<Misdeed>} */
  misdeeds = new Set();
  /** @type {string[]} the body of each call */
  bodies = [];
  #port = 0;
  #server = /** @type {import("node:http").Server | undefined} */ (undefined);

  /**
   * @param {import("./recorder.mjs").Recorder} recorder
   * @param {import("./seeded_random.mjs").SeededRandom} random
   * @param {string} secret with its prefix `whsec_`
   */
  constructor(recorder, random, secret) {
    this.recorder = recorder;
    this.random = random;
    this.secret = secret;
  }

  /** @returns {Promise<string>} its URL, the same each time */
  async listen() {
    this.#server = createServer((request, answer) => void this.#take(request, answer));
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#port = /** @type {import("node:net").AddressInfo} */ (this.#server.address()).port;
    return `http://127.0.0.1:${this.#port}/hooks`;
  }

  /** Breaks connections in the middle of what they carry. */
  async close() {
    const server = this.#server;
    this.#server = undefined;
    server?.closeAllConnections();
    if (server) await new Promise((resolve) => server.close(resolve));
  }

  /** @param {Misdeed} misdeed */
  async begin(misdeed) {
    this.misdeeds.add(misdeed);
    if (misdeed.name === "receiver_away") await this.close();
  }

  /** @param {Misdeed} misdeed */
  async mend(misdeed) {
    this.misdeeds.delete(misdeed);
    if (misdeed.name === "receiver_away") await this.listen();
  }

  /** The call is recorded before the answer goes out, so that every call with an answer is recorded. @param {import("node:http").IncomingMessage} request @param {import("node:http").ServerResponse} answer */
  async #take(request, answer) {
    let body = "";
    try {
      for await (const piece of request.setEncoding("utf8")) body += piece;
    } catch {
      return; // closed, or the origin died
    }
    this.bodies.push(body);
    const misdeed = [...this.misdeeds].find(({ share }) => this.random.chance(share))?.name;
    const isVerified = this.#verifies(body, /** @type {Record<string, string>} */ (request.headers));
    const means = !isVerified || misdeed === "receiver_refuses" ? "refused" : misdeed === "receiver_drops" ? "unsaid" : "taken";
    this.recorder.webhook(callOf(request.headers, body, isVerified, means, this.recorder.now()));
    if (means === "unsaid") answer.destroy();
    else answer.writeHead(means === "taken" ? 204 : isVerified ? 503 : 401).end();
  }

  /** @param {string} body @param {Record<string, string>} headers */
  #verifies(body, headers) {
    try {
      return Boolean(new Webhook(this.secret).verify(body, headers));
    } catch {
      return false;
    }
  }
}

/**
 * @param {import("node:http").IncomingHttpHeaders} headers
 * @param {string} body
 * @param {boolean} isVerified
 * @param {WebhookCall["reply"]} reply
 * @param {number} at
 * @returns {WebhookCall}
 */
function callOf(headers, body, isVerified, reply, at) {
  const { type, data } = contentOf(body);
  return { kind: "webhook", at, webhookId: String(headers["webhook-id"]), type: String(type), account: String(data?.account_id), email: data?.email ?? "",
           requestId: data?.request_id ?? "", isVerified, reply };
}

/** @param {string} body @returns {any} */
function contentOf(body) {
  try {
    return JSON.parse(body);
  } catch {
    return {};
  }
}
