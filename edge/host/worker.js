// The Worker, which the platform calls for each request. It hands the module (rules.js), the pages and the limiters (limiter.js)
// to exchange.js, which carries the request through the module; if that fails it answers 503. The rules are in rekey.wasm.
import rekey from "../../build/edge/edge/rekey.wasm";
import * as site from "../../build/site/site.js";
import { unavailable } from "./answer.js";
import { errorName, exchange } from "./exchange.js";
import { RANDOM_SIZE } from "./message.js";
import { InvalidSetting, Rules } from "./rules.js";

export { Limiter } from "./limiter.js";

/** @typedef {Record<string, unknown> & {LIMITER: DurableObjectNamespace<import("./limiter.js").Limiter>}} Env */

/** @type {Rules | undefined} */
let rules;

/** @param {Record<string, unknown>} line */
function log(line) {
  console.log(JSON.stringify({ time: new Date().toISOString(), ...line }));
}

/** The module's id for the request: base64url of the first 16 bytes. @param {Uint8Array} random */
function requestIdOf(random) {
  return btoa(String.fromCharCode(...random.subarray(0, 16))).slice(0, 22).replaceAll("+", "-").replaceAll("/", "_");
}

/** @param {unknown} error @param {string} requestId */
function logFault(error, requestId) {
  if (error instanceof InvalidSetting) log({ event: "alarm.invalid_setting", request_id: requestId, setting: error.setting });
  else log({ event: "alarm.fault", request_id: requestId, error: errorName(error) });
}

export default {
  /** @param {Request} request @param {Env} env */
  async fetch(request, env) {
    rules ??= new Rules(rekey, { settings: env, languages: site.languages, assets: site.assets });
    const limiter = (/** @type {string} */ name) => env.LIMITER.get(env.LIMITER.idFromName(name));
    const random = crypto.getRandomValues(new Uint8Array(RANDOM_SIZE));
    try {
      return await exchange({ rules, site, limiter, log }, request, random);
    } catch (error) {
      const requestId = requestIdOf(random);
      logFault(error, requestId);
      return unavailable(request, requestId);
    }
  },
};
