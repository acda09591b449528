// Replaces the origin: verifies every signature with Node's own crypto (RFC 9421, RFC 9530), records every call, and answers as the
// test says. It refuses calls that it can't verify, and records them as `unverified`.
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";

import { originKey } from "./keys.mjs";

/**
 * @typedef {{path: string, headers: import("node:http").IncomingHttpHeaders, text: string, body: any}} OriginCall
 * @typedef {{status?: number, headers?: Record<string, string>, body: unknown}} OriginAnswer
 */

const COMPONENTS = '("@method" "@path" "content-digest")';
const INPUT = /^rekey=(\("@method" "@path" "content-digest"\);created=(\d+);keyid="1";alg="hmac-sha256";nonce="([\w-]{22})")$/;

/** @param {string} method @param {OriginCall} call @returns {string} the fault of the call, "" for none */
function fault(method, call) {
  const digest = `sha-256=:${createHash("sha256").update(call.text).digest("base64")}:`;
  if (call.headers["content-digest"] !== digest) return "content-digest";
  const input = INPUT.exec(String(call.headers["signature-input"]));
  if (!input) return `signature-input: ${COMPONENTS} expected`;
  if (Math.abs(Date.now() / 1000 - Number(input[2])) > 60) return "created";
  if (input[3] !== call.body.request_id) return "nonce";
  const base = `"@method": ${method}\n"@path": ${call.path}\n"content-digest": ${digest}\n"@signature-params": ${input[1]}`;
  const expected = `rekey=:${createHmac("sha256", originKey).update(base).digest("base64")}:`;
  const given = String(call.headers.signature);
  return given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected)) ? "" : "signature";
}

/** The version of an origin beside this edge, unless the test gives another one. @template T @param {T} body */
const withVersion = (body) => (body && typeof body === "object" && "outcome" in body ? { version: 1, ...body } : body);

export const user = {
  id: "6f1c2a52-8d3a-4c4e-9d7e-0a4f4d1f2b3c",
  username: "ada",
  email: "ada@example.com",
  is_active: true,
  is_verified: false,
  is_superuser: false,
};

/** The answers of an origin with one account, Ada's. @type {Record<string, unknown>} */
const OUTCOMES = {
  register: { outcome: "created", user },
  login: { outcome: "ok", account: user.email },
  logout: { outcome: "ok" },
  me: { outcome: "ok", user, renewed: false },
  "change-password": { outcome: "ok" },
  sessions: { outcome: "ok", own: { sessions: [] } },
  "end-sessions": { outcome: "ok" },
  "forgot-password": { outcome: "accepted" },
  "reset-password": { outcome: "ok", account: user.email },
  "cancel-reset": { outcome: "ok" },
  "check-code": { outcome: "ok" },
  health: { outcome: "ok" },
};

export class StubOrigin {
  /** @type {OriginCall[]} */
  calls = [];
  /** @type {string[]} */
  unverified = [];
  /** Answers the next calls. If it returns nothing, it has answered by the response itself.
   * @type {(call: OriginCall, response: import("node:http").ServerResponse) => OriginAnswer | void} */
  answer = StubOrigin.accept;
  #server = createServer((request, response) => this.#receive(request, response));

  /** The whole answer: a test may send it by itself. @param {OriginCall} call @returns {OriginAnswer} */
  static accept(call) {
    const outcome = OUTCOMES[call.path.replace("/internal/", "")];
    // Of a renewal that is asked for by a bearer token: a log-in is never too long ago.
    return { body: withVersion(call.path === "/internal/me" ? { .../** @type {object} */ (outcome), renewed: call.body.input?.renewal !== "" } : outcome) };
  }

  /** @param {number} [port] @returns {Promise<this>} */
  async start(port = 0) {
    this.#server.listen(port, "127.0.0.1");
    await once(this.#server, "listening");
    return this;
  }

  get url() {
    return `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (this.#server.address()).port}`;
  }

  /** Forgets all calls, and restores the first answers. */
  reset() {
    this.calls = [];
    this.unverified = [];
    this.answer = StubOrigin.accept;
  }

  async stop() {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  get lastCall() {
    const call = this.calls.at(-1);
    if (!call) throw new Error("the origin was not called");
    return call;
  }

  /** @param {import("node:http").IncomingMessage} request @param {import("node:http").ServerResponse} response */
  async #receive(request, response) {
    let text = "";
    for await (const chunk of request.setEncoding("utf8")) text += chunk;
    const call = { path: String(request.url), headers: request.headers, text, body: JSON.parse(text) };
    this.calls.push(call);
    const wrong = fault(String(request.method), call);
    if (wrong) this.unverified.push(wrong);
    const answer = wrong ? { status: 401, body: { type: "urn:rekey:problem:bad-signature" } } : this.answer(call, response);
    if (!answer) return;
    const body = typeof answer.body === "string" ? answer.body : JSON.stringify(withVersion(answer.body));
    response.writeHead(answer.status ?? 200, { "content-type": "application/json", ...answer.headers }).end(body);
  }
}
