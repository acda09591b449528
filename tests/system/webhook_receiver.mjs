// A receiver of webhooks as an application would write it: npm's standardwebhooks verifies each, and what it does not accept is answered
// with 401. It keeps what it accepted, and can be killed and started again at its port.
import { once } from "node:events";
import { createServer } from "node:http";

import { Webhook } from "standardwebhooks";

import { until } from "./polling.mjs";
import { freePorts } from "./stack.mjs";

/**
 * @typedef {{id: string, type: string, timestamp: string, data: any}} Received
 * @typedef {import("node:http").ServerResponse} Answer
 */

export class WebhookReceiver {
  /** @param {...string} secrets any of which verifies */
  constructor(...secrets) {
    this.secrets = secrets;
    /** @type {Received[]} in the order of arrival, repeated ones too */
    this.accepted = [];
    /** @type {string[]} why others were refused */
    this.refused = [];
    this.requests = 0;
    this.port = 0;
    /** @type {(answer: Answer, received: Received) => unknown} of those that are accepted */
    this.answer = (answer) => answer.writeHead(204).end();
    /** @type {import("node:http").Server | undefined} */
    this.server = undefined;
  }

  get url() {
    return `http://127.0.0.1:${this.port}/hooks`;
  }

  /** @returns {Promise<string>} its URL */
  async open() {
    this.server = createServer((request, answer) => this.take(request, answer));
    this.port ||= await freePorts(1); // one that nobody gets while it is closed
    this.server.listen(this.port, "127.0.0.1");
    await once(this.server, "listening");
    return this.url;
  }

  /** As a crash: connections break in the middle of whatever they carry. */
  async kill() {
    const server = this.server;
    this.server = undefined;
    server?.closeAllConnections();
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  }

  /**
   * @param {import("node:http").IncomingMessage} request
   * @param {Answer} answer
   */
  async take(request, answer) {
    this.requests += 1;
    request.setEncoding("utf8");
    let body = "";
    try {
      for await (const piece of request) body += piece;
    } catch {
      return; // killed
    }
    const received = this.verify(body, /** @type {Record<string, string>} */ (request.headers));
    if (!received) return answer.writeHead(401).end();
    this.accepted.push(received);
    return this.answer(answer, received);
  }

  /** @param {string} body @param {Record<string, string>} headers @returns {Received | undefined} */
  verify(body, headers) {
    for (const secret of this.secrets) {
      try {
        return { id: headers["webhook-id"], .../** @type {any} */ (new Webhook(secret).verify(body, headers)) };
      } catch (error) {
        this.refused.push(String(error));
      }
    }
    return undefined;
  }

  /** @param {string} account @returns {Received[]} its events, each once, in the order of their first arrival */
  eventsOf(account) {
    const seen = new Set();
    return this.accepted.filter(({ id, data }) => data.account_id === account && !seen.has(id) && seen.add(id));
  }

  /** @param {string} account @param {string[]} types */
  async waitFor(account, types) {
    const typesNow = () => this.eventsOf(account).map(({ type }) => type);
    await until(`${types.join(", ")} have arrived`, () => typesNow().length >= types.length);
    return this.eventsOf(account);
  }
}
