// Settings in prepared documents: each placeholder is replaced by its setting's text.
import assert from "node:assert/strict";
import { test } from "node:test";

import { exchange } from "../../edge/host/exchange.js";
import { RANDOM_SIZE } from "../../edge/host/message.js";
import { Rules } from "../../edge/host/rules.js";
import { module, setup, site, unreadMeter } from "./node_edge.mjs";

/** @param {Record<string, unknown>} settings @param {string} path @param {Record<string, string>} pages */
async function bodyOf(settings, path, pages) {
  const rules = new Rules(module, setup(settings));
  const limiter = () => assert.fail("a page asks no limiter");
  const world = { rules, site: { ...site, pages: { ...site.pages, ...pages } }, asset: limiter, limiter, standIn: limiter, log: () => {}, meter: unreadMeter(rules) };
  return (await exchange(world, new Request(`http://localhost:8787${path}`), new Uint8Array(RANDOM_SIZE))).text();
}

test("a page has the product's name, escaped for HTML, and the minimum length of a password filled in everywhere", async () => {
  const page = '<title>{{product_name}}</title><p data-least="{{password_min_length}}">{{product_name}}, {{when}}</p>';
  const settings = { PRODUCT_NAME: "Fish & \"Chips\" $& <b>'s", PASSWORD_MIN_LENGTH: "12" };
  const name = "Fish &amp; &quot;Chips&quot; $&amp; &lt;b&gt;&#39;s";
  assert.equal(
    await bodyOf(settings, "/login", { "login.en": page }),
    `<title>${name}</title><p data-least="12">${name}, {{when}}</p>`,
  );
});

test("A9: the OpenAPI document has the routes under the set prefix, and the minimum length of a password", async () => {
  const settings = { AUTH_PREFIX: "/accounts", PASSWORD_MIN_LENGTH: "12" };
  assert.equal(await bodyOf(settings, "/openapi.json", {}), '{"paths":{"/accounts/forgot-password":{}},"minLength":12}');
});
