// A new password by the code of the mail: the mail is read on one device, and the code typed on another. At phone width, with scripts and
// without, in each language.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { isResetMail, logIn, newPerson } from "../system/account.mjs";
import { codeOf, wrongCode } from "../system/code.mjs";
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

const password = "the second good secret";
const grouped = (/** @type {string} */ code) => `${code.slice(0, 4)} ${code.slice(4)}`;

/** @param {Visitor} visitor @param {string} email @returns {Promise<string>} the code of the mail */
async function askForCode(visitor, email) {
  await visitor.goto("/forgot-password");
  await visitor.submit({ email });
  await visitor.sees("#sent-heading");
  return codeOf(await stack.mailBox.waitFor(email, { where: isResetMail }));
}

/** @param {Visitor} visitor @param {string} code */
async function typeCode(visitor, code) {
  await visitor.page.fill("#code", code);
  await visitor.page.click("#check");
}

/** @param {Visitor} visitor @param {string} first @param {string} [second] */
async function choose(visitor, first, second = first) {
  await visitor.page.fill("#new-password", first);
  await visitor.page.fill("#repeat-password", second);
  await visitor.page.click("#save");
}

describe("with the code of the mail", () => {
  for (const [language, size] of /** @type {const} */ ([["en", phone], ["de", phone], ["en", desk]])) {
    test(`B13, C04: a person sets a new password at ${size.width} pixels in ${language}`, async () => {
      const say = phrasesOf(language);
      const person = await newPerson(stack);
      const visitor = await Visitor.arrive(browser, stack, { size, language });
      const code = await askForCode(visitor, person.email);
      await visitor.inspect("code");
      await typeCode(visitor, "1234");
      await visitor.sees("#code-error", say["page.say.code_invalid"]);
      await typeCode(visitor, wrongCode(code));
      await visitor.sees("#code-error", say["page.say.code_wrong"]);
      await visitor.inspect("code-refused");
      await typeCode(visitor, grouped(code));
      await visitor.sees("#set-heading", say["page.reset_password.heading"]);
      await visitor.inspect("code-password");
      await choose(visitor, "password123");
      await visitor.sees("#new-password-error", say["page.say.password_common"]);
      await choose(visitor, password);
      await visitor.arrivesAt("/login");
      await visitor.sees("#status", say["page.say.password_reset"]);
      assert.equal((await logIn(stack, person.email, password)).status, 200);
      await visitor.leave();
    });

    test(`C16: the same without scripts at ${size.width} pixels in ${language}`, async () => {
      const say = phrasesOf(language);
      const person = await newPerson(stack);
      const visitor = await Visitor.arrive(browser, stack, { size, language, scripts: "off" });
      await visitor.goto("/forgot-password");
      assert.ok(!(await visitor.page.locator("main").innerText()).includes(say["page.noscript"]));
      await visitor.submit({ email: "no address" });
      await visitor.sees(".notice.alert:visible", say["page.say.email_invalid"]);
      const code = await askForCode(visitor, person.email);
      await visitor.sees("#sent-address", person.email);
      await typeCode(visitor, wrongCode(code));
      await visitor.sees(".notice.alert:visible", say["page.say.code_wrong"]);
      await typeCode(visitor, grouped(code));
      await visitor.sees("#set-heading", say["page.reset_password.heading"]);
      await choose(visitor, password, "another");
      await visitor.sees(".notice.alert:visible", say["page.say.repeat_differs"]);
      await choose(visitor, "password123");
      await visitor.sees(".notice.alert:visible", say["page.say.password_common"]);
      await choose(visitor, password);
      await visitor.sees("#done-heading", say["page.reset_password.done_heading"]);
      assert.equal((await logIn(stack, person.email, password)).status, 200);
      await visitor.leave();
    });
  }

  test("H08: phones offer the code, password managers the name, and the keyboard has digits", async () => {
    const visitor = await Visitor.arrive(browser, stack, { size: phone });
    const person = await newPerson(stack);
    const code = await askForCode(visitor, person.email);
    const field = visitor.page.locator("#code");
    assert.equal(await field.getAttribute("autocomplete"), "one-time-code");
    assert.equal(await field.getAttribute("inputmode"), "numeric");
    await typeCode(visitor, code);
    await visitor.sees("#set-heading");
    const username = visitor.page.locator("#new-password-form [autocomplete=username]");
    assert.equal(await username.inputValue(), person.email);
    await visitor.leave();
  });
});

describe("a form of another site", () => {
  test("C17: is refused, and the page says so", async () => {
    /** @type {Record<string, string>[]} */
    const senders = [{ origin: "https://evil.test" }, { origin: "null", "sec-fetch-site": "cross-site" }, { "sec-fetch-site": "same-site" }];
    for (const headers of senders) {
      const answer = await stack.postForm("/forgot-password", { step: "ask", email: "ada@example.com" }, headers);
      assert.equal(answer.status, 403);
      assert.ok(answer.text.includes(phrasesOf("en")["page.form.cross_site"]));
    }
    for (const repeat_password of ["one", "two"]) {
      const typed = { step: "set", email: "owner@example.com", recovery_id: "R".repeat(72), code: "12345678", new_password: "one", repeat_password };
      const answer = await stack.postForm("/forgot-password", typed, senders[0]);
      assert.equal(answer.status, 403);
      for (const value of [typed.email, typed.recovery_id, typed.code]) assert.ok(!answer.text.includes(value), value);
    }
    assert.equal((await stack.postForm("/forgot-password", { step: "ask", email: "ada@example.com" }, { origin: "null", "sec-fetch-site": "same-origin" })).status, 200);
  });

  test("C17: what it types is text in the page, whatever it is", async () => {
    const odd = `"><script>alert(1)</script>{{product_name}}@example.com`;
    const { text, headers } = await stack.postForm("/forgot-password", { step: "ask", email: odd, recovery_id: odd, code: odd });
    assert.ok(!text.includes("<script>alert") && !text.includes(odd));
    assert.equal(headers["cache-control"], "no-store");
  });
});
