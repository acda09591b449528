// The forms of the page for browsers without scripts: each becomes a call of the API, and the answer is the page in its next state.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";

import { fillDocument } from "../../edge/host/document.js";
import { answerForm, isPageForm, SAID } from "../../edge/host/page_form.js";
import { SeededRandom } from "../nemesis/seeded_random.mjs";

const ORIGIN = "http://localhost:8787";
const FORM = "application/x-www-form-urlencoded";

/** @param {Record<string, string>} fields @param {Record<string, string>} [headers] */
const posted = (fields, headers = {}) =>
  new Request(`${ORIGIN}/forgot-password`, { method: "POST", headers: { "content-type": FORM, ...headers }, body: new URLSearchParams(fields).toString() });

/**
 * @param {Request} request @param {number} status @param {unknown} [body] of the API's answer @param {HeadersInit} [headers] of it
 * @returns {Promise<{call?: Request, sent?: any, fills: Map<string, string>, response: Response}>}
 */
async function answered(request, status, body = {}, headers = {}) {
  /** @type {any} */
  const seen = {};
  const call = async (/** @type {Request} */ made) => {
    seen.call = made;
    seen.sent = await made.clone().json();
    return new Response(status === 204 ? null : JSON.stringify(body), { status, headers });
  };
  const show = async (/** @type {Request} */ page, /** @type {Map<string, string>} */ fills) => {
    assert.deepEqual([page.method, page.url], ["GET", `${ORIGIN}/forgot-password`]);
    seen.fills = fills;
    return new Response("page", { headers: { "content-type": "text/html" } });
  };
  return { response: await answerForm(request, call, show), ...seen };
}

const problem = (/** @type {string} */ type) => ({ type: `urn:rekey:problem:${type}` });
const reason = (/** @type {string} */ word) => ({ ...problem("invalid-fields"), errors: [{ pointer: "/x", reason: word }] });

