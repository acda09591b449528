// A person's whole way through the pages (B13), on a phone and at a desk, in each language: register, forget the password, follow the
// mail, log in, change the password, log out, log in again. Every page and state on the way is inspected.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { isResetMail, newUsername } from "../system/account.mjs";
import { resetLinkOf } from "../system/mail_message.mjs";
import { phrasesOf } from "../system/phrases.mjs";
import { startStack } from "../system/stack.mjs";
import { desk, openBrowser, phone, Visitor } from "./visitor.mjs";

/** @type {import("../system/stack.mjs").Stack} */
let stack;
/** @type {import("playwright-core").Browser} */
let browser;
before(async () => {
  stack = await startStack();
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await stack?.stop();
});

/** @typedef {{username: string, email: string}} Owner */

/** @param {Visitor} visitor @param {Record<string, string>} say @param {Owner} owner */
async function register(visitor, say, { username, email }) {
  await visitor.goto("/");
  await visitor.inspect("start");
  await visitor.page.click("#to-register");
  await visitor.arrivesAt("/register");
  await visitor.inspect("register");
  await visitor.submit({ username: "no", email: "nowhere", password: "password123" });
  await visitor.sees("#username-error", say["page.say.username_invalid"]);
  await visitor.sees("#email-error", say["page.say.email_invalid"]);
  await visitor.sees("#password-error", say["page.say.password_common"]);
  await visitor.inspect("register-refused");
  await visitor.submit({ username, email, password: "the first good secret" });
  await visitor.arrivesAt("/login");
  await visitor.sees("#status", say["page.say.registered"]);
}

/** @param {Visitor} visitor @param {Record<string, string>} say @param {Owner} owner */
async function forget(visitor, say, { email }) {
  await visitor.inspect("login");
  await visitor.submit({ email, password: "was it this one?" });
  await visitor.sees("#alert", say["page.say.bad_credentials"]);
  await visitor.inspect("login-refused");
  await visitor.page.click("#to-forgot-password");
  await visitor.arrivesAt("/forgot-password");
  await visitor.inspect("forgot-password");
  await visitor.submit({ email });
  await visitor.sees("#sent-heading", say["page.forgot_password.sent_heading"]);
  await visitor.sees("#sent-address", email);
  await visitor.inspect("forgot-password-sent");
}

/** @param {Visitor} visitor @param {Record<string, string>} say @param {Owner} owner */
async function followMail(visitor, say, { email }) {
  const mail = await stack.mailBox.waitFor(email, { where: isResetMail });
  assert.equal(mail.subject, say["mail.reset.subject"].replace("{{product_name}}", "Rekey"));
  await visitor.page.goto(resetLinkOf(mail).link);
  await visitor.sees("#fields:enabled");
  assert.equal(visitor.page.url(), `${visitor.origin}/reset-password`);
  await visitor.inspect("reset-password");
  await visitor.submit({ "new-password": "password123", "repeat-password": "something else" });
  await visitor.sees("#new-password-error", say["page.say.password_common"]);
  await visitor.sees("#repeat-password-error", say["page.say.repeat_differs"]);
  await visitor.inspect("reset-password-refused");
  await visitor.submit({ "new-password": "the second good secret", "repeat-password": "the second good secret" });
  await visitor.arrivesAt("/login");
  await visitor.sees("#status", say["page.say.password_reset"]);
  await visitor.inspect("login-after-reset");
}

/** @param {Visitor} visitor @param {Record<string, string>} say @param {Owner} owner */
async function changePassword(visitor, say, { username, email }) {
  await visitor.submit({ email, password: "the second good secret" });
  await visitor.arrivesAt("/account");
  await visitor.sees("#username", username);
  await visitor.sees("#email", email);
  await visitor.inspect("account");
  const chosen = { "new-password": "the third good secret", "repeat-password": "the third good secret" };
  await visitor.submit({ "current-password": "not this one", ...chosen });
  await visitor.sees("#current-password-error", say["page.say.current_password_wrong"]);
  await visitor.inspect("account-refused");
  await visitor.submit({ "current-password": "the second good secret", ...chosen });
  await visitor.sees("#status", say["page.say.password_changed"]);
  await visitor.inspect("account-changed");
}

/** @param {Visitor} visitor @param {Record<string, string>} say @param {Owner} owner */
async function logOutAndIn(visitor, say, { username, email }) {
  await visitor.page.click("#logout");
  await visitor.arrivesAt("/login");
  await visitor.sees("#status", say["page.say.logged_out"]);
  await visitor.goto("/account");
  await visitor.arrivesAt("/login");
  await visitor.sees("#status", say["page.say.session_over"]);
  await visitor.submit({ email, password: "the third good secret" });
  await visitor.arrivesAt("/account");
  await visitor.sees("#username", username);
}

describe("a person's whole way", () => {
  for (const [language, size] of /** @type {const} */ ([["en", phone], ["en", desk], ["de", phone], ["de", desk]])) {
    test(`B13, H01: at ${size.width}x${size.height} in ${language}`, async () => {
      const say = phrasesOf(language);
      const username = newUsername();
      const owner = { username, email: `${username}@example.com` };
      const visitor = await Visitor.arrive(browser, stack, { size, language });
      for (const step of [register, forget, followMail, changePassword, logOutAndIn]) await step(visitor, say, owner);
      assert.equal(await visitor.page.evaluate(() => document.documentElement.lang), language);
      await visitor.leave();
    });
  }
});
