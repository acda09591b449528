// The forms of a page, for browsers without scripts: they post to their page, and the answer is the page in its next state. Each step is a
// call of the API, with the reader's own headers: so the module admits, limits and judges it as any other, posts of other sites included.
// This file only turns fields into a body, and the answer's words into sections of the page (templates/pages/forgot-password.html).
import { readAll, within } from "./bounded.js";

const PAGE = "/forgot-password";
const MEDIA = "application/x-www-form-urlencoded";
const MOST_BYTES = 8192; // as of any body
const DEADLINE_MS = 5000;

/** @typedef {"ask" | "sent" | "set" | "done" | "off"} State */

/** The call, its fields, and the states after a refusal and after success. @typedef {{call: string, fields: string[], stay: State, next: State}} Step */

/** @type {Step} */
const ASK = { call: "/api/users/forgot-password", fields: ["email"], stay: "ask", next: "sent" };
/** @type {Step} */
const CODE = { call: "/api/users/recovery/check", fields: ["recovery_id", "code"], stay: "sent", next: "set" };
/** @type {Step} */
const SET = { call: "/api/users/reset-password", fields: ["recovery_id", "code", "new_password"], stay: "set", next: "done" };

const STEPS = new Map([["ask", ASK], ["code", CODE], ["set", SET]]);

/** @param {Request} request */
export function isPageForm(request) {
  const type = request.headers.get("content-type") ?? "";
  return request.method === "POST" && new URL(request.url).pathname === PAGE && type.split(";")[0].trim().toLowerCase() === MEDIA;
}

/** The reader's headers without those of the form's own body. @param {Request} request @param {Record<string, string>} more */
function headersOf(request, more) {
  const headers = new Headers(request.headers);
  for (const name of ["content-type", "content-length"]) headers.delete(name);
  for (const [name, value] of Object.entries(more)) headers.set(name, value);
  return headers;
}

/** Keeps what the platform tells of the client. @param {Request} from @param {Request} to */
function asFrom(from, to) {
  const { cf } = /** @type {{cf?: unknown}} */ (/** @type {unknown} */ (from));
  return cf === undefined ? to : Object.defineProperty(to, "cf", { value: cf });
}

const UTF_8 = new TextDecoder("utf-8", { fatal: true });

/** URLSearchParams puts U+FFFD for what is not UTF-8: a password of such bytes would become another one. @param {string} text @throws {URIError} */
function parseForm(text) {
  decodeURIComponent(text);
  const form = new URLSearchParams(text);
  const names = [...form.keys()];
  return new Set(names).size === names.length ? form : null;
}

/** @param {Request} request @returns {Promise<URLSearchParams | null>} null for a body that is too large, late or broken, or has a field twice */
async function readForm(request) {
  try {
    return parseForm(UTF_8.decode(await within(readAll(request, MOST_BYTES), DEADLINE_MS)));
  } catch {
    return null;
  }
}

/** The refusals for which the page has a text of its own, each with the field that it is about. */
const FIELD_OF = new Map([
  ["bad_token", "code"], ["invalid_email", "email"], ["repeat_differs", "repeat_password"], ["too_short", "new_password"],
  ["too_long", "new_password"], ["too_many_bytes", "new_password"], ["not_text", "new_password"], ["common", "new_password"],
  ["personal", "new_password"], ["rate_limited", ""], ["unavailable", ""], ["cross_site", ""],
]);
export const SAID = Object.freeze([...FIELD_OF.keys()]);

/** Words of the API that the page has under another name. */
const SAME_AS = new Map([["control_character", "not_text"]]);

/** The word of a refusal: of its first field, or of the problem; "" where the page says it without one. @param {any} problem */
function wordOf(problem) {
  if (problem?.type === "urn:rekey:problem:recovery-off") return "";
  const kind = problem?.errors?.[0]?.reason ?? String(problem?.type ?? "").split(":").pop();
  const told = String(kind).replaceAll("-", "_");
  const word = SAME_AS.get(told) ?? told;
  return FIELD_OF.has(word) ? word : "unexpected";
}

/** @param {string} text */
const escapeHtml = (text) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

/** @param {URLSearchParams} form @param {string} name */
const typed = (form, name) => escapeHtml(form.get(name) ?? "");

