// The Worker: brings module, pages, limiters and the platform together. Bytes in, bytes out; the rules stand in rekey.wasm.
import rekey from "../build/edge/edge/rekey.wasm";
import * as site from "../build/site/site.js";
import { errorName, exchange } from "./exchange.js";
import { InvalidSetting, Rules } from "./rules.js";

export { Limiter } from "./limiter.js";

/** @typedef {Record<string, unknown> & {LIMITER: DurableObjectNamespace<import("./limiter.js").Limiter>}} Env */

/** @type {Rules | undefined} */
let rules;

/** @param {Record<string, unknown>} line */
function log(line) {
  console.log(JSON.stringify({ time: new Date().toISOString(), ...line }));
}

// The answer where there is no module to ask: the module trapped, or a setting can't be used.
function unavailable() {
  const type = "urn:rekey:problem:unavailable";
  return Response.json(
    { type, title: "Service Unavailable", status: 503, detail: "Try again in a moment." },
    {
      status: 503,
      headers: {
        "content-type": "application/problem+json",
        "retry-after": "5",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
      },
    },
  );
}

/** @param {unknown} error */
function logFault(error) {
  if (error instanceof InvalidSetting) log({ event: "alarm.invalid_setting", setting: error.setting });
  else log({ event: "alarm.fault", error: errorName(error) });
}

export default {
  /** @param {Request} request @param {Env} env */
  async fetch(request, env) {
    rules ??= new Rules(rekey, { settings: env, languages: site.languages, assets: site.assets });
    const limiter = (/** @type {string} */ name) => env.LIMITER.get(env.LIMITER.idFromName(name));
    try {
      return await exchange({ rules, site, limiter, log }, request);
    } catch (error) {
      logFault(error);
      return unavailable();
    }
  },
};
