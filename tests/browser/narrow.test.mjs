// The narrowest screen to support, 320 CSS pixels (WCAG 2.2, 1.4.10), also with the reader's font at twice its size (1.4.4): nothing
// is wider than the screen, and there is room to read texts and to type into fields.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { newPerson, plantLiveToken } from "../system/account.mjs";
import { phrasesOf } from "../system/phrases.mjs";
import { startStack } from "../system/stack.mjs";
import { openBrowser, Visitor } from "./visitor.mjs";

const narrow = { width: 320, height: 640 };

/** @type {import("../system/stack.mjs").Stack} */
let stack;
/** @type {import("playwright-core").Browser} */
let browser;
/** @type {import("playwright-core").Browser} with its font set to twice the size */
let browserOfFarSighted;
before(async () => {
  stack = await startStack();
  browser = await openBrowser();
  browserOfFarSighted = await openBrowser(["--blink-settings=defaultFontSize=32"]);
});
after(async () => {
  await browserOfFarSighted?.close();
  await browser?.close();
  await stack?.stop();
});

/**
 * How many letters of its font size fit beside each other.
 * @param {Visitor} visitor
 * @param {string} selector
 */
function lettersIn(visitor, selector) {
  return visitor.page.locator(selector).evaluateAll((found) =>
    found.map((each) => {
      const { paddingLeft, paddingRight, fontSize } = getComputedStyle(each);
      return Math.floor((each.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight)) / parseFloat(fontSize));
    }));
}

/** @param {Visitor} visitor @returns {Promise<string[]>} the buttons that reach beyond the sheet's padding */
function beyondTheSheet(visitor) {
  return visitor.page.locator("main").evaluate((sheet) => {
    const edge = sheet.getBoundingClientRect().right - parseFloat(getComputedStyle(sheet).paddingRight);
    return [...sheet.querySelectorAll("button")].filter((each) => each.getBoundingClientRect().right > edge + 0.5).map((each) => each.innerText);
  });
}

/** @param {Visitor} visitor */
async function logIn(visitor) {
  const person = await newPerson(stack);
  await visitor.goto("/login");
  await visitor.sees("#submit:enabled");
  await visitor.submit({ email: person.email, password: person.password });
  await visitor.arrivesAt("/account");
  await visitor.sees("#account");
}

/** @param {Visitor} visitor */
async function askForMail(visitor) {
  await visitor.goto("/forgot-password");
  await visitor.submit({ email: "somebody@example.com" });
  await visitor.sees("#code");
}

/** @type {Record<string, (visitor: Visitor) => Promise<unknown>>} */
const forms = {
  login: (visitor) => visitor.goto("/login"),
  register: (visitor) => visitor.goto("/register"),
  "forgot-password": (visitor) => visitor.goto("/forgot-password"),
  "reset-password": async (visitor) => visitor.goto(`/reset-password#token=${await plantLiveToken(stack, await newPerson(stack))}`),
  code: askForMail,
  account: logIn,
};

describe("on the narrowest screen", () => {
  for (const language of ["en", "de"]) {
    for (const [name, open] of Object.entries(forms)) {
      test(`with letters of twice their size each field of ${name} in ${language} shows part of the typed text`, async () => {
        const visitor = await Visitor.arrive(browserOfFarSighted, stack, { size: narrow, language });
        await open(visitor);
        await visitor.sees("button[type=submit]:enabled:visible");
        assert.equal(await visitor.page.evaluate(() => getComputedStyle(document.documentElement).fontSize), "32px");
        const room = await lettersIn(visitor, "form input:not(.unseen):visible");
        assert.ok(room.length > 0 && Math.min(...room) >= 5, `${room} letters`);
        assert.deepEqual(await beyondTheSheet(visitor), []);
        await visitor.inspect(`${name}-large`);
        await visitor.leave();
      });
    }

    test(`the message about a refused link in ${language} is shown in full`, async () => {
      const visitor = await Visitor.arrive(browser, stack, { size: narrow, language });
      await visitor.goto(`/reset-password#token=${"A".repeat(40)}`);
      await visitor.sees("#bad-link-malformed", phrasesOf(language)["page.reset_password.bad_malformed"]);
      await visitor.inspect("reset-password-cut");
      await visitor.leave();
    });
  }

  test("the documentation's descriptions have room for at least 12 letters in a line", async () => {
    const visitor = await Visitor.arrive(browser, stack, { size: narrow });
    await visitor.goto("/docs");
    await visitor.sees(".opblock-tag >> nth=0");
    const room = await lettersIn(visitor, ".opblock-tag small");
    assert.ok(room.length > 0 && Math.min(...room) >= 12, `${room} letters`);
    await visitor.inspect("docs");
    await visitor.leave();
  });
});
