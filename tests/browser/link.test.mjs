// The page of a reset link: it reports a missing or bad token, leaves no token behind in the browser, and opening it does not use up
// the link. And the page that cancels a link that somebody else asked for.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { logIn, newPassword, newPerson, plantLiveToken, requestLink, reset } from "../system/account.mjs";
import { exchange } from "../system/http_exchange.mjs";
import { phrasesOf } from "../system/phrases.mjs";
import { startStack } from "../system/stack.mjs";
import { mintToken, unixNow } from "../system/token.mjs";
import { desk, openBrowser, phone, Visitor } from "./visitor.mjs";

const say = phrasesOf("en");
const kReset = "/api/users/reset-password";

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

/**
 * @param {(visitor: Visitor) => Promise<void>} visit
 * @param {Parameters<typeof Visitor.arrive>[2]} [traits]
 */
async function asVisitor(visit, traits) {
  const visitor = await Visitor.arrive(browser, stack, traits);
  await visit(visitor);
  await visitor.leave();
}

/** @param {Visitor} visitor */
async function seesDeadLink(visitor) {
  await visitor.sees("#bad-link-heading", say["page.reset_password.bad_heading"]);
  await seesDisabledForm(visitor);
}

/** @param {Visitor} visitor */
async function seesNoLink(visitor) {
  await visitor.sees("#no-link-heading", say["page.no_link.heading"]);
  await seesDisabledForm(visitor);
}

/** @param {Visitor} visitor */
async function seesDisabledForm(visitor) {
  assert.ok(await visitor.page.locator("#new-password").isDisabled());
  assert.ok(await visitor.page.locator("#submit").isDisabled());
}

/** The page can't learn the service's time: its HEAD request gets an answer without a Date. @param {Visitor} visitor */
async function hidesTime(visitor) {
  await visitor.disturb("/reset-password", (route) => (route.request().method() === "HEAD" ? route.fulfill({}) : route.continue()));
}

/** @param {Visitor} visitor @param {number} hours */
async function setsDeviceClock(visitor, hours) {
  await visitor.context.clock.setFixedTime(Date.now() + hours * 3600 * 1000);
}

describe("the reset page", () => {
  for (const size of [phone, desk]) {
    test(`B13: without a token it shows an error and a disabled form, at ${size.width} pixels`, () =>
      asVisitor(async (visitor) => {
        await visitor.goto("/reset-password");
        await seesNoLink(visitor);
        await visitor.inspect("reset-password-no-token");
      }, { size }));
  }

  test("H05: a token that was cut short is a bad link, in dark colours too", () =>
    asVisitor(async (visitor) => {
      await visitor.goto(`/reset-password#token=${"A".repeat(40)}`);
      await seesDeadLink(visitor);
      await visitor.sees("#bad-link-malformed", say["page.reset_password.bad_malformed"]);
      await visitor.inspect("reset-password-cut");
    }, { scheme: "dark" }));

  test("a token that has expired by the service's clock is shown as expired, also on a device two hours ahead", () =>
    asVisitor(async (visitor) => {
      await setsDeviceClock(visitor, 2);
      await visitor.goto(`/reset-password#token=${mintToken(stack.settings.RESET_PASSWORD_TOKEN_SECRET, { expiresAt: unixNow() - 60 })}`);
      await seesDeadLink(visitor);
      await visitor.sees("#bad-link-expired", say["page.reset_password.bad_expired"]);
    }));

  for (const [clock, prepare] of /** @type {const} */ ([["is known", async () => {}], ["is unknown", hidesTime]])) {
    test(`a device two hours ahead sets a password by a good link, when the service's time ${clock}`, () =>
      asVisitor(async (visitor) => {
        const password = newPassword();
        await setsDeviceClock(visitor, 2);
        await prepare(visitor);
        await visitor.goto(`/reset-password#token=${await plantLiveToken(stack, await newPerson(stack))}`);
        await visitor.sees("#fields:enabled");
        await visitor.submit({ "new-password": password, "repeat-password": password });
        await visitor.arrivesAt("/login");
      }));
  }

  test("H04: the page takes the token and removes it from address bar, history and reload", () =>
    asVisitor(async (visitor) => {
      const token = await plantLiveToken(stack, await newPerson(stack));
      await visitor.goto("/login");
      await visitor.goto(`/reset-password#token=${token}`);
      await visitor.sees("#fields:enabled");
      assert.equal(visitor.page.url(), `${visitor.origin}/reset-password`);
      await visitor.page.goBack();
      await visitor.page.goForward();
      assert.equal(visitor.page.url(), `${visitor.origin}/reset-password`);
      await visitor.page.reload();
      await seesNoLink(visitor);
      assert.equal((await reset(stack, token, newPassword())).status, 200);
    }));

  test("H04: a token in the query is dropped by a redirect, and the page has no link", () =>
    asVisitor(async (visitor) => {
      const token = await plantLiveToken(stack, await newPerson(stack));
      await visitor.goto("/login");
      await visitor.goto(`/reset-password?token=${token}`);
      assert.equal(visitor.page.url(), `${visitor.origin}/reset-password`);
      await seesNoLink(visitor);
      await visitor.page.goBack();
      assert.equal(visitor.page.url(), `${visitor.origin}/login`);
      assert.equal((await reset(stack, token, newPassword())).status, 200);
    }));

  test("H22: in two tabs, the second shows that the link is used", () =>
    asVisitor(async (visitor) => {
      const token = await plantLiveToken(stack, await newPerson(stack));
      const password = newPassword();
      const first = visitor.page;
      const second = await visitor.context.newPage();
      for (const page of [first, second]) {
        await page.goto(`${visitor.origin}/reset-password#token=${token}`);
        await page.locator("#fields:enabled").waitFor();
      }
      await visitor.submit({ "new-password": password, "repeat-password": password });
      await visitor.arrivesAt("/login");
      visitor.page = second;
      await visitor.submit({ "new-password": password, "repeat-password": password });
      await seesDeadLink(visitor);
      await visitor.sees("#bad-link-used", say["page.reset_password.bad_used"]);
      await visitor.inspect("reset-password-used");
    }));

  test("after a reload it refers to the mail, whose link still works", () =>
    asVisitor(async (visitor) => {
      const link = `/reset-password#token=${await plantLiveToken(stack, await newPerson(stack))}`;
      await visitor.goto(link);
      await visitor.sees("#fields:enabled");
      await visitor.page.reload();
      await seesNoLink(visitor);
      await visitor.goto(link);
      await visitor.sees("#fields:enabled");
    }));

  test("saving again after a lost answer leads to the log-in, where the new password works", () =>
    asVisitor(async (visitor) => {
      const person = await newPerson(stack);
      const password = newPassword();
      await visitor.goto(`/reset-password#token=${await plantLiveToken(stack, person)}`);
      await visitor.sees("#fields:enabled");
      await visitor.disturb(kReset, async (route) => {
        await route.fetch();
        await route.abort();
      });
      await visitor.submit({ "new-password": password, "repeat-password": password });
      await visitor.sees("#alert", say["page.say.network"]);
      await visitor.leaveInPeace(kReset);
      await visitor.page.click("#submit");
      await visitor.arrivesAt("/login");
      await visitor.submit({ email: person.email, password });
      await visitor.arrivesAt("/account");
    }));

  test("H08: its fields are marked as new passwords, and pasting works", () =>
    asVisitor(async (visitor) => {
      await visitor.goto(`/reset-password#token=${await plantLiveToken(stack, await newPerson(stack))}`);
      await visitor.sees("#fields:enabled");
      for (const id of ["new-password", "repeat-password"]) {
        const field = visitor.page.locator(`#${id}`);
        assert.deepEqual([await field.getAttribute("type"), await field.getAttribute("autocomplete")], ["password", "new-password"]);
      }
      const kept = await visitor.page.locator("#new-password").evaluate((field) =>
        field.dispatchEvent(new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData: new DataTransfer() })));
      assert.ok(kept, "pasting is prevented");
    }));
});

