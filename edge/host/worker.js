// The Worker, which the platform calls for each request. It hands the module (rules.js), the pages and the limiters (limiters.js)
// to exchange.js, which carries the request through the module; if that fails it answers 503. The rules are in rekey.wasm.
import rekey from "../../build/edge/edge/rekey.wasm";
import { unavailable } from "./answer.js";
import { exchange } from "./exchange.js";
import { LimiterTable, SEED_SIZE } from "./limiter_table.js";
import { limiterNamed } from "./limiters.js";
import { EventLog, errorName } from "./log.js";
import { RANDOM_SIZE } from "./message.js";
import { RequestMeter } from "./meter.js";
import { answerForm, isPageForm } from "./page_form.js";
import { EdgeMetrics } from "./metrics.js";
import { InvalidSetting, Rules } from "./rules.js";
import { loadSite, otherSiteLine } from "./site.js";

export { Limiter } from "./limiter.js";

/**
 * @typedef {Record<string, unknown> & import("./limiters.js").Env & {ASSETS: {fetch(url: URL): Promise<Response>}}} Env
 * @typedef {{waitUntil(work: Promise<void>): void}} Lifetime of a request's context
 * @typedef {Env & {METRICS?: import("./meter.js").Dataset}} MeteredEnv METRICS is only on Cloudflare, and optional
 */

/** @type {import("./site.js").Site | undefined} */
let site;
/** @type {Rules | undefined} */
let rules;
/** Counts while limiters fail. @type {LimiterTable | undefined} */
let table;
const events = new EventLog();
/** @type {EdgeMetrics | undefined} */
let metrics;

/** @param {Uint8Array} question */
function standIn(question) {
  const counting = table ?? new LimiterTable(rekey, crypto.getRandomValues(new Uint8Array(SEED_SIZE)));
  table = undefined; // if it traps, it is lost
  const verdicts = counting.standIn(question, Date.now());
  table = counting;
  return verdicts;
}

const newRandom = () => crypto.getRandomValues(new Uint8Array(RANDOM_SIZE));

/** The module's id for the request: base64url of the first 16 bytes. @param {Uint8Array} random */
function requestIdOf(random) {
  return btoa(String.fromCharCode(...random.subarray(0, 16))).slice(0, 22).replaceAll("+", "-").replaceAll("/", "_");
}

/** @param {unknown} error @param {string} requestId */
function faultLine(error, requestId) {
  if (error instanceof InvalidSetting) return { event: "alarm.invalid_setting", request_id: requestId, setting: error.setting };
  return { event: "alarm.fault", request_id: requestId, error: errorName(error) };
}

/** A brand's name counts for PRODUCT_NAME. @param {MeteredEnv} env @param {import("./site.js").Site} site @returns {Record<string, unknown>} */
function settingsOf(env, { product_name }) {
  return product_name === undefined ? env : { ...env, PRODUCT_NAME: product_name };
}

export default {
  /** @param {Request} request @param {MeteredEnv} env @param {Lifetime} lifetime */
  async fetch(request, env, lifetime) {
    const began = Date.now();
    const waitUntil = (/** @type {Promise<void>} */ work) => lifetime.waitUntil(work);
    const note = (/** @type {Record<string, unknown>} */ line) => {
      metrics?.logged(line.event);
      events.note(line, waitUntil);
    };
    const log = (/** @type {Record<string, unknown>} */ line) => note({ ...line, duration_ms: Date.now() - began });
    const limiter = (/** @type {string} */ name) => limiterNamed(env, name, { waitUntil, log: note });
    const asset = (/** @type {string} */ path) => env.ASSETS.fetch(new URL(path, "https://assets.invalid"));
    const random = newRandom();
    /** @type {RequestMeter | undefined} */
    let meter;
    try {
      site ??= await loadSite(asset);
      rules ??= new Rules(rekey, { settings: settingsOf(env, site), languages: site.languages, assets: site.assets });
      if (!metrics) {
        metrics = new EdgeMetrics(rules.metricWords, () => events.leftOut);
        const line = otherSiteLine(site, rules.metricWords.version);
        if (line) note(line);
      }
      meter = new RequestMeter(metrics, request, began, env.METRICS);
      const world = { rules, site, asset, limiter, standIn, log, meter };
      if (!isPageForm(request)) return await exchange(world, request, random);
      return await answerForm(request, (call) => exchange(world, call, random), (page, fills) => exchange({ ...world, fills }, page, newRandom()));
    } catch (error) {
      const requestId = requestIdOf(random);
      log(faultLine(error, requestId));
      meter?.failed(503);
      return unavailable(request, requestId);
    }
  },
};
