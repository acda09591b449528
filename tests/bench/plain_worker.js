// The edge's forgot and reset calls in plain JavaScript for Workers: the reference of the edge part of scripts/bench. It makes the edge's
// checks of these two calls, answers with the same headers and logs the same line. It calls no origin, accepts no international domain
// and has no list of common passwords, since no measured flow needs them.
import { EventLog } from "../../edge/host/log.js";
import { tokenFault } from "./plain_token.js";

/**
 * @typedef {{count: number, seconds: number}} Limit
 * @typedef {{isAllowed: boolean, nextFree: number, retryAfter: number, reset: number}} Turn
 * @typedef {{idFromName(name: string): any, get(id: any): {take(limit: Limit): Promise<Turn>}}} LimiterNamespace
 * @typedef {{RESET_PASSWORD_TOKEN_SECRET: string, LIMIT_FORGOT_PER_CLIENT?: string, LIMIT_FAILURES_PER_CLIENT?: string, LIMITER: LimiterNamespace}} Env
 * @typedef {{status: number, type: string, title: string, detail: string, event: string, isBlamed?: boolean, errors?: unknown[]}} Problem
 * @typedef {{status: number, body: string, type: string, event: string, extra?: Record<string, string>}} Reply
 * @typedef {Record<string, string>} Fields
 */

const MAX_BODY = 8 * 1024;
const MAX_CLIENTS = 10_000;
const MIN_PASSWORD = 8;
const MAX_PASSWORD = 256;
const MAX_EMAIL = 120;
const MAX_LOCAL_PART = 64;
const EMAIL = /^[\w!#$%&'*+\-/=?^`{|}~]+(?:\.[\w!#$%&'*+\-/=?^`{|}~]+)*@(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z](?:[a-z\d-]{0,61}[a-z\d])?$/i;
const JSON_TYPE = /^application\/json\s*(?:;\s*charset=(?:utf-8|"utf-8")\s*)?$/i;
const CONTROL = /\p{Cc}/u;
const STRINGS = /"(?:[^"\\]|\\.)*"/g;

export const HEADERS = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy":
    "accelerometer=(), autoplay=(), camera=(), display-capture=(), fullscreen=(), geolocation=(), gyroscope=(), microphone=(), midi=(), payment=(), usb=()",
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
};

/** @param {number} status @param {string} title @param {string} type @param {string} detail @param {string} [event] @returns {Problem} */
function blamed(status, title, type, detail, event = "shape.refused") {
  return { status, title, type, detail, event, isBlamed: true };
}

const PROBLEMS = {
  unreadable: blamed(400, "Bad Request", "unreadable-json", "The body is not one JSON document in UTF-8."),
  query: blamed(400, "Bad Request", "query-not-allowed", "Calls of the API take no query string."),
  large: blamed(413, "Content Too Large", "body-too-large", "The body is larger than 8 KiB."),
  media: blamed(415, "Unsupported Media Type", "unsupported-media-type", "The body must be JSON in UTF-8, without content coding."),
  fields: blamed(422, "Unprocessable Content", "invalid-fields", "See the errors, one for each field."),
  token: blamed(400, "Bad Request", "bad-token", "This link or code is not valid. Ask for a new one."),
  crossSite: { status: 403, title: "Forbidden", type: "cross-site", detail: "Calls from pages of other sites are refused.", event: "cross_site.refused" },
  https: { status: 403, title: "Forbidden", type: "https-required", detail: "Use https: the API needs it.", event: "http.refused" },
  notFound: { status: 404, title: "Not Found", type: "not-found", detail: "There is nothing at this path.", event: "" },
  method: { status: 405, title: "Method Not Allowed", type: "method-not-allowed", detail: "Use a method of the Allow field.", event: "" },
  password: { status: 422, title: "Unprocessable Content", type: "password-refused", detail: "Choose another password.", event: "password.refused" },
  tooMany: { status: 429, title: "Too Many Requests", type: "rate-limited", detail: "Try again later.", event: "limit.reached" },
};

class Refusal extends Error {
  /** @param {Problem} problem @param {Record<string, string>} [extra] headers */
  constructor(problem, extra = {}) {
    super(problem.type);
    this.problem = problem;
    this.extra = extra;
  }
}

/** @param {string | undefined} setting `count/seconds` @returns {Limit} */
function limitFrom(setting = "60/60") {
  const [count, seconds] = setting.split("/").map(Number);
  return { count, seconds };
}

