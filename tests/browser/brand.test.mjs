// Pages and mails with an operator's brand: its look in both schemes and languages, on narrow and wide screens, accessible, and without
// a shift while the logo loads.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { isResetMail, newPerson } from "../system/account.mjs";
import { resetLinkOf } from "../system/mail_message.mjs";
import { checkout, startStack } from "../system/stack.mjs";
import { desk, openBrowser, Visitor } from "./visitor.mjs";

const narrow = { width: 320, height: 640 };
const accents = { light: "rgb(138, 28, 91)", dark: "rgb(240, 166, 210)" };
const grounds = { light: "rgb(247, 242, 245)", dark: "rgb(26, 16, 23)" };

/** @type {import("../system/stack.mjs").Stack} */
let stack;
/** @type {import("playwright-core").Browser} */
let browser;
before(async () => {
  stack = await startStack({ BRAND_DIR: join(checkout, "templates", "brand-example") });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await stack?.stop();
});

/** @param {Visitor} visitor @param {string} selector @param {"color" | "backgroundColor"} property */
const colorOf = (visitor, selector, property) =>
  visitor.page.locator(selector).first().evaluate((element, name) => getComputedStyle(element)[name], property);

/** @param {Visitor} visitor @returns {Promise<number>} the sum of the shifts since the page began to load */
const shiftOf = (visitor) =>
  visitor.page.evaluate(() => new Promise((resolve) => {
    new PerformanceObserver((list) => resolve(list.getEntries().reduce((sum, entry) => sum + /** @type {any} */ (entry).value, 0))).observe({ type: "layout-shift", buffered: true });
    setTimeout(() => resolve(0), 100);
  }));

describe("a page with a brand", () => {
  for (const scheme of /** @type {const} */ (["light", "dark"])) {
    for (const size of [narrow, desk]) {
      test(`has its name, logo, colours and links at ${size.width} pixels in the ${scheme} scheme, and stays accessible`, async () => {
        const visitor = await Visitor.arrive(browser, stack, { size, scheme, language: size === desk ? "en" : "de" });
        for (const path of ["/", "/login", "/register", "/forgot-password", "/reset-password", "/reset-password/cancel", "/no-such-page"]) {
          await visitor.goto(path);
          await visitor.sees(".brand", "Example Library");
          assert.deepEqual(await visitor.page.locator(".brand img").evaluate((image) => {
            const { naturalWidth, width, height } = /** @type {HTMLImageElement} */ (image);
            return { loaded: naturalWidth > 0, width, height };
          }), { loaded: true, width: 48, height: 32 });
          assert.equal(await colorOf(visitor, "body", "backgroundColor"), grounds[scheme]);
          await visitor.sees("footer #to-help", size === desk ? "Ask a librarian" : "Fragen Sie uns");
          if (!path.startsWith("/reset-password")) assert.equal(await shiftOf(visitor), 0, `${path} shifts`); // there the script chooses what shows
          await visitor.inspect(`brand${path.replaceAll("/", "-")}`);
        }
        await visitor.goto("/forgot-password");
        await visitor.sees("#submit:enabled");
        assert.equal(await colorOf(visitor, "#submit", "backgroundColor"), accents[scheme]);
        assert.equal(await colorOf(visitor, "#to-login", "color"), accents[scheme]);
        await visitor.leave();
      });
    }
  }

  test("with the longest name fits the narrowest screen", async () => {
    const visitor = await Visitor.arrive(browser, stack, { size: narrow });
    await visitor.goto("/login");
    await visitor.page.locator(".brand span").evaluate((element) => void (element.textContent = "W".repeat(60)));
    await visitor.inspect("brand-long-name");
    await visitor.leave();
  });

  test("shows the API's documentation in its width and colours", async () => {
    const visitor = await Visitor.arrive(browser, stack);
    await visitor.goto("/docs");
    await visitor.sees("footer #to-privacy", "Privacy");
    const [sheet, footer] = await Promise.all(["main", "footer"].map((selector) => visitor.page.locator(selector).first().boundingBox()));
    assert.equal(footer?.width, sheet?.width);
    await visitor.leave();
  });
});

test("a mail has the brand's name, colours, links and words, and its link opens a page that has them, too", async () => {
  const person = await newPerson(stack);
  await stack.post("/api/users/forgot-password", { email: person.email }, { "accept-language": "de" });
  const mail = await stack.mailBox.waitFor(person.email, { where: isResetMail });
  assert.equal(mail.subject, "Ihr neues Passwort für die Example Library");
  assert.match(mail.headers.get("from")?.[0] ?? "", /Example Library/);
  assert.match(mail.text, /\r?\nFragen Sie uns: https:\/\/www\.example\.com\/help\r?\nDatenschutz: https:\/\/www\.example\.com\/datenschutz\r?\n/);
  assert.match(mail.html, /background-color:#8a1c5b/);
  assert.match(mail.html, /<a class="quiet" href="https:\/\/www\.example\.com\/datenschutz"/);
  const visitor = await Visitor.arrive(browser, stack, { language: "de" });
  await visitor.page.goto(resetLinkOf(mail).link);
  await visitor.sees("#submit:enabled");
  await visitor.sees(".brand", "Example Library");
  await visitor.submit({ "new-password": "example library", "repeat-password": "example library" });
  await visitor.page.locator("#new-password-error", { hasText: "Zu leicht zu erraten" }).waitFor();
  await visitor.leave();
});
