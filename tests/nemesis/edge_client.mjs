// Calls to the edges as clients make them, each with a deadline, and each recorded with its request and its answer.
import { createHash } from "node:crypto";
import { Agent, request as httpRequest } from "node:http";

import { PROXY_HEADERS } from "../rig/rig.mjs";

/**
 * @typedef {import("./history.mjs").Call} Call
 * @typedef {import("./history.mjs").Operation} Operation
 * @typedef {import("./recorder.mjs").Recorder} Recorder
 * @typedef {import("./seeded_random.mjs").SeededRandom} SeededRandom
 *
 * @typedef {object} Wish the input of a call; missing fields are ""
 * @property {string} email
 * @property {string} [username] register
 * @property {string} [password]
 * @property {string} [newPassword]
 * @property {string} [token]
 * @property {string} [recovery] reset: the recovery id, to use the code instead of the token
 * @property {string} [code] reset
 * @property {string} [key] register, reset, change_password: its Idempotency-Key; the router of fastapi-users has none
 *
 * @typedef {{method: string, path: string, body: string, headers: Record<string, string>}} Message
 * @typedef {{status: number, requestId: string, media: string, text: string}} Heard
 */

const DEADLINE = 10_000;
const CLIENTS = 20;
const NOTHING_HEARD = { status: 0, requestId: "", media: "", text: "" };

export class EdgeClient {
  /**
   * @param {() => string[]} edgeUrls
   * @param {Recorder} recorder
   * @param {SeededRandom} random
   */
  constructor(edgeUrls, recorder, random) {
    this.edgeUrls = edgeUrls;
    this.recorder = recorder;
    this.random = random;
    this.agent = new Agent({ keepAlive: true, maxSockets: 200 });
  }

  /**
   * @param {Operation} op
   * @param {Wish} wish
   * @param {number} [edge] a random one by default
   * @returns {Promise<Call>}
   */
  async call(op, wish, edge = this.random.whole(0, this.edgeUrls().length - 1)) {
    const { recorder } = this;
    const { email, password = "", newPassword = "", token = "", key = "" } = wish;
    const message = messageOf(op, wish, this.random.chance(0.2) && !key ? "/auth" : "/api/users");
    if (key) message.headers["idempotency-key"] = this.random.chance(0.5) ? `"${key}"` : key;
    const id = recorder.nextId();
    const began = recorder.now();
    const heard = await this.#exchange(this.edgeUrls()[edge], message);
    const session = op === "log_in" && heard.status === 200 ? sessionOf(heard.text) : "";
    const recovery = op === "forgot" && heard.status === 202 ? recoveryOf(heard.text) : "";
    // A code that is refused may be of another request's mail: only the caller's belief, not the link, was wrong.
    const recorded = op === "reset" && wish.code && heard.status === 400 ? "wrong_code" : op;
    /** @type {Call} */
    const call = {
      kind: "call", id, op: recorded, edge, began, ended: recorder.now(), status: heard.status,
      email, password, newPassword, token, session, recovery, requestId: heard.requestId, problem: problemOf(heard.text), media: heard.media,
      key, sent: key && hashOf(message.body), heard: key && hashOf(heard.text),
    };
    recorder.call(call);
    return call;
  }

  close() {
    this.agent.destroy();
  }

  /** @param {string} url @param {Message} message @returns {Promise<Heard>} */
  #exchange(url, message) {
    const address = `198.18.7.${this.random.whole(1, CLIENTS)}`;
    const headers = { ...PROXY_HEADERS, "cf-connecting-ip": address, "content-length": String(Buffer.byteLength(message.body)), ...message.headers };
    return new Promise((resolve) => {
      const request = httpRequest(url + message.path, { method: message.method, agent: this.agent, headers }, (response) => {
        /** @type {Buffer[]} */
        const chunks = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("error", () => finish(NOTHING_HEARD));
        response.on("end", () => finish(heardOf(response, Buffer.concat(chunks))));
      });
      const late = setTimeout(() => request.destroy(new Error("late")), DEADLINE);
      const finish = (/** @type {Heard} */ heard) => {
        clearTimeout(late);
        resolve(heard);
      };
      request.on("error", () => finish(NOTHING_HEARD));
      request.on("close", () => finish(NOTHING_HEARD)); // the first call of finish() counts
      request.end(message.body);
    });
  }
}

