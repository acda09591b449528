// The texts of the API's answers in the reader's language, and what no language changes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, afterEach, before, describe, test } from "node:test";

import { inLanguage } from "../../edge/host/texts.js";
import { mintToken } from "./keys.mjs";
import { NodeEdge, apiSentences } from "./node_edge.mjs";
import { StubOrigin } from "./stub_origin.mjs";

const origin = new StubOrigin();
/** @type {NodeEdge} */
let edge;
before(async () => {
  await origin.start();
  edge = new NodeEdge({ ORIGIN_URLS: origin.url });
});
afterEach(() => origin.reset());
after(() => origin.stop());

const GERMAN = { "accept-language": "de-AT, en;q=0.5" };
const forgot = "/api/users/forgot-password";
const reset = "/api/users/reset-password";

/** @param {Response} response @returns {Promise<any>} */
const bodyOf = (response) => response.json();

describe("the texts of an answer", () => {
  test("are in the reader's language, which the answer names", async () => {
    const response = await edge.send(reset, { token: "forged", new_password: "seven lemons on a blue bicycle" }, GERMAN);
    assert.deepEqual([response.status, response.headers.get("content-language"), response.headers.get("vary")], [400, "de", "Accept-Language"]);
    assert.deepEqual(await bodyOf(response), {
      type: "urn:rekey:problem:bad-token",
      title: "Fehlerhafte Anfrage",
      status: 400,
      detail: "Dieser Link oder Code gilt nicht. Fordern Sie einen neuen an.",
    });
  });

  test("are English for other languages and without Accept-Language, and the answer says so", async () => {
    for (const headers of /** @type {Record<string, string>[]} */ ([{}, { "accept-language": "fr" }, { "accept-language": "de;q=0" }])) {
      const response = await edge.send(reset, { token: "forged", new_password: "seven lemons on a blue bicycle" }, headers);
      assert.deepEqual([response.headers.get("content-language"), response.headers.get("vary")], ["en", "Accept-Language"]);
      assert.equal((await bodyOf(response)).detail, "This link or code is not valid. Ask for a new one.");
    }
  });

  test("of each refused field are, too; pointer and reason stay", async () => {
    const response = await edge.send(reset, { token: mintToken(), new_password: "short", surplus: "x" }, GERMAN);
    assert.deepEqual((await bodyOf(response)).errors, [{ pointer: "/surplus", detail: "Dieses Feld ist unbekannt.", reason: "unknown" }]);
    const weak = await edge.send(reset, { token: mintToken(), new_password: "short" }, GERMAN);
    assert.deepEqual((await bodyOf(weak)).errors, [{ pointer: "/new_password", detail: "Das Passwort ist zu kurz.", reason: "too_short" }]);
  });

  test("of a success are, too; its other members stay byte for byte", async () => {
    const response = await edge.send(forgot, { email: "ada@example.com" }, GERMAN);
    const { message, recovery_id, ...rest } = await bodyOf(response);
    assert.deepEqual([response.status, response.headers.get("content-language"), rest], [202, "de", {}]);
    assert.match(message, /^Wenn es zu dieser Adresse ein Konto gibt, /);
    assert.match(recovery_id, /^[\w-]{72}$/);
  });

  test("change with the language, type and reason do not", async () => {
    const calls = [
      () => /** @type {[string, unknown]} */ ([forgot, "{"]),
      () => /** @type {[string, unknown]} */ ([forgot, { email: "nobody" }]),
      () => /** @type {[string, unknown]} */ (["/api/users/login", { email: "ada@example.com" }]),
      () => /** @type {[string, unknown]} */ (["/nowhere", {}]),
    ];
    const told = (/** @type {any} */ { type, status, errors = [] }) => [type, status, errors.map((/** @type {any} */ each) => [each.pointer, each.reason])];
    for (const call of calls) {
      const [english, german] = [await bodyOf(await edge.send(...call())), await bodyOf(await edge.send(...call(), GERMAN))];
      assert.deepEqual(told(german), told(english));
      assert.notEqual(german.detail, english.detail);
      assert.notEqual(german.title, english.title);
    }
  });

  test("have the length that HEAD tells", async () => {
    const [get, head] = [await edge.fetch("/nowhere", { headers: GERMAN }), await edge.fetch("/nowhere", { method: "HEAD", headers: GERMAN })];
    assert.equal(head.headers.get("content-length"), String((await get.arrayBuffer()).byteLength));
  });
});

