// The complaints of a form while it is filled in: a field is judged when the focus leaves it in any way, and nothing moves under the
// pointer.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { newPerson, plantLiveToken } from "../system/account.mjs";
import { phrasesOf } from "../system/phrases.mjs";
import { startStack } from "../system/stack.mjs";
import { openBrowser, Visitor } from "./visitor.mjs";

const say = phrasesOf("en");
const tooShort = say["page.say.password_too_short"].replace("{{password_min_length}}", "8");

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

/** Waits until the rules are loaded: before that, no field is judged. @param {Visitor} visitor */
async function knowsRules(visitor) {
  await visitor.page.evaluate(async () => {
    const [{ name }] = performance.getEntriesByType("resource").filter((each) => /\/typed_rules\.[^/]*$/.test(each.name));
    await (await import(name)).rulesLoaded;
  });
}

/**
 * @param {string} path
 * @param {(visitor: Visitor) => Promise<void>} visit
 */
async function visitForm(path, visit) {
  const visitor = await Visitor.arrive(browser, stack);
  await visitor.goto(path);
  await visitor.sees("#submit:enabled");
  await knowsRules(visitor);
  await visit(visitor);
  await visitor.leave();
}

/** @type {{path: string, id: string, open: () => Promise<string>}[]} */
const passwords = [
  { path: "/register", id: "password", open: async () => "/register" },
  {
    path: "/reset-password",
    id: "new-password",
    open: async () => `/reset-password#token=${await plantLiveToken(stack, await newPerson(stack))}`,
  },
];

/** @param {Visitor} visitor @param {string} id */
const complaint = (visitor, id) => visitor.page.locator(`#${id}-error`).innerText();

describe("a new password", () => {
  for (const { path, id, open } of passwords) {
    test(`on ${path} is judged when the keyboard leaves it, not yet on its button "Show"`, async () =>
      visitForm(await open(), async (visitor) => {
        await visitor.page.fill(`#${id}`, "abc");
        await visitor.page.keyboard.press("Tab");
        assert.ok(await visitor.page.locator(`#show-${id}`).evaluate((button) => button === document.activeElement));
        assert.equal(await complaint(visitor, id), "");
        await visitor.page.keyboard.press("Tab");
        await visitor.sees(`#${id}-error`, tooShort);
        assert.equal(await visitor.page.locator(`#${id}`).getAttribute("aria-invalid"), "true");
      }));

    test(`on ${path} is judged when the keyboard goes back`, async () =>
      visitForm(await open(), async (visitor) => {
        await visitor.page.fill(`#${id}`, "abc");
        await visitor.page.keyboard.press("Shift+Tab");
        await visitor.sees(`#${id}-error`, tooShort);
      }));
  }

  test("is judged when the keyboard goes on to send the form", async () =>
    visitForm(await passwords[1].open(), async (visitor) => {
      await visitor.page.fill("#new-password", "a good enough secret");
      await visitor.page.fill("#repeat-password", "another");
      await visitor.page.keyboard.press("Tab");
      await visitor.sees("#repeat-password-error", say["page.say.repeat_differs"]);
    }));

  test("is not judged while a pointer presses a button, which the complaint would move", () =>
    visitForm("/register", async (visitor) => {
      await visitor.page.fill("#password", "password123");
      const button = await visitor.page.locator("#submit").boundingBox();
      assert.ok(button);
      await visitor.page.mouse.move(button.x + 5, button.y + 5);
      await visitor.page.mouse.down();
      assert.ok(await visitor.page.locator("#submit").evaluate((each) => each === document.activeElement));
      assert.equal(await complaint(visitor, "password"), "");
      await visitor.page.mouse.up();
      await visitor.sees("#username-error", say["page.say.username_missing"]);
    }));

  test("is not judged when a pointer presses its button \"Show\"", () =>
    visitForm("/register", async (visitor) => {
      await visitor.page.fill("#password", "abc");
      await visitor.page.click("#show-password");
      assert.equal(await complaint(visitor, "password"), "");
      await visitor.page.click("#username");
      await visitor.sees("#password-error", tooShort);
    }));
});

describe("without the rules the page", () => {
  test("shows a complaint at each field that the service refuses, and focuses the first", async () => {
    const visitor = await Visitor.arrive(browser, stack);
    await visitor.disturb("/assets/verdicts.*.wasm", (route) => route.abort());
    await visitor.goto("/register");
    await visitor.sees("#submit:enabled");
    await visitor.submit({ username: "some\tbody", email: "some\tbody@example.com", password: "a good\tsecret" });
    await visitor.sees("#username-error", say["page.say.username_invalid"]);
    await visitor.sees("#email-error", say["page.say.email_invalid"]);
    await visitor.sees("#password-error", say["page.say.password_not_text"]);
    assert.ok(await visitor.page.locator("#username").evaluate((field) => field === document.activeElement));
    await visitor.page.fill("#username", "somebody");
    assert.equal(await complaint(visitor, "username"), "");
    await visitor.sees("#email-error", say["page.say.email_invalid"]);
    await visitor.inspect("register-without-rules");
    await visitor.submit({ username: "no", email: "nowhere", password: "a good secret" });
    await visitor.sees("#username-error", say["page.say.username_invalid"]);
    await visitor.sees("#email-error", say["page.say.email_invalid"]);
    assert.equal(await complaint(visitor, "password"), "");
    await visitor.leave();
  });
});
