// Pages outside the journey: their messages when the service refuses or is down, the documentation with its "Try it out", pages that
// don't exist, and the headers of every page (H02, H10, H17).
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { isResetMail, newPerson } from "../system/account.mjs";
import { phrasesOf } from "../system/phrases.mjs";
import { startStack } from "../system/stack.mjs";
import { openBrowser, phone, Visitor } from "./visitor.mjs";

const say = phrasesOf("en");
const kLogout = "/api/users/logout";

/** @type {import("../system/stack.mjs").Stack} */
let stack;
/** @type {import("playwright-core").Browser} */
let browser;
before(async () => {
  stack = await startStack({}, { LIMIT_LOGIN_PER_CLIENT: "2/3600" });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await stack?.stop();
});

const pages = ["/", "/login", "/register", "/forgot-password", "/reset-password", "/reset-password/cancel", "/account", "/docs"];

describe("a page", () => {
  for (const path of pages) {
    test(`H02, H17: ${path} has the security headers`, async () => {
      const { headers } = await stack.get(path);
      const policy = String(headers["content-security-policy"]);
      assert.match(policy, /default-src 'none'/);
      assert.match(policy, /frame-ancestors 'none'/);
      assert.doesNotMatch(policy, /script-src[^;]*'unsafe-(inline|eval)'/);
      assert.equal(headers["x-content-type-options"], "nosniff");
      assert.equal(headers["referrer-policy"], "no-referrer");
      assert.equal(headers["cross-origin-opener-policy"], "same-origin");
      assert.equal(headers["cache-control"], "no-store");
      assert.equal(headers["server"] ?? headers["x-powered-by"], undefined);
    });
  }

  const nearby = ["/reset-password/x.css", "/reset-password;.js", "/reset-password%2f.css", "/%66orgot-password", "/login/", "//login"];
  for (const path of nearby) {
    test(`H10: ${path} is not a page`, async () => {
      const answer = await stack.get(path);
      assert.equal(answer.status, 404);
      assert.equal(answer.headers["cache-control"], "no-store");
    });
  }

  test("that does not exist says so, and links back", async () => {
    const visitor = await Visitor.arrive(browser, stack, { size: phone });
    await visitor.goto("/no-such-page");
    await visitor.sees("#to-start");
    await visitor.inspect("not-found");
    await visitor.leave();
  });
});

describe("a refusal", () => {
  test("past the limit is shown with the time to wait", async () => {
    const visitor = await Visitor.arrive(browser, stack);
    await visitor.goto("/login");
    for (let turn = 0; turn < 2; ++turn) {
      await visitor.submit({ email: "nobody@example.com", password: "not the password" });
      await visitor.sees("#alert", say["page.say.bad_credentials"]);
    }
    await visitor.submit({ email: "nobody@example.com", password: "not the password" });
    await visitor.page.locator("#alert", { hasText: "Too many attempts" }).waitFor();
    assert.match(await visitor.page.locator("#alert").innerText(), /in \d+ (seconds|minutes|hours?)/);
    await visitor.inspect("login-too-often");
    await visitor.leave();
  });

  test("of a taken address is shown", async () => {
    const person = await newPerson(stack);
    const visitor = await Visitor.arrive(browser, stack);
    await visitor.goto("/register");
    await visitor.submit({ username: person.username, email: person.email, password: "a good enough secret" });
    await visitor.sees("#alert", say["page.say.taken"]);
    await visitor.inspect("register-taken");
    await visitor.leave();
  });
});

describe("logging out", () => {
  for (const [status, trouble] of /** @type {const} */ ([[429, "Too many attempts"], [503, "The service is busy"]])) {
    test(`that is answered with ${status} is reported, and the account page stays`, async () => {
      const person = await newPerson(stack);
      const visitor = await Visitor.arrive(browser, stack);
      await visitor.goto("/login");
      await visitor.submit({ email: person.email, password: person.password });
      await visitor.arrivesAt("/account");
      await visitor.disturb(kLogout, (route) => route.fulfill({ status, headers: { "retry-after": "40" }, json: { status } }));
      await visitor.page.click("#logout");
      await visitor.page.locator("#alert", { hasText: trouble }).waitFor();
      const told = await visitor.page.locator("#alert").innerText();
      assert.ok(told.startsWith(say["page.say.logout_failed"].replace("{{trouble}}", "")), told);
      assert.match(told, /in 40 seconds/);
      assert.equal(visitor.page.url(), `${visitor.origin}/account`);
      await visitor.sees("#username", person.username);
      await visitor.inspect(`account-logout-${status}`);
      await visitor.leaveInPeace(kLogout);
      await visitor.page.click("#logout");
      await visitor.arrivesAt("/login");
      await visitor.sees("#status", say["page.say.logged_out"]);
      await visitor.leave();
    });
  }
});

describe("without scripts", () => {
  for (const path of ["/account", "/docs", "/reset-password"]) {
    test(`${path} says that it needs scripts, and promises nothing else`, async () => {
      const visitor = await Visitor.arrive(browser, stack, { scripts: "off" });
      await visitor.goto(path);
      const told = await visitor.page.locator("main").innerText();
      assert.ok(told.includes(say["page.noscript"]), told);
      assert.doesNotMatch(told, /…/);
      await visitor.leave();
    });
  }
});

describe("the documentation", () => {
  test("B12: lets a visitor ask for a link, and the mail arrives", async () => {
    const person = await newPerson(stack);
    const visitor = await Visitor.arrive(browser, stack);
    await visitor.goto("/docs");
    const operation = visitor.page.locator(".opblock", { has: visitor.page.locator('[data-path="/api/users/forgot-password"]') });
    await operation.waitFor();
    const icon = operation.locator(".copy-to-clipboard button");
    assert.notEqual(await icon.evaluate((button) => getComputedStyle(button).backgroundImage), "none", "a button without its icon");
    await visitor.inspect("docs");
    await operation.locator(".opblock-summary-control").click();
    await operation.locator(".try-out__btn").click();
    await operation.locator("textarea").fill(JSON.stringify({ email: person.email }));
    await operation.locator(".execute").click();
    const status = operation.locator(".live-responses-table .response-col_status").nth(1);
    await status.waitFor();
    assert.match(await status.innerText(), /^202/);
    await stack.mailBox.waitFor(person.email, { where: isResetMail });
    await visitor.leave();
  });

  test("B12: logs a visitor in by Authorize, and then shows the account", async () => {
    const person = await newPerson(stack);
    const visitor = await Visitor.arrive(browser, stack);
    await visitor.goto("/docs");
    await visitor.page.locator(".auth-wrapper .authorize").first().click();
    const dialog = visitor.page.locator(".modal-ux");
    await dialog.locator('input[name="username"], #oauth_username').fill(person.email);
    await dialog.locator('input[name="password"], #oauth_password').fill(person.password);
    await dialog.locator(".modal-btn.authorize").first().click();
    await dialog.locator("h6", { hasText: "Authorized" }).waitFor();
    await dialog.locator(".btn-done").first().click();
    const operation = visitor.page.locator(".opblock", { has: visitor.page.locator('[data-path="/api/users/me"]') });
    await operation.locator(".opblock-summary-control").click();
    await operation.locator(".try-out__btn").click();
    await operation.locator(".execute").click();
    const answer = operation.locator(".live-responses-table");
    await answer.waitFor();
    assert.ok((await answer.innerText()).includes(person.email));
    await visitor.leave();
  });
});
