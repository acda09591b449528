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
  assert.equal(await bodyOf(settings, "/openapi.json", {}), '{"paths":{"/accounts/forgot-password":{},"/api/users/me":{}},"minLength":12}');
});

test("the password policy has the lengths of the settings, and the bytes of the format", async () => {
  const told = async (/** @type {Record<string, string>} */ settings) => JSON.parse(await bodyOf(settings, "/api/password-policy", {}));
  assert.deepEqual(await told({ PASSWORD_MIN_LENGTH: "12" }), { min: 12, bytes: "" });
  for (const format of ["bcrypt-2b", "bcrypt-2y"]) assert.deepEqual(await told({ PASSWORD_FORMAT: format }), { min: 8, bytes: "72", cut: true });
  for (const format of ["argon2id", "django-argon2", "django-pbkdf2", "django-bcrypt-sha256", "better-auth", "aspnet-v3"]) {
    assert.deepEqual(await told({ PASSWORD_FORMAT: format }), { min: 8, bytes: "" }, format);
  }
});

test("a section stays where its setting has a text, and its opposite where it has none", async () => {
  const page = '{{#accounts}}<a href="/">start</a>{{/accounts}}{{^accounts}}<p>{{when}}</p>{{/accounts}}{{#login_url}}<a href="{{login_url}}"></a>{{/login_url}}';
  const filled = (/** @type {Record<string, unknown>} */ settings) => bodyOf(settings, "/forgot-password", { "forgot-password.en": page });
  assert.equal(await filled({}), '<a href="/">start</a><a href="/login"></a>');
  assert.equal(await filled({ FEATURES: "recovery" }), "<p>{{when}}</p>");
  const url = "https://app.example.com/in?a=1&b='2'";
  assert.equal(await filled({ FEATURES: "recovery", LOGIN_URL: url }), '<p>{{when}}</p><a href="https://app.example.com/in?a=1&amp;b=&#39;2&#39;"></a>');
});

test("a setting's text is never read as a placeholder or a section", async () => {
  const name = "{{login_url}}{{#accounts}}x{{/accounts}}";
  assert.equal(await bodyOf({ PRODUCT_NAME: name }, "/login", { "login.en": "{{product_name}}{{login_url}}" }), `${name}/login`);
});