describe("answers in the form of fastapi-users", () => {
  test("keep their words and name no language: its clients compare them", async () => {
    for (const body of [{ token: "forged", password: "seven lemons on a blue bicycle" }, { token: mintToken(), password: "short" }, {}]) {
      const [english, german] = [await edge.send("/auth/reset-password", body), await edge.send("/auth/reset-password", body, GERMAN)];
      assert.equal(german.headers.get("content-language"), null);
      assert.equal(await german.text(), await english.text());
    }
  });
});

describe("answers without texts", () => {
  test("name no language", async () => {
    const response = await edge.fetch(forgot, { method: "OPTIONS", headers: GERMAN });
    assert.deepEqual([response.status, response.headers.get("content-language"), response.headers.get("vary")], [204, null, null]);
  });
});

describe("the host", () => {
  const bytes = (/** @type {unknown} */ body) => new TextEncoder().encode(JSON.stringify(body));
  const texts = { de: { "Try again later.": "Später." } };
  const worded = (/** @type {unknown} */ body, /** @type {string} */ language, /** @type {any} */ of = texts) =>
    new TextDecoder().decode(inLanguage(/** @type {Uint8Array<ArrayBuffer>} */ (bytes(body)), language, of));

  test("changes no other member, whatever it holds, and no sentence that it does not know", () => {
    const body = { type: "Try again later.", detail: "Try again later.", errors: [{ pointer: "Try again later.", detail: "constructor", reason: "Try again later." }] };
    assert.deepEqual(JSON.parse(worded(body, "de")), { ...body, detail: "Später." });
  });

  test("serves the module's words with a site that an older program wrote, and for a body without texts", () => {
    const body = { detail: "Try again later." };
    for (const served of [worded(body, "de", {}), worded(body, ""), worded(body, "fr")]) assert.equal(served, JSON.stringify(body));
    const written = new TextEncoder().encode(JSON.stringify(body));
    assert.equal(inLanguage(written, "de", undefined), written);
  });

  test("does not read a body in a language whose texts are the module's, as English is without a brand", () => {
    const written = new TextEncoder().encode("no JSON");
    assert.equal(inLanguage(written, "en", { en: {}, ...texts }), written);
  });
});

describe("the sentences of the English file", () => {
  const source = (/** @type {string} */ path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
  const [problems, fields] = [source("edge/core/problem.h"), source("edge/core/problem.cpp")];
  const rows = [...problems.matchAll(/Problem k\w+\{\s*(\d{3}),\s*"[a-z-]+",\s*"([^"]+)"/g)];
  const titles = new Map([...source("shared/http_status.cpp").matchAll(/\{(\d{3}), "([^"]+)"\}/g)].map(([, status, title]) => [status, title]));
  const reasons = [...fields.matchAll(/\{\s*"[a-z_]+",\s*"([^"]+)"\s*\}/g), ...fields.matchAll(/^ {2}return "([^"]+)";$/gm)].map(([, text]) => text);
  const messages = ["forgot_password", "reset_password", "change_password"].flatMap((name) =>
    [...source(`edge/calls/${name}.cpp`).matchAll(/message_answer\(\d+, "([^"]+)"|member\("message", "([^"]+)"/g)].map(([, a, b]) => a ?? b));

  test("are those of the module, each of them once, and no others", () => {
    assert.ok(rows.length > 30 && reasons.length > 15 && messages.length === 3);
    const ofModule = new Set([...rows.flatMap(([, status, detail]) => [titles.get(status), detail]), ...reasons, ...messages]);
    const listed = [...apiSentences("en").values()];
    assert.equal(new Set(listed).size, listed.length);
    assert.deepEqual(listed.sort(), [...ofModule].sort());
  });
});
