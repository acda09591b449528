// The device id in a browser: a log-in or a reset sets it as a cookie, which the browser sends from then on and shows to no script. The
// pages are on http://localhost here: browsers keep a Secure cookie from there, as for https.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { newPerson } from "../system/account.mjs";
import { startStack } from "../system/stack.mjs";
import { askForCode, choosePassword, typeCode } from "./by_code.mjs";
import { openBrowser, phone, Visitor } from "./visitor.mjs";

const kDevice = "__Host-rekey-device";
const kLogin = "/api/users/login";
const kDay = 86_400;

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

/** @param {Visitor} visitor */
const deviceCookie = async (visitor) => (await visitor.context.cookies(visitor.origin)).find(({ name }) => name === kDevice);

/** @param {Visitor} visitor */
async function hasDeviceCookie(visitor) {
  const cookie = await deviceCookie(visitor);
  assert.ok(cookie);
  const { secure, httpOnly, sameSite, path, domain } = cookie;
  assert.deepEqual({ secure, httpOnly, sameSite, path, domain }, { secure: true, httpOnly: true, sameSite: "Strict", path: "/", domain: new URL(visitor.origin).hostname });
  assert.ok(Math.abs(cookie.expires - Date.now() / 1000 - 180 * kDay) < 60, String(cookie.expires));
  assert.ok(!(await visitor.page.evaluate(() => document.cookie)).includes("rekey"));
}

/** @param {Visitor} visitor @param {{email: string, password: string}} person */
async function logIn(visitor, { email, password }) {
  await visitor.goto("/login");
  await visitor.submit({ email, password });
  await visitor.arrivesAt("/account");
  await visitor.sees("#account");
}

describe("the device cookie", () => {
  test("L26: comes with a log-in, goes with the next one, and outlives the session", async () => {
    const person = await newPerson(stack);
    const visitor = await Visitor.arrive(browser, stack);
    await visitor.goto("/login");
    assert.equal(await deviceCookie(visitor), undefined);
    await logIn(visitor, person);
    await hasDeviceCookie(visitor);
    await visitor.page.click("#logout");
    await visitor.arrivesAt("/login");
    const kept = await deviceCookie(visitor);
    assert.ok(kept);
    const sent = visitor.page.waitForRequest(visitor.origin + kLogin);
    await logIn(visitor, person);
    assert.ok(String((await (await sent).allHeaders()).cookie).includes(`${kDevice}=${kept.value}`));
    await visitor.leave();
  });

  for (const scripts of /** @type {const} */ (["run", "off"])) {
    test(`L26: comes with a reset by code, with scripts ${scripts}`, async () => {
      const { email } = await newPerson(stack);
      const visitor = await Visitor.arrive(browser, stack, { size: phone, scripts });
      await typeCode(visitor, await askForCode(stack, visitor, email));
      await visitor.sees("#set-heading");
      assert.equal(await deviceCookie(visitor), undefined);
      await choosePassword(visitor, "the second good secret");
      await (scripts === "run" ? visitor.arrivesAt("/login") : visitor.sees("#done-heading"));
      await hasDeviceCookie(visitor);
      await visitor.leave();
    });
  }
});
