// Recovery by code with the detours that people take: a pasted code, Back, a reload, a second tab, five wrong codes, and a service that is
// busy, down or out of reach.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { isResetMail, newPerson } from "../system/account.mjs";
import { wrongCode } from "../system/code.mjs";
import { resetLinkOf } from "../system/mail_message.mjs";
import { phrasesOf } from "../system/phrases.mjs";
import { startStack } from "../system/stack.mjs";
import { askForCode, choosePassword, grouped, typeCode } from "./by_code.mjs";
import { openBrowser, phone, Visitor } from "./visitor.mjs";

const say = phrasesOf("en");
const kReset = "/api/users/reset-password";
const kCheck = "/api/users/recovery/check";
const password = "the second good secret";

/** @type {import("../system/stack.mjs").Stack} */
let stack;
/** @type {import("playwright-core").Browser} */
let browser;
before(async () => {
  stack = await startStack({}, { LIMIT_RESET_PER_CLIENT: "12/3600" });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await stack?.stop();
});

/**
 * A visitor who has asked for a mail.
 * @param {(visitor: Visitor, code: string, email: string) => Promise<void>} visit
 * @param {Parameters<typeof Visitor.arrive>[2]} [traits]
 */
async function afterAsking(visit, traits) {
  const { email } = await newPerson(stack);
  const visitor = await Visitor.arrive(browser, stack, { size: phone, ...traits });
  const code = await askForCode(stack, visitor, email);
  await visit(visitor, code, email);
  await visitor.leave();
}

/** Replaces the field's text in one piece, as a paste does. @param {Visitor} visitor @param {string} text */
async function paste(visitor, text) {
  await visitor.page.fill("#code", "");
  await visitor.page.focus("#code");
  await visitor.page.keyboard.insertText(text);
}

/** @param {string} code @returns {string[]} */
const spellings = (code) => {
  const [first, last] = [code.slice(0, 4), code.slice(4)];
  return [`${first}\u00a0${last}`, `  ${first} ${last} `, `${first}-${last}`, `${first}–${last}`, `\t${first}\u202f${last}`];
};

describe("a pasted code", () => {
  test("H24: is read with blanks of all kinds and hyphens", () =>
    afterAsking(async (visitor, code) => {
      for (const text of spellings(code)) {
        await paste(visitor, text);
        await visitor.page.click("#check");
        await visitor.sees("#set-heading");
        await visitor.page.reload();
        await visitor.sees("#sent-heading");
      }
    }));

  test("H24: is read with no-break spaces without scripts, too", () =>
    afterAsking(async (visitor, code) => {
      await paste(visitor, spellings(code)[0]);
      await visitor.page.click("#check");
      await visitor.sees("#set-heading");
    }, { scripts: "off" }));

  test("H24: no listener keeps a paste from its field", () =>
    afterAsking(async (visitor) => {
      const kept = await visitor.page.locator("#code").evaluate((field) =>
        field.dispatchEvent(new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData: new DataTransfer() })));
      assert.ok(kept, "pasting is prevented");
    }));
});

