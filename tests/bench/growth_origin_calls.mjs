// Signed calls directly to an origin, one after the other over a persistent connection, with the time of each.
import { exchange } from "../system/http_exchange.mjs";
import { healthCall, signedCall } from "../system/origin_call.mjs";

const client = { user_agent: "bench", accept_language: "en" };

export class OriginCalls {
  /** @param {string} url of the origin @param {string} keys EDGE_ORIGIN_KEYS */
  constructor(url, keys) {
    this.url = url;
    this.keys = keys;
  }

  /** @param {string} tokenKeys RESET_PASSWORD_TOKEN_SECRET */
  health(tokenKeys) {
    return this.#post(healthCall(this.keys, tokenKeys), "ok");
  }

  /**
   * @param {string} useCase
   * @param {Record<string, unknown>} input
   * @param {string} outcome the expected one
   * @returns {Promise<any>} the answer's body
   * @throws on any other outcome
   */
  call(useCase, input, outcome) {
    return this.#post(signedCall(this.keys, useCase, input, { client }), outcome);
  }

  /** @param {import("../system/origin_call.mjs").OriginCall} call @param {string} outcome */
  async #post({ path, headers, body }, outcome) {
    const { status, json, text } = await exchange("POST", this.url + path, headers, body);
    if (status !== 200 || json.outcome !== outcome) throw new Error(`${path} was answered with ${status}: ${text}`);
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