/** The generic cell rate algorithm. @param {number} nextFree 0 at first @param {Limit} limit @param {number} now in ms @returns {Turn} */
export function takeTurn(nextFree, { count, seconds }, now) {
  const interval = (seconds * 1000) / count;
  const from = Math.max(nextFree, now);
  const wait = from - now - (seconds * 1000 - interval);
  const isAllowed = wait <= 0;
  return { isAllowed, nextFree: from + interval, retryAfter: Math.max(1, Math.ceil(wait / 1000)), reset: Math.ceil((from - now) / 1000) };
}

/** @param {string} policy @param {Limit} limit @param {Turn} turn */
function tooMany(policy, { count, seconds }, { retryAfter, reset }) {
  return new Refusal(PROBLEMS.tooMany, {
    "retry-after": String(retryAfter),
    "ratelimit-policy": `"${policy}";q=${count};w=${seconds}`,
    ratelimit: `"${policy}";r=0;t=${reset}`,
  });
}

/** @type {Map<string, number>} */
const failures = new Map();

/** Limits the refused calls of one client, in memory like the edge. @param {string} client @param {Env} env */
function countFailure(client, env) {
  if (failures.size > MAX_CLIENTS) failures.clear();
  const limit = limitFrom(env.LIMIT_FAILURES_PER_CLIENT);
  const turn = takeTurn(failures.get(client) ?? 0, limit, Date.now());
  if (!turn.isAllowed) throw tooMany("failures-per-client", limit, turn);
  failures.set(client, turn.nextFree);
}

/** @param {string} text @param {Env} env */
async function checkToken(text, env) {
  const fault = await tokenFault(text, env.RESET_PASSWORD_TOKEN_SECRET);
  if (fault) throw new Refusal({ ...PROBLEMS.token, event: fault });
}

/** @param {string} name @param {string} reason @param {string} detail */
function fieldError(name, reason, detail) {
  return { pointer: name && `/${name}`, detail, reason };
}

/** @param {{pointer: string, detail: string, reason: string}[]} errors */
function refuseFields(errors) {
  return new Refusal({ ...PROBLEMS.fields, errors });
}

/** @param {string} text @returns {unknown} */
function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(PROBLEMS.unreadable);
  }
}

/** @param {Record<string, unknown>} object @param {string[]} names */
function fieldErrors(object, names) {
  const known = names.flatMap((name) => {
    if (!Object.hasOwn(object, name)) return [fieldError(name, "missing", "This field is required.")];
    const value = object[name];
    if (typeof value !== "string") return [fieldError(name, "wrong_type", "This field must be a string.")];
    return CONTROL.test(value) ? [fieldError(name, "control_character", "Control characters are not allowed.")] : [];
  });
  const others = Object.keys(object).filter((name) => !names.includes(name));
  return [...known, ...others.map((name) => fieldError(name, "unknown", "This field is unknown."))];
}

/** @param {Uint8Array} body @param {string[]} names of all its fields, each a string @returns {Fields} */
function parseFields(body, names) {
  const text = decodeUtf8(body);
  const object = parseJson(text);
  if (typeof object !== "object" || object === null || Array.isArray(object)) {
    throw refuseFields([fieldError("", "not_an_object", "The body must be a JSON object.")]);
  }
  const errors = fieldErrors(/** @type {Record<string, unknown>} */ (object), names);
  if (errors.length > 0) throw refuseFields(errors);
  // JSON.parse keeps only the last of repeated fields; they show as more strings in the text than a name and a value for each field.
  if ((text.match(STRINGS) ?? []).length > 2 * names.length) throw refuseFields([fieldError("", "repeated", "A field was sent more than once.")]);
  return /** @type {Fields} */ (object);
}

/** @param {Uint8Array} body */
function decodeUtf8(body) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    throw new Refusal(PROBLEMS.unreadable);
  }
}

/** @param {Request} request */
async function readBody(request) {
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BODY) throw new Refusal(PROBLEMS.large);
  const body = new Uint8Array(await request.arrayBuffer());
  if (body.length > MAX_BODY) throw new Refusal(PROBLEMS.large);
  return body;
}

/** @param {Request} request @param {URL} url */
function checkHead(request, url) {
  if (request.method !== "POST") throw new Refusal(PROBLEMS.method, { allow: "POST, OPTIONS" });
  if (url.protocol === "http:" && url.hostname !== "localhost" && url.hostname !== "127.0.0.1") throw new Refusal(PROBLEMS.https);
  const site = request.headers.get("sec-fetch-site");
  const origin = request.headers.get("origin");
  if ((site !== null && site !== "same-origin" && site !== "none") || (origin !== null && origin !== url.origin)) throw new Refusal(PROBLEMS.crossSite);
  if (url.search !== "") throw new Refusal(PROBLEMS.query);
  const isJson = JSON_TYPE.test(request.headers.get("content-type") ?? "");
  if (!isJson || request.headers.get("content-encoding") !== null) throw new Refusal(PROBLEMS.media);
}