/** @param {import("node:http").IncomingMessage} response @param {Buffer} body @returns {Heard} */
function heardOf(response, body) {
  if (!response.complete) return NOTHING_HEARD;
  const media = (response.headers["content-type"] ?? "").split(";")[0].trim().toLowerCase();
  return { status: response.statusCode ?? 0, requestId: String(response.headers["x-request-id"] ?? ""), media, text: body.toString("utf8") };
}

/** @param {string} text @returns {string} */
function hashOf(text) {
  return createHash("sha256").update(text).digest("base64url").slice(0, 16);
}

/** The codes of fastapi-users, and our own problems for them. @type {Record<string, string>} */
const FASTAPI_PROBLEMS = { RESET_PASSWORD_BAD_TOKEN: "bad-token", RESET_PASSWORD_INVALID_PASSWORD: "password-refused" };

/** @param {string} text @returns {string} the last word of the problem's type; "" if the answer has none */
function problemOf(text) {
  const own = /"type":"urn:rekey:problem:([a-z-]+)"/.exec(text)?.[1];
  const foreign = /"(RESET_PASSWORD_[A-Z_]+)"/.exec(text)?.[1] ?? "";
  return own ?? FASTAPI_PROBLEMS[foreign] ?? "";
}

/** @param {string} text @returns {string} "" in the dialect of fastapi-users */
function recoveryOf(text) {
  return JSON.parse(text)?.recovery_id ?? "";
}

/** @param {string} text @returns {string} */
function sessionOf(text) {
  return JSON.parse(text).access_token;
}

/**
 * @param {Operation} op
 * @param {Wish} wish
 * @param {string} dialect the prefix for the two operations with two dialects
 * @returns {Message}
 */
function messageOf(op, { email, username = "", password = "", newPassword = "", token = "", recovery = "", code = "" }, dialect) {
  const bearer = { authorization: `Bearer ${token}` };
  switch (op) {
    case "register":
      return json("POST", "/api/users", { username, email, password });
    case "log_in":
      return form("/api/users/token", { username: email, password });
    case "me":
      return { method: "GET", path: "/api/users/me", body: "", headers: bearer };
    case "log_out":
      return { method: "POST", path: "/api/users/logout", body: "", headers: bearer };
    case "change_password":
      return json("PATCH", "/api/users/me/password", { current_password: password, new_password: newPassword }, bearer);
    case "forgot":
      return json("POST", `${dialect}/forgot-password`, { email });
    case "reset":
      if (code) return json("POST", "/api/users/reset-password", { recovery_id: recovery, code, new_password: newPassword });
      return json("POST", `${dialect}/reset-password`, { token, [dialect === "/auth" ? "password" : "new_password"]: newPassword });
    case "wrong_code":
      return json("POST", "/api/users/recovery/check", { recovery_id: recovery, code });
    case "cancel":
      return json("POST", "/api/users/reset-password/cancel", { token, email });
  }
}

/** @param {string} method @param {string} path @param {object} fields @param {Record<string, string>} [headers] @returns {Message} */
function json(method, path, fields, headers = {}) {
  return { method, path, body: JSON.stringify(fields), headers: { "content-type": "application/json", ...headers } };
}

/** @param {string} path @param {Record<string, string>} fields @returns {Message} */
function form(path, fields) {
  return { method: "POST", path, body: new URLSearchParams(fields).toString(), headers: { "content-type": "application/x-www-form-urlencoded" } };
}
