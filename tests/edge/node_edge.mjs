// The edge without workerd: the real rekey.wasm and edge/host/exchange.js, limiters in memory, a small site. Fast, and it records every
// event.
import { readFileSync } from "node:fs";

import { exchange } from "../../edge/host/exchange.js";
import { LimiterTable } from "../../edge/host/limiter_table.js";
import { RANDOM_SIZE } from "../../edge/host/message.js";
import { RequestMeter } from "../../edge/host/meter.js";
import { EdgeMetrics } from "../../edge/host/metrics.js";
import { Rules } from "../../edge/host/rules.js";
import { settings as secrets } from "./keys.mjs";
import { keysOf } from "./limiter_question.mjs";

export const wasm = readFileSync(new URL("../../build/edge/edge/rekey.wasm", import.meta.url));
export const module = new WebAssembly.Module(wasm);

/** @param {string} name */
const template = (name) => readFileSync(new URL(`../../templates/${name}`, import.meta.url), "utf8");

/** @param {string} tag @returns {Map<string, string>} the sentences of the API in a language's file, by their keys */
export const apiSentences = (tag) => new Map([...template(`languages/${tag}.txt`).matchAll(/^(api\.[a-z0-9_.]+) = (.+)$/gm)].map(([, key, text]) => [key, text]));

const german = apiSentences("de");

const pageNames = ["start", "register", "login", "forgot-password", "reset-password", "cancel", "account", "docs", "not-found"];
export const languages = ["en", "de"];
export const site = {
  version: /project\(rekey VERSION ([\d.]+)/.exec(readFileSync(new URL("../../CMakeLists.txt", import.meta.url), "utf8"))?.[1],
  languages,
  pages: Object.fromEntries(pageNames.flatMap((name) => languages.map((tag) => [`${name}.${tag}`, `page ${name} in ${tag}`]))),
  /** @type {Record<string, {type: string}>} */
  assets: {
    "/assets/pages.0123abcd.css": { type: "text/css; charset=utf-8" },
    "/assets/logo.0123abcd.svg": { type: "image/svg+xml" },
    "/assets/logo.0123abcd.png": { type: "image/png" },
    ...Object.fromEntries(["forgot-password", "cancel", "login", "register", "account", "docs", "docs-swagger-ui-bundle"].map((name) =>
      [`/assets/${name}.0123abcd.js`, { type: "text/javascript; charset=utf-8" }])),
  },
  /** @type {Record<string, Record<string, string>>} */
  texts: { en: {}, de: Object.fromEntries([...apiSentences("en")].map(([key, own]) => [own, german.get(key) ?? ""])) },
  password_policy: '{"min":{{password_min_length}},"bytes":"{{password_max_bytes}}"{{#password_max_bytes}},"cut":true{{/password_max_bytes}}}',
  apple_app_site_association: template("apple-app-site-association.json"),
  assetlinks: template("assetlinks.json"),
  openapi: '{"paths":{"{{auth_prefix}}/forgot-password":{}{{#accounts}},"/api/users/me":{}{{/accounts}}},"minLength":{{password_min_length}}}',
};

const generous = Object.fromEntries(
  ["FORGOT_PER_CLIENT", "FORGOT_PER_ACCOUNT", "RESET_PER_CLIENT", "LOGIN_PER_CLIENT", "LOGIN_PER_ACCOUNT", "REGISTER_PER_CLIENT",
    "OTHER_PER_CLIENT", "FAILURES_PER_CLIENT"].map((name) => [`LIMIT_${name}`, "100000/1"]),
);

/** @param {Record<string, unknown>} [extra] @returns {import("../../edge/host/rules.js").Setup} */
export function setup(extra = {}) {
  return { settings: { ...secrets, ...generous, ...extra }, languages: site.languages, assets: site.assets };
}

const SEED = new Uint8Array(16).fill(7);
export const ORIGIN = "http://localhost:8787";

/** Measures one request for nobody. @param {Rules} rules */
export function unreadMeter(rules) {
  return new RequestMeter(new EdgeMetrics(rules.metricWords, () => 0), new Request(ORIGIN), Date.now());
}

export class NodeEdge {
  /** @type {Record<string, unknown>[]} */
  events = [];
  /** @type {string[]} the keys asked about, in order */
  asked = [];
  /** @type {string[]} names of the objects asked, in order */
  objects = [];
  /** Stands before each question; throws to play a limiter that is down. @type {() => void} */
  beforeLimiter = () => {};
  #rules;
  /** @type {EdgeMetrics | undefined} */
  #metrics;
  /** Of each object that was asked. @type {Map<string, LimiterTable>} */
  #tables = new Map();
  #standIn = new LimiterTable(module, SEED);

  /** @param {Record<string, unknown>} settings */
  constructor(settings) {
    this.#rules = new Rules(module, setup(settings));
  }

  /** @param {string} name */
  #limiter(name) {
    return {
      take: async (/** @type {Uint8Array} */ question) => {
        this.objects.push(name);
        this.asked.push(...keysOf(question));
        this.beforeLimiter();
        const table = this.#tables.get(name) ?? new LimiterTable(module, SEED);
        this.#tables.set(name, table);
        return table.take(question, Date.now());
      },
    };
  }

  /** What GET /metrics shows. */
  get metrics() {
    this.#metrics ??= new EdgeMetrics(this.#rules.metricWords, () => 0);
    return this.#metrics;
  }

  /** A request without an address comes from 192.0.2.200. @param {string} path @param {RequestInit & {base?: string, cf?: Record<string, string>}} [init] */
  async fetch(path, { base = ORIGIN, cf, ...init } = {}) {
    const request = new Request(base + path, /** @type {RequestInit} */ ({ duplex: "half", ...init }));
    const world = {
      rules: this.#rules,
      site,
      limiter: (/** @type {string} */ name) => this.#limiter(name),
      asset: async () => new Response("body{}"),
      standIn: (/** @type {Uint8Array} */ question) => this.#standIn.standIn(question, Date.now()),
      log: (/** @type {Record<string, unknown>} */ line) => this.#log(line),
      meter: new RequestMeter(this.metrics, request, Date.now()),
    };
    if (cf) Object.defineProperty(request, "cf", { value: cf });
    if (!request.headers.has("cf-connecting-ip")) request.headers.set("cf-connecting-ip", "192.0.2.200");
    return exchange(world, request, crypto.getRandomValues(new Uint8Array(RANDOM_SIZE)));
  }

  /** @param {Record<string, unknown>} line */
  #log(line) {
    this.events.push(line);
    this.metrics.logged(line.event);
  }

  /** @param {string} path @param {unknown} body a string is sent as it is @param {Record<string, string>} [headers] @param {string} [method] */
  send(path, body, headers = {}, method = "POST") {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return this.fetch(path, { method, headers: { "content-type": "application/json", ...headers }, body: text });
  }

  /** @param {string} path @param {Record<string, string>} fields @param {Record<string, string>} [headers] */
  sendForm(path, fields, headers = {}) {
    return this.fetch(path, { method: "POST", headers, body: new URLSearchParams(fields) });
  }

  get eventNames() {
    return this.events.map((line) => line.event);
  }
}
