// A new password by the code of the mail: the mail is read on one device, and the code typed on another. At phone width, with scripts and
// without, in each language.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { logIn, newPerson } from "../system/account.mjs";
import { wrongCode } from "../system/code.mjs";
import { phrasesOf } from "../system/phrases.mjs";
import { startStack } from "../system/stack.mjs";
import { askForCode, choosePassword, grouped, typeCode } from "./by_code.mjs";
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
/** Without scripts: the complaint stands at its field, which has the focus. @param {Visitor} visitor @param {string} id of the field @param {string} text */
async function seesRefused(visitor, id, text) {
  await visitor.sees(`#${id}-error`, text);
  const field = visitor.page.locator(`#${id}`);
  assert.equal(await field.getAttribute("aria-invalid"), "true");
  await visitor.page.locator(`#${id}:focus`).waitFor(); // autofocus comes a moment after the page
}

describe("with the code of the mail", () => {
  for (const [language, size, scheme] of /** @type {const} */ ([["en", phone, "light"], ["de", phone, "dark"], ["en", desk, "light"]])) {
    test(`B13, C04: a person sets a new password at ${size.width} pixels in ${language}`, async () => {
      const say = phrasesOf(language);
      const person = await newPerson(stack);
      const visitor = await Visitor.arrive(browser, stack, { size, language, scheme });
      const code = await askForCode(stack, visitor, person.email);
      await visitor.inspect("code");
      await typeCode(visitor, "1234");
      await visitor.sees("#code-error", say["page.say.code_invalid"]);
      await typeCode(visitor, wrongCode(code));
      await visitor.sees("#code-error", say["page.say.code_wrong"]);
      await visitor.inspect("code-refused");
      await typeCode(visitor, grouped(code));
      await visitor.sees("#set-heading", say["page.reset_password.heading"]);
      await visitor.inspect("code-password");
      await choosePassword(visitor, "password123");
      await visitor.sees("#new-password-error", say["page.say.password_common"]);
      await choosePassword(visitor, password);
      await visitor.arrivesAt("/login");
      await visitor.sees("#status", say["page.say.password_reset"]);
      assert.equal((await logIn(stack, person.email, password)).status, 200);
      await visitor.leave();
    });

    test(`C16: the same without scripts at ${size.width} pixels in ${language}`, async () => {
      const say = phrasesOf(language);
      const person = await newPerson(stack);
      const visitor = await Visitor.arrive(browser, stack, { size, language, scheme, scripts: "off" });
      await visitor.goto("/forgot-password");
      assert.ok(!(await visitor.page.locator("main").innerText()).includes(say["page.noscript"]));
      await visitor.submit({ email: "no address" });
      await seesRefused(visitor, "email", say["page.say.email_invalid"]);
      const code = await askForCode(stack, visitor, person.email);
      await visitor.sees("#sent-address", person.email);
      await typeCode(visitor, wrongCode(code));
      await seesRefused(visitor, "code", say["page.say.code_wrong"]);
      assert.equal(await visitor.page.title(), `${say["page.forgot_password.sent_heading"]} · Rekey`);
      await visitor.photograph("code-refused-without-scripts");
      await typeCode(visitor, grouped(code));
      await visitor.sees("#set-heading", say["page.reset_password.heading"]);
      assert.equal(await visitor.page.title(), `${say["page.reset_password.heading"]} · Rekey`);
      assert.ok(await visitor.page.locator("#show-new-password").isHidden());
      await choosePassword(visitor, password, "another");
      await seesRefused(visitor, "repeat-password", say["page.say.repeat_differs"]);
      await choosePassword(visitor, "password123");
      await seesRefused(visitor, "new-password", say["page.say.password_common"]);
      await choosePassword(visitor, password);
      await visitor.sees("#done-heading", say["page.reset_password.done_heading"]);
      await visitor.sees("#done-to-login");
      assert.ok(await visitor.page.locator("#to-login").isHidden());
      await visitor.photograph("code-done-without-scripts");
      assert.equal((await logIn(stack, person.email, password)).status, 200);
      await visitor.leave();
    });
  }

  test("H08: phones offer the code, password managers the name, and the keyboard has digits", async () => {
    const visitor = await Visitor.arrive(browser, stack, { size: phone });
    const person = await newPerson(stack);
    const code = await askForCode(stack, visitor, person.email);
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
