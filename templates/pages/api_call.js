// Calls the API, and words its failures. Holds no rules of the product.
import { say, sayWhen } from "./phrases.js";

const kDeadline = 20_000; // milliseconds; the edge's deadline for the origin is far shorter

/**
 * status 0: no answer came.
 * @typedef {{status: number, body: any, retryAfter: number}} Answer
 */

/**
 * In: a path of this site; a body to send as JSON, if any.
 * @param {"GET" | "POST" | "PATCH"} method
 * @param {string} path
 * @param {Record<string, string>} [body]
 * @returns {Promise<Answer>}
 */
export function callApi(method, path, body) {
  return send(method, path, body, {});
}

/** The last call of callOnce(), with its key, until its outcome is known. */
let open = { call: "", key: "" };

/**
 * As callApi(), for a call that takes an Idempotency-Key: sent again with the same body after a lost answer, it changes nothing twice and gets
 * the first answer.
 * @param {"POST" | "PATCH"} method
 * @param {string} path
 * @param {Record<string, string>} body
 */
export async function callOnce(method, path, body) {
  const call = JSON.stringify([method, path, body]);
  const key = call === open.call ? open.key : newKey();
  const answer = await send(method, path, body, { "Idempotency-Key": key });
  open = isOpen(answer) ? { call, key } : { call: "", key: "" };
  return answer;
}

/** randomUUID() exists only over https. */
const newKey = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (word) => word.toString(16).padStart(8, "0")).join("");

const kPassing = [0, 408, 429]; // a limit may refuse the repetition of a call that was carried out

/** Whether the answer leaves open if the call was carried out: an edge's, or that of a proxy before it. @param {Answer} answer */
const isOpen = (answer) => kPassing.includes(answer.status) || answer.status >= 500 || problemOf(answer) === "call-under-way";

/**
 * @param {string} method
 * @param {string} path
 * @param {Record<string, string> | undefined} body
 * @param {Record<string, string>} headers
 * @returns {Promise<Answer>}
 */
async function send(method, path, body, headers) {
  try {
    const response = await fetch(path, { ...sent(body, headers), method, redirect: "error", signal: AbortSignal.timeout(kDeadline) });
    const retryAfter = Number(response.headers.get("Retry-After")) || 60;
    return { status: response.status, body: parse(await response.text()), retryAfter };
  } catch (error) {
    console.warn("no answer", /** @type {Error} */ (error).name);
    return { status: 0, body: null, retryAfter: 0 };
  }
}

/** @param {Record<string, string> | undefined} body @param {Record<string, string>} headers @returns {RequestInit} */
function sent(body, headers) {
  return body ? { headers: { "Content-Type": "application/json", ...headers }, body: JSON.stringify(body) } : {};
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null; // no body, or a proxy's error page
  }
}

/**
 * Returns: the phrase for an answer for which the page has no phrase of its own.
 * @param {Answer} answer
 */
export function sayTrouble(answer) {
  const { status, retryAfter } = answer;
  if (status === 0) return say("network");
  if (status === 429) return say("too_many", { when: sayWhen(retryAfter) });
  if (status === 503 || problemOf(answer) === "call-under-way") return say("unavailable", { when: sayWhen(retryAfter) });
  return say("unexpected");
}

/**
 * Returns: the kind of a problem document (RFC 9457), such as "bad-token"; "" for any other answer.
 * @param {Answer} answer
 * @returns {string}
 */
export function problemOf({ body }) {
  const [, kind = ""] = String(body?.type ?? "").split("urn:rekey:problem:");
  return kind;
}

/**
 * Returns: which fields of the body were refused, and the reason's word: {new_password: "common"}.
 * @param {Answer} answer
 * @returns {Record<string, string>}
 */
export function refusedFields({ status, body }) {
  if (status !== 422 || !Array.isArray(body?.errors)) return {};
  return Object.fromEntries(body.errors.map((/** @type {any} */ each) => [String(each.pointer).slice(1), String(each.reason ?? "")]));
}
