// The mail with link, code and the application's button, as a mail program on a phone shows it: narrow, light and dark, without scripts.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { isResetMail, newPerson } from "../system/account.mjs";
import { codeOf } from "../system/code.mjs";
import { startStack } from "../system/stack.mjs";
import { grouped } from "./by_code.mjs";
import { openBrowser, Visitor } from "./visitor.mjs";

const narrow = { width: 320, height: 640 };

/** @type {import("../system/stack.mjs").Stack} */
let stack;
/** @type {import("playwright-core").Browser} */
let browser;
before(async () => {
  stack = await startStack({ APP_LINK_SCHEME: "com.example.app" });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await stack?.stop();
});

/** @param {string} email @param {string} language */
async function mailFor(email, language) {
  const answer = await stack.post("/api/users/forgot-password", { email }, { "accept-language": language });
  assert.equal(answer.status, 202);
  return stack.mailBox.waitFor(email, { where: isResetMail });
}

describe("the mail for a new password", () => {
  for (const [language, scheme] of /** @type {const} */ ([["en", "light"], ["de", "dark"]])) {
    test(`B5: is readable at ${narrow.width} pixels in ${language} and ${scheme} colours, with two buttons that differ`, async () => {
      const { email } = await newPerson(stack);
      const mail = await mailFor(email, language);
      const visitor = await Visitor.arrive(browser, stack, { size: narrow, language, scheme });
      await visitor.page.setContent(mail.html);
      await visitor.inspect("mail", "table.page"); // the landmarks are the mail program's
      const [button, second] = await visitor.page.locator("td[align=center] > a").all();
      for (const each of [button, second]) assert.ok(((await each.boundingBox())?.height ?? 0) >= 44);
      const ground = (/** @type {typeof button} */ each) => each.locator("..").evaluate((cell) => getComputedStyle(cell).backgroundColor);
      assert.notEqual(await ground(button), await ground(second));
      await visitor.sees("p[dir=ltr]", grouped(codeOf(mail))); // in a language from right to left the groups would change places
      await visitor.leave();
    });
  }
});
