// Signed calls directly to an origin, one after the other over a persistent connection, with the time of each.
import { randomBytes } from "node:crypto";

import { exchange } from "../system/http_exchange.mjs";
import { fingerprints, signedHeaders } from "../system/token.mjs";

const client = { ip: "192.0.2.1", user_agent: "bench", country: "", accept_language: "en" };

const newId = () => randomBytes(16).toString("base64url");

export class OriginCalls {
  /** @param {string} url of the origin @param {string} keys EDGE_ORIGIN_KEYS */
  constructor(url, keys) {
    this.url = url;
    this.keys = keys;
  }

  /** @param {string} tokenKeys RESET_PASSWORD_TOKEN_SECRET */
  health(tokenKeys) {
    const id = newId();
    const input = { edge_origin_keys: fingerprints(this.keys, id), token_keys: fingerprints(tokenKeys, id) };
    return this.call("health", input, "ok", id);
  }

  /**
   * @param {string} useCase
   * @param {Record<string, unknown>} input
   * @param {string} outcome the expected one
   * @param {string} [id] of the request
   * @returns {Promise<any>} the answer's body
   * @throws on any other outcome
   */
  async call(useCase, input, outcome, id = newId()) {
    const path = `/internal/${useCase}`;
    const body = JSON.stringify({ version: 1, request_id: id, client, input });
    const { status, json, text } = await exchange("POST", this.url + path, signedHeaders(this.keys, path, body, id), body);
    if (status !== 200 || json.outcome !== outcome) throw new Error(`${useCase} was answered with ${status}: ${text}`);
    return json;
  }

  /**
   * @param {number} count
   * @param {(round: number) => Promise<unknown>} call
   * @returns {Promise<number[]>} milliseconds of each
   */
  async timed(count, call) {
    /** @type {number[]} */
    const times = [];
    for (let round = 0; round < count; ++round) {
      const began = performance.now();
      await call(round);
      times.push(performance.now() - began);
    }
    return times;
  }
}