/** What a page must tell of the call behind it. */
const PASSED_ON = ["retry-after", "ratelimit", "ratelimit-policy", "x-request-id"];

/** @param {Outcome} outcome */
function fillsOf({ form, state, recoveryId, said }) {
  return new Map([
    ["past_ask", state === "ask" || state === "off" ? "" : "yes"],
    [state === "off" ? "recovery_off" : `at_${state}`, "yes"],
    ["typed_email", typed(form, "email")],
    ["typed_code", typed(form, "code")],
    ["recovery_id", escapeHtml(recoveryId)],
    [`said_${said}`, said && "yes"],
    [`refused_${FIELD_OF.get(said) || "no_field"}`, "yes"],
  ]);
}

/**
 * @typedef {{form: URLSearchParams, state: State, recoveryId: string, said: string, status: number, headers: Headers}} Outcome
 * @param {Request} request @param {URLSearchParams} form
 * @param {(request: Request) => Promise<Response>} call
 * @returns {Promise<Outcome>}
 */
async function carryOut(request, form, call) {
  const wanted = STEPS.get(form.get("step") ?? "") ?? ASK;
  const differs = wanted === SET && form.get("repeat_password") !== form.get("new_password");
  const outcome = await makeCall(differs ? CODE : wanted, request, form, call); // a call in any case: the module judges where the post is from
  return differs && outcome.state === CODE.next ? { ...outcome, said: "repeat_differs", status: 422 } : outcome;
}

/**
 * A code is pasted with blanks of all kinds, hyphens and the digits of East Asian keyboards. As templates/pages/typed_rules.js reads it.
 * @param {string} name @param {string} text
 */
const read = (name, text) => (name === "code" ? text.normalize("NFKC").replace(/\D/g, "") : text);

/** @param {Step} step @param {Request} request @param {URLSearchParams} form @param {(request: Request) => Promise<Response>} call @returns {Promise<Outcome>} */
async function makeCall(step, request, form, call) {
  const recoveryId = form.get("recovery_id") ?? "";
  const body = JSON.stringify(Object.fromEntries(step.fields.map((name) => [name, read(name, form.get(name) ?? "")])));
  const headers = headersOf(request, { "content-type": "application/json" });
  const answer = await call(asFrom(request, new Request(new URL(step.call, request.url), { method: "POST", headers, body })));
  const told = await answer.json().catch(() => ({}));
  if (answer.ok) return { form, state: step.next, recoveryId: told.recovery_id ?? recoveryId, said: "", status: 200, headers: answer.headers };
  const said = wordOf(told);
  // Nothing that another site has typed may stand in the page: its reader would go on with a stranger's code.
  const state = said === "" ? "off" : NOTHING_TYPED.state;
  if (said === "cross_site" || said === "") return { ...NOTHING_TYPED, state, said, status: answer.status, headers: answer.headers };
  return { form, state: said === "bad_token" ? "sent" : step.stay, recoveryId, said, status: answer.status, headers: answer.headers };
}

/** @type {Outcome} */
const NOTHING_TYPED = { form: new URLSearchParams(), state: "ask", recoveryId: "", said: "unexpected", status: 400, headers: new Headers() };

/**
 * In: `call` answers a call of the API, `show` the page with the texts of its placeholders.
 * @param {Request} request one that isPageForm() is true for
 * @param {(request: Request) => Promise<Response>} call
 * @param {(request: Request, fills: Map<string, string>) => Promise<Response>} show
 */
export async function answerForm(request, call, show) {
  const form = await readForm(request);
  const outcome = form ? await carryOut(request, form, call) : NOTHING_TYPED;
  const page = asFrom(request, new Request(new URL(PAGE, request.url), { headers: headersOf(request, {}) }));
  const shown = await show(page, fillsOf(outcome));
  if (shown.status !== 200) return shown;
  const { status, headers } = outcome;
  const response = new Response(shown.body, { status, headers: shown.headers });
  for (const cookie of headers.getSetCookie()) response.headers.append("set-cookie", cookie);
  for (const name of PASSED_ON) if (headers.has(name)) response.headers.set(name, String(headers.get(name)));
  return response;
}