describe("a form of the page", () => {
  test("is one by its method, path and media type alone", () => {
    assert.ok(isPageForm(posted({})));
    assert.ok(isPageForm(posted({}, { "content-type": `${FORM}; charset=UTF-8` })));
    assert.ok(!isPageForm(posted({}, { "content-type": "application/json" })));
    assert.ok(!isPageForm(new Request(`${ORIGIN}/forgot-password`)));
    assert.ok(!isPageForm(new Request(`${ORIGIN}/reset-password`, { method: "POST", headers: { "content-type": FORM }, body: "a=b" })));
  });

  test("C16: asks, checks and saves by the calls that a script would make, with the reader's headers", async () => {
    const headers = { "cf-connecting-ip": "192.0.2.7", origin: "null", "sec-fetch-site": "same-origin", "accept-language": "de" };
    const steps = /** @type {const} */ ([
      [{ step: "ask", email: "ada@example.com" }, "/api/users/forgot-password", { email: "ada@example.com" }, 202, { recovery_id: "R" }, "at_sent"],
      [{ step: "code", email: "ada@example.com", recovery_id: "R", code: "1234 5678" }, "/api/users/recovery/check", { recovery_id: "R", code: "12345678" }, 204, {}, "at_set"],
      [{ step: "set", recovery_id: "R", code: "1234 5678", new_password: "one", repeat_password: "one" }, "/api/users/reset-password",
        { recovery_id: "R", code: "12345678", new_password: "one" }, 200, {}, "at_done"],
    ]);
    for (const [fields, path, sent, status, body, state] of steps) {
      const seen = await answered(posted(fields, headers), status, body);
      assert.equal(new URL(seen.call?.url ?? "").pathname, path);
      assert.deepEqual(seen.sent, sent);
      for (const [name, value] of Object.entries(headers)) assert.equal(seen.call?.headers.get(name), value, name);
      assert.equal(seen.call?.headers.get("content-type"), "application/json");
      assert.equal(seen.fills.get(state), "yes");
      assert.equal(seen.fills.get("recovery_id"), "R");
      assert.equal(seen.response.status, 200);
    }
  });

  test("shows each refusal at its own step, with the call's status", async () => {
    const code = { step: "code", recovery_id: "R", code: "1" };
    const set = { step: "set", recovery_id: "R", code: "1", new_password: "one", repeat_password: "one" };
    const cases = /** @type {const} */ ([
      [{ step: "ask", email: "x" }, 422, reason("invalid_email"), "at_ask", "said_invalid_email"],
      [code, 400, problem("bad-token"), "at_sent", "said_bad_token"],
      [set, 400, problem("bad-token"), "at_sent", "said_bad_token"],
      [set, 422, reason("too_short"), "at_set", "said_too_short"],
      [code, 429, problem("rate-limited"), "at_sent", "said_rate_limited"],
      [code, 503, problem("unavailable"), "at_sent", "said_unavailable"],
      [code, 403, problem("cross-site"), "at_ask", "said_cross_site"],
      [set, 403, problem("cross-site"), "at_ask", "said_cross_site"],
      [{ ...set, repeat_password: "two" }, 403, problem("cross-site"), "at_ask", "said_cross_site"],
      [{ ...set, repeat_password: "two" }, 400, problem("bad-token"), "at_sent", "said_bad_token"],
      [code, 415, problem("unsupported-media-type"), "at_sent", "said_unexpected"],
      [code, 500, "not JSON of ours", "at_sent", "said_unexpected"],
      [set, 422, reason("control_character"), "at_set", "said_not_text"],
      [{}, 422, reason("unknown"), "at_ask", "said_unexpected"],
      [{ step: "__proto__" }, 422, reason("unknown"), "at_ask", "said_unexpected"],
    ]);
    for (const [fields, status, body, state, said] of cases) {
      const { response, fills } = await answered(posted(/** @type {any} */ (fields)), status, body);
      assert.deepEqual([response.status, fills.get(state), fills.get(said)], [status, "yes", "yes"], said);
    }
  });

  test("while recovery is off, at the origin alone, too, only the page's own word for it is shown, whatever was sent", async () => {
    for (const form of [{ step: "ask", email: "x" }, { step: "code", code: "1" }, { step: "set", code: "1", new_password: "one", repeat_password: "two" }]) {
      const { response, fills } = await answered(posted(/** @type {any} */ (form)), 403, problem("recovery-off"));
      assert.deepEqual([response.status, fills.get("recovery_off"), fills.get("past_ask")], [403, "yes", ""]);
      assert.deepEqual([...fills].filter(([name, text]) => name.startsWith("said_") && text), []);
    }
  });

  test("H24: reads a code as it is pasted", async () => {
    for (const code of ["1234\u00a05678", "\u202f1234\u202f5678\t", " 1234-5678\r\n", "1234–5678", "１２３４５６７８"]) {
      const { sent } = await answered(posted({ step: "code", recovery_id: "R", code }), 204);
      assert.equal(sent.code, "12345678");
    }
  });

  test("marks the field that a refusal is about", async () => {
    const cases = /** @type {const} */ ([
      [422, reason("invalid_email"), "refused_email"], [400, problem("bad-token"), "refused_code"], [422, reason("too_short"), "refused_new_password"],
    ]);
    for (const [status, body, marked] of cases) {
      const { fills } = await answered(posted({ step: "set", new_password: "one", repeat_password: "one" }), status, body);
      assert.deepEqual([...fills.keys()].filter((name) => name.startsWith("refused_")), [marked]);
    }
  });

  test("passes on the cookies of the call's answer", async () => {
    const form = { step: "set", recovery_id: "R", code: "1", new_password: "one", repeat_password: "one" };
    const { response } = await answered(posted(form), 200, {}, [["set-cookie", "a=1; Path=/"], ["set-cookie", "b=2; Path=/"]]);
    assert.deepEqual(response.headers.getSetCookie(), ["a=1; Path=/", "b=2; Path=/"]);
    assert.equal(response.headers.get("content-type"), "text/html");
  });

  test("two passwords that differ are not set: the code is checked again, and the page says so", async () => {
    const { call, fills, response } = await answered(posted({ step: "set", recovery_id: "R", code: "1", new_password: "one", repeat_password: "two" }), 204);
    assert.equal(new URL(String(call?.url)).pathname, "/api/users/recovery/check");
    assert.deepEqual([fills.get("at_set"), fills.get("said_repeat_differs"), response.status], ["yes", "yes", 422]);
  });

  test("C17: a page that answers another site's post holds nothing that it typed", async () => {
    const form = { step: "set", email: "owner@example.com", recovery_id: "R", code: "12345678", new_password: "one", repeat_password: "one" };
    const { fills } = await answered(posted(form), 403, problem("cross-site"));
    for (const name of ["typed_email", "typed_code", "recovery_id"]) assert.equal(fills.get(name), "", name);
  });

  test("tells how long to wait, and the id of the call", async () => {
    const { response } = await answered(posted({ step: "ask", email: "x" }), 429, problem("rate-limited"), [["retry-after", "7"], ["x-request-id", "call"]]);
    assert.deepEqual([response.headers.get("retry-after"), response.headers.get("x-request-id")], ["7", "call"]);
  });

  test("a body that is too large causes no call", async () => {
    const { call, response } = await answered(posted({ step: "ask", email: "x".repeat(9000) }), 202);
    assert.deepEqual([call, response.status], [undefined, 400]);
  });

  test("a body that is not UTF-8, has a broken escape or a field twice causes no call: no password becomes another one", async () => {
    const set = "step=set&recovery_id=R&code=1&new_password=";
    for (const rest of ["%E4&repeat_password=%F6", "%ff", "100%", "%zz", "one&new_password=two", "\xe4"]) {
      const body = Buffer.from(set + rest, "latin1");
      const { call, response, fills } = await answered(new Request(`${ORIGIN}/forgot-password`, { method: "POST", headers: { "content-type": FORM }, body }), 200);
      assert.deepEqual([call, response.status, fills.get("at_ask")], [undefined, 400, "yes"], rest);
    }
    const { sent } = await answered(posted({ step: "set", recovery_id: "R", code: "1", new_password: "ä +%&ö", repeat_password: "ä +%&ö" }), 200);
    assert.equal(sent.new_password, "ä +%&ö");
  });

  test("C17: fields are text in the page, whatever they hold", async () => {
    const odd = `"><script>'&{{product_name}}`;
    const { fills } = await answered(posted({ step: "code", email: odd, recovery_id: odd, code: odd }), 400, problem("bad-token"));
    const page = fillDocument("{{typed_email}} {{typed_code}} {{recovery_id}}", new Map([...fills, ["product_name", "Rekey"]]));
    assert.doesNotMatch(page, /[<>"']|Rekey/);
  });
});

describe("a form of any bytes", () => {
  const CALLS = { "/api/users/forgot-password": ["email"], "/api/users/recovery/check": ["recovery_id", "code"],
                  "/api/users/reset-password": ["recovery_id", "code", "new_password"] };
  const PIECES = ["step", "ask", "code", "set", "email", "recovery_id", "new_password", "repeat_password", "=", "=", "=", "&", "&", "&", "+", "%", "%2", "%26",
                  "%3D", "%00", "%ff", "%C3%A9", "é", "\u0000", "\ud800", ";", "[]", "__proto__", "constructor", "<b>", "{{typed_code}}", "12345678", "x".repeat(4200)];
  const random = new SeededRandom("forms");
  const anyBody = () => Array.from({ length: random.whole(0, 24) }, () => random.pick(PIECES)).join("");
  /** As the platform's own parser reads the bytes that a browser would send. @param {string} body */
  const heldBy = (body) => new URLSearchParams(new TextDecoder().decode(new TextEncoder().encode(body)));

  /** Only the digits of a code are sent. @param {string} name @param {string} text */
  const sentAs = (name, text) => (name === "code" ? text.replace(/\D/g, "") : text);

  /** @param {string} body @returns {boolean} whether it is too large, has a field twice, or escapes that are none or not UTF-8 */
  function isBroken(body) {
    const names = [...heldBy(body).keys()];
    if (Buffer.byteLength(body) > 8192 || new Set(names).size < names.length) return true;
    return body.includes("%ff") || body.replace(/%[0-9A-Fa-f]{2}/g, "").includes("%");
  }

  test("causes one call at most, of one of the steps, with just its fields, each a text that the form held", async () => {
    let calls = 0;
    for (let round = 0; round < 2000; ++round) {
      const body = anyBody();
      const request = new Request(`${ORIGIN}/forgot-password`, { method: "POST", headers: { "content-type": FORM }, body });
      const { call, sent, response } = await answered(request, random.pick([200, 204, 400, 422, 503]), random.pick([{}, "text", problem("bad-token")]));
      assert.equal(call === undefined, isBroken(body), body);
      if (!call) continue;
      calls += 1;
      const fields = new Map(Object.entries(CALLS)).get(new URL(call.url).pathname);
      assert.deepEqual(Object.keys(sent), fields, body);
      const held = heldBy(body);
      for (const name of fields ?? []) assert.equal(sent[name], sentAs(name, held.get(name) ?? ""), body);
      assert.ok(response.status >= 200);
    }
    assert.ok(calls > 500, String(calls));
  });

  test("C17: fills the page with nothing that is a tag, a quote or a placeholder", async () => {
    const page = "{{typed_email}} {{typed_code}} {{recovery_id}}";
    for (let round = 0; round < 1000; ++round) {
      const text = anyBody().slice(0, 900);
      const form = posted({ step: random.pick(["ask", "code", "set"]), email: text, code: text, recovery_id: text, new_password: "one", repeat_password: "one" });
      const { fills } = await answered(form, 400, problem("bad-token"));
      assert.doesNotMatch(fillDocument(page, fills), /[<>"']/);
      const placeholders = text.match(/\{\{typed_code\}\}/g) ?? [];
      assert.equal((fillDocument(page, fills).match(/\{\{typed_code\}\}/g) ?? []).length, 3 * placeholders.length, "what was typed is not filled in again");
    }
  });
});

test("the page has a text for every word that a form may be answered with", () => {
  const page = readFileSync(new URL("../../templates/pages/forgot-password.html", import.meta.url), "utf8");
  const sections = [...page.matchAll(/\{\{if_said_(\w+)\}\}/g)].map(([, word]) => word);
  assert.deepEqual(sections.sort(), [...SAID, "unexpected"].sort());
});