describe("the page that waits for the code", () => {
  test("H25: is there again after a reload, and the code still works", () =>
    afterAsking(async (visitor, code, email) => {
      await visitor.page.reload();
      await visitor.sees("#sent-heading");
      await visitor.sees("#sent-address", email);
      assert.equal(await visitor.page.title(), `${say["page.forgot_password.sent_heading"]} · Rekey`);
      assert.equal(await visitor.page.locator("#code-username").inputValue(), email);
      await typeCode(visitor, code);
      await visitor.sees("#set-heading");
      await visitor.page.reload();
      await visitor.sees("#sent-heading");
      assert.equal(await visitor.page.locator("#code").inputValue(), "");
      await typeCode(visitor, code);
      await visitor.sees("#set-heading");
      await choosePassword(visitor, password);
      await visitor.arrivesAt("/login");
    }));

  test("H25: Back leads to the address, Forward to the code", () =>
    afterAsking(async (visitor, code, email) => {
      await visitor.page.goBack();
      await visitor.sees("#ask-heading");
      assert.equal(await visitor.page.locator("#email").inputValue(), email);
      await visitor.page.goForward();
      await visitor.sees("#sent-heading");
      await typeCode(visitor, code);
      await visitor.sees("#set-heading");
      await visitor.page.goBack();
      await visitor.sees("#ask-heading");
      await visitor.page.goForward();
      await visitor.sees("#sent-heading");
      await visitor.page.click("#check");
      await visitor.sees("#set-heading");
    }));

  test("H25: asking again begins with the address, and Back leads to the first mail's code", () =>
    afterAsking(async (visitor, code, email) => {
      await visitor.page.click("#again");
      await visitor.sees("#ask-heading");
      assert.equal(await visitor.page.locator("#email").inputValue(), email);
      await visitor.submit({ email: "somebody.else@example.com" });
      await visitor.sees("#sent-address", "somebody.else@example.com");
      await typeCode(visitor, code);
      await visitor.sees("#code-error", say["page.say.code_wrong"]);
      await visitor.page.goBack();
      await visitor.page.goBack();
      await visitor.sees("#sent-address", email);
      await typeCode(visitor, code);
      await visitor.sees("#set-heading");
    }));

  test("H25: once the password is set, Back shows neither address nor code", () =>
    afterAsking(async (visitor, code, email) => {
      await typeCode(visitor, code);
      await visitor.sees("#set-heading");
      await choosePassword(visitor, password);
      await visitor.arrivesAt("/login");
      await visitor.page.goBack();
      await visitor.sees("#ask-heading");
      assert.ok(!(await visitor.page.locator("main").innerHTML()).includes(email));
      assert.equal(await visitor.page.locator("#code").inputValue(), "");
    }));

  test("H25: each of two tabs has the code of its own mail", () =>
    afterAsking(async (visitor, code) => {
      const first = visitor.page;
      visitor.page = await visitor.context.newPage();
      const { email } = await newPerson(stack);
      const other = await askForCode(stack, visitor, email);
      await typeCode(visitor, code);
      await visitor.sees("#code-error", say["page.say.code_wrong"]);
      await typeCode(visitor, other);
      await visitor.sees("#set-heading");
      visitor.page = first;
      await typeCode(visitor, code);
      await visitor.sees("#set-heading");
    }));

  test("C05: after five wrong codes the page refers to the link, which works", () =>
    afterAsking(async (visitor, code, email) => {
      for (let turn = 0; turn < 5; ++turn) {
        await typeCode(visitor, wrongCode(code));
        await visitor.sees("#code-error", say["page.say.code_wrong"]);
        await visitor.page.fill("#code", ""); // the complaint goes with the text
      }
      await typeCode(visitor, code);
      await visitor.sees("#code-error", say["page.say.code_wrong"]);
      await visitor.inspect("code-used-up");
      await visitor.page.goto(resetLinkOf(await stack.mailBox.waitFor(email, { where: isResetMail })).link);
      await visitor.sees("#fields:enabled");
    }));
});

describe("the new password", () => {
  test("whose answer was lost is saved once, and the page says so the second time", () =>
    afterAsking(async (visitor, code, email) => {
      await typeCode(visitor, code);
      await visitor.sees("#set-heading");
      await visitor.disturb(kReset, async (route) => {
        await route.fetch();
        await route.abort();
      });
      await choosePassword(visitor, password);
      await visitor.sees("#alert", say["page.say.network"]);
      await visitor.leaveInPeace(kReset);
      await visitor.page.click("#save");
      await visitor.arrivesAt("/login");
      await visitor.submit({ email, password });
      await visitor.arrivesAt("/account");
    }));
});

describe("a check of the code", () => {
  /** @type {Record<string, [(route: import("playwright-core").Route) => Promise<void>, string]>} */
  const troubles = {
    "is past a limit": [(route) => route.fulfill({ status: 429, headers: { "retry-after": "40" }, json: { status: 429 } }), "Too many attempts"],
    "finds the service down": [(route) => route.fulfill({ status: 503, headers: { "retry-after": "5" }, json: { status: 503 } }), "The service is busy"],
    "finds no network": [(route) => route.abort(), "The service could not be reached"],
  };
  for (const [what, [answer, told]] of Object.entries(troubles)) {
    test(`that ${what} says so, keeps the code, and works later`, () =>
      afterAsking(async (visitor, code) => {
        await visitor.disturb(kCheck, answer);
        await typeCode(visitor, grouped(code));
        await visitor.page.locator("#alert:focus", { hasText: told }).waitFor();
        assert.equal(await visitor.page.locator("#code").inputValue(), grouped(code));
        await visitor.inspect(`code-${what.replaceAll(" ", "-")}`);
        await visitor.leaveInPeace(kCheck);
        await visitor.page.click("#check");
        await visitor.sees("#set-heading");
      }));
  }

  test("without scripts says that there were too many, and that the service is down", () =>
    afterAsking(async (visitor, code) => {
      for (let turn = 0; turn < 12; ++turn) await typeCode(visitor, wrongCode(code));
      await visitor.sees("#code-error", say["page.say.code_wrong"]);
      await typeCode(visitor, wrongCode(code));
      await visitor.sees(".notice.alert:visible", say["page.form.too_many"]);
      await visitor.photograph("code-too-many-without-scripts");
      await stack.origin.end("SIGKILL");
      visitor.disturbed.add(`${visitor.origin}/forgot-password`);
      await visitor.context.setExtraHTTPHeaders(/** @type {Record<string, string>} */ (stack.newClient()));
      await typeCode(visitor, code);
      await visitor.sees(".notice.alert:visible", say["page.form.unavailable"]);
      await visitor.sees("#sent-heading");
      await stack.origin.start();
      await typeCode(visitor, code);
      await visitor.sees("#code-error", say["page.say.code_wrong"]); // five wrong ones came before
    }, { scripts: "off" }));
});