describe("T20: opening a link does not use it up", () => {
  const scanners = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) SafeLinks",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "facebookexternalhit/1.1",
    "curl/7.88.1",
  ];

  test("not by 20 scanners that fetch it with the token as a query", async () => {
    const token = await plantLiveToken(stack, await newPerson(stack));
    for (let turn = 0; turn < 20; ++turn) {
      const headers = { ...stack.newClient(), "user-agent": scanners[turn % scanners.length] };
      const url = `${stack.edgeUrl}/reset-password?token=${token}`;
      const answer = await exchange(turn % 2 ? "HEAD" : "GET", url, headers);
      assert.equal(answer.status, 303);
      assert.ok(!(answer.text + JSON.stringify(answer.headers)).includes(token));
    }
    assert.equal((await reset(stack, token, newPassword())).status, 200);
  });

  test("not by scanners that run scripts and press every button", () =>
    asVisitor(async (visitor) => {
      const person = await newPerson(stack);
      const { token, link, cancelLink } = await requestLink(stack, person.email);
      for (const each of [link, cancelLink]) {
        await visitor.page.goto(each);
        await visitor.sees("#fields:enabled");
        const buttons = await visitor.page.locator("button:enabled").all();
        assert.ok(buttons.length > 0, `no button at ${new URL(each).pathname}`);
        for (const button of buttons) await button.click();
      }
      assert.equal((await reset(stack, token, newPassword())).status, 200);
    }));
});

describe("the page that cancels a link", () => {
  test("cancels it once the owner types the address, and shows the same for any other address", () =>
    asVisitor(async (visitor) => {
      const person = await newPerson(stack);
      const { token, cancelLink } = await requestLink(stack, person.email);
      const cancelFor = async (/** @type {string} */ email) => {
        await visitor.goto("/");
        await visitor.page.goto(cancelLink);
        await visitor.sees("#fields:enabled");
        assert.equal(visitor.page.url(), `${visitor.origin}/reset-password/cancel`);
        await visitor.inspect("cancel");
        await visitor.submit({ email });
        await visitor.sees("#done-heading", say["page.cancel.done_heading"]);
        await visitor.inspect("cancel-done");
      };
      await cancelFor("somebody-else@example.com");
      const alive = await reset(stack, token, "short");
      assert.equal(alive.status, 422, "the token is still alive");
      await cancelFor(person.email);
      assert.equal((await reset(stack, token, newPassword())).status, 400);
      assert.equal((await logIn(stack, person.email, person.password)).status, 200);
    }));

  test("reports a token that was cut short", () =>
    asVisitor(async (visitor) => {
      await visitor.goto(`/reset-password/cancel#token=${"A".repeat(40)}`);
      await visitor.sees("#bad-link-heading", say["page.cancel.bad_heading"]);
      assert.ok(await visitor.page.locator("#submit").isDisabled());
    }));

  test("without a token it shows an error and a disabled form", () =>
    asVisitor(async (visitor) => {
      await visitor.goto("/reset-password/cancel");
      await visitor.sees("#no-link-heading", say["page.no_link.heading"]);
      assert.ok(await visitor.page.locator("#submit").isDisabled());
      await visitor.inspect("cancel-no-token");
    }));
});