/** @param {string} email */
function checkEmail(email) {
  const isAddress = email.length <= MAX_EMAIL && email.indexOf("@") <= MAX_LOCAL_PART && EMAIL.test(email);
  if (!isAddress) throw refuseFields([fieldError("email", "invalid_email", "This is not an e-mail address.")]);
}

/** @param {string} password */
function checkPassword(password) {
  const length = [...password].length;
  if (length >= MIN_PASSWORD && length <= MAX_PASSWORD) return;
  const error = length < MIN_PASSWORD
    ? fieldError("new_password", "too_short", "The password is too short.")
    : fieldError("new_password", "too_long", "The password is too long.");
  throw new Refusal({ ...PROBLEMS.password, errors: [error] });
}

/** @param {number} status @param {string} message @param {string} event @returns {Reply} */
function messageReply(status, message, event) {
  return { status, body: JSON.stringify({ message }), type: "application/json", event };
}

/** @param {Request} request @param {string} client @param {Env} env */
async function forgotPassword(request, client, env) {
  const { email } = parseFields(await readBody(request), ["email"]);
  checkEmail(email);
  const limit = limitFrom(env.LIMIT_FORGOT_PER_CLIENT);
  const turn = await env.LIMITER.get(env.LIMITER.idFromName(client)).take(limit);
  if (!turn.isAllowed) throw tooMany("forgot-per-client", limit, turn);
  return messageReply(202, "If there is an account for this address, a mail with a link is on its way.", "forgot.accepted");
}

/** @param {Request} request @param {string} _client @param {Env} env */
async function resetPassword(request, _client, env) {
  const { token, new_password } = parseFields(await readBody(request), ["token", "new_password"]);
  await checkToken(token, env);
  checkPassword(new_password);
  return messageReply(200, "The password is changed. Log in with the new one.", "reset.done");
}

const CALLS = new Map([
  ["/api/users/forgot-password", forgotPassword],
  ["/api/users/reset-password", resetPassword],
]);

/** @param {Refusal} refusal @returns {Reply} */
function refusalReply({ problem, extra }) {
  const { status, title, type, detail, event, errors } = problem;
  const body = JSON.stringify({ type: `urn:rekey:problem:${type}`, title, status, detail, errors });
  return { status, body, type: "application/problem+json", event, extra };
}

/** @param {unknown} error @returns {Refusal} */
function refusalFrom(error) {
  if (error instanceof Refusal) return error;
  throw error;
}

/** @param {Request} request @param {URL} url @param {Env} env @returns {Promise<Reply>} */
async function answer(request, url, env) {
  const client = request.headers.get("cf-connecting-ip") ?? "";
  try {
    const call = CALLS.get(url.pathname);
    if (!call) throw new Refusal(PROBLEMS.notFound);
    checkHead(request, url);
    return await call(request, client, env);
  } catch (error) {
    const refusal = refusalFrom(error);
    if (refusal.problem.isBlamed) return blame(refusal, client, env);
    return refusalReply(refusal);
  }
}

/** @param {Refusal} refusal @param {string} client @param {Env} env */
function blame(refusal, client, env) {
  try {
    countFailure(client, env);
    return refusalReply(refusal);
  } catch (error) {
    return refusalReply(refusalFrom(error));
  }
}

const events = new EventLog();

function newRequestId() {
  const random = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...random)).slice(0, 22).replaceAll("+", "-").replaceAll("/", "_");
}

/** The first language of the reader's that the site has; weights don't count here. @param {Request} request */
function languageOf(request) {
  const wanted = (request.headers.get("accept-language") ?? "").toLowerCase().split(",").map((each) => each.trim().split(/[-;]/)[0]);
  return wanted.find((tag) => tag === "en" || tag === "de") ?? "en";
}

export default {
  /** @param {Request} request @param {Env} env @param {{waitUntil(work: Promise<void>): void}} lifetime */
  async fetch(request, env, lifetime) {
    const url = new URL(request.url);
    const requestId = newRequestId();
    const { status, body, type, event, extra } = await answer(request, url, env);
    const headers = new Headers({ ...HEADERS, ...extra, "content-type": type, "x-request-id": requestId, date: new Date().toUTCString() });
    if (type === "application/problem+json") {
      headers.set("content-language", languageOf(request));
      headers.set("vary", "Accept-Language");
    }
    if (url.protocol === "https:") headers.set("strict-transport-security", "max-age=31536000");
    if (event) events.note({ event, status, request_id: requestId }, (work) => lifetime.waitUntil(work));
    return new Response(body, { status, headers });
  },
};
