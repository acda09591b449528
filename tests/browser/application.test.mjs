// Rekey beside an application with accounts of its own (FEATURES=recovery): the pages link to nothing else, the log-in is the
// application's, and the application's own pages call the API from their origin, as no other page can.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { newPassword, newPerson, plantLiveToken, requestLink } from "../system/account.mjs";
import { phrasesOf } from "../system/phrases.mjs";
import { startStack } from "../system/stack.mjs";
import { ApplicationPage, fetchIn } from "./application_page.mjs";
import { askForCode, choosePassword, typeCode } from "./by_code.mjs";
import { desk, openBrowser, Visitor } from "./visitor.mjs";

const narrow = { width: 320, height: 640 };
const say = phrasesOf("en");
const app = await new ApplicationPage().start();
const stranger = await new ApplicationPage().start();
const recovery = { FEATURES: "recovery", REGISTRATION: "off" };

/** @type {import("../system/stack.mjs").Stack} */
let stack;
/** @type {import("playwright-core").Browser} */
let browser;
/** @type {import("../system/account.mjs").Person[]} */
let people;
/** @param {Record<string, string>} [origin] @param {Record<string, string>} [edge] */
const restart = (origin = {}, edge = {}) => stack.restart({ ...recovery, ...origin }, { FEATURES: "recovery", ...edge });
before(async () => {
  stack = await startStack();
  people = await Promise.all(Array.from({ length: 5 }, () => newPerson(stack)));
  browser = await openBrowser();
  await restart({}, { LOGIN_URL: `${app.origin}/login`, ALLOWED_ORIGINS: app.origin });
});
after(async () => {
  await browser?.close();
  await stack?.stop();
  await Promise.all([app.stop(), stranger.stop()]);
});

/** @param {(visitor: Visitor) => Promise<void>} visit @param {Parameters<typeof Visitor.arrive>[2]} [traits] */
async function asVisitor(visit, traits) {
  const visitor = await Visitor.arrive(browser, stack, traits);
  await visit(visitor);
  await visitor.leave();
}

/** @param {Visitor} visitor @returns {Promise<string[]>} where all links of the page lead, hidden ones too */
const linksOf = (visitor) => visitor.page.locator("a[href]").evaluateAll((links) => links.map((link) => String(link.getAttribute("href"))));

/** Runs in a page of the application's, without headers of ours: they would need a preflight's leave. @param {{origin: string}} site @param {(page: import("playwright-core").Page) => Promise<void>} act */
async function inPageOf({ origin }, act) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${origin}/login`);
  await act(page);
  await context.close();
}

describe("with FEATURES=recovery", () => {
  for (const [size, scheme, language] of /** @type {const} */ ([[narrow, "light", "en"], [narrow, "dark", "de"], [desk, "light", "de"], [desk, "dark", "en"]])) {
    test(`the pages are sound and link to recovery and the application alone, at ${size.width} pixels, ${scheme}, ${language}`, () =>
      asVisitor(async (visitor) => {
        const known = new Set(["/forgot-password", `${app.origin}/login`]);
        for (const path of ["/forgot-password", "/reset-password", "/reset-password/cancel", "/login", "/"]) {
          const missing = path === "/login" || path === "/";
          assert.equal((await visitor.goto(path))?.status(), missing ? 404 : 200);
          await visitor.page.locator("h1:visible").waitFor();
          for (const link of await linksOf(visitor)) assert.ok(known.has(link), `${path}: ${link}`);
          await visitor.inspect(`alone-${missing ? "not-found" : path.slice(1).replace("/", "-")}`);
        }
      }, { size, scheme, language }));
  }

  test("the journey from the mail ends at the application's log-in", () =>
    asVisitor(async (visitor) => {
      const [person] = people;
      const { link } = await requestLink(stack, person.email);
      await visitor.page.goto(link);
      await visitor.sees("#submit:enabled");
      const password = newPassword();
      await visitor.submit({ "new-password": password, "repeat-password": password });
      await visitor.sees("#done-heading", say["page.reset_password.done_heading"]);
      assert.equal(await visitor.page.locator("form").isVisible(), false);
      assert.equal(await visitor.page.locator("#done-to-login").getAttribute("href"), `${app.origin}/login`);
      await visitor.inspect("alone-done");
    }, { size: narrow }));

  test("H25: the journey by code ends there, too, and leaves neither address nor code in the page, nor behind Back", () =>
    asVisitor(async (visitor) => {
      const { email } = people[4];
      await typeCode(visitor, await askForCode(stack, visitor, email));
      await visitor.sees("#set-heading");
      await choosePassword(visitor, newPassword());
      await visitor.sees("#done-heading", say["page.reset_password.done_heading"]);
      const typed = visitor.page.locator("input:not([name=step])");
      assert.deepEqual(new Set(await typed.evaluateAll((fields) => fields.map((field) => /** @type {HTMLInputElement} */ (field).value))), new Set([""]));
      assert.ok(!(await visitor.page.locator("main").innerHTML()).includes(email));
      await visitor.page.goBack();
      await visitor.sees("#ask-heading");
      assert.equal(await visitor.page.locator("#email").inputValue(), "");
    }));

  test("a dead link offers a new one, and the application's log-in", () =>
    asVisitor(async (visitor) => {
      await visitor.goto(`/reset-password#token=${"A".repeat(40)}`);
      await visitor.sees("#bad-link-heading", say["page.reset_password.bad_heading"]);
      assert.equal(await visitor.page.locator("#to-login").getAttribute("href"), `${app.origin}/login`);
      await visitor.inspect("alone-bad-link");
    }));
});

describe("a page of an allowed origin", () => {
  const json = { "content-type": "application/json" };
  const forgot = () => `${stack.settings.FRONTEND_URL}/api/users/forgot-password`;

  test("asks for a link, and reads the answer and its headers", () =>
    inPageOf(app, async (page) => {
      const answer = await fetchIn(page, forgot(), { method: "POST", headers: json, body: JSON.stringify({ email: people[1].email }) });
      assert.ok(typeof answer === "object", String(answer));
      assert.equal(answer.status, 202);
      assert.match(answer.headers["x-request-id"], /^[\w-]{22}$/);
      await stack.mailBox.waitFor(people[1].email);
    }));

  test("sets a new password with the token of a link, and reads a refusal", () =>
    inPageOf(app, async (page) => {
      const token = await plantLiveToken(stack, people[2]);
      const reset = (/** @type {string} */ password) =>
        fetchIn(page, `${stack.settings.FRONTEND_URL}/api/users/reset-password`, { method: "POST", headers: json, body: JSON.stringify({ token, new_password: password }) });
      const refused = await reset("password");
      assert.ok(typeof refused === "object" && refused.status === 422 && JSON.parse(refused.text).errors[0].reason === "common");
      const done = await reset(newPassword());
      assert.ok(typeof done === "object" && done.status === 200, JSON.stringify(done));
    }));

  for (const [how, headers] of /** @type {[string, Record<string, string>][]} */ ([["without a preflight", {}], ["with one", json]])) {
    test(`reads the password policy, ${how}`, () => inPageOf(app, async (page) => {
      const answer = await fetchIn(page, `${stack.settings.FRONTEND_URL}/api/password-policy`, { headers });
      assert.ok(typeof answer === "object");
      const policy = JSON.parse(answer.text);
      assert.deepEqual([policy.min_length, policy.max_length, policy.max_bytes], [8, 256, null]);
      assert.ok(policy.reasons.some((/** @type {{reason: string}} */ { reason }) => reason === "common"));
    }));
  }

  test("can't use cookies for calls that have none, nor read our pages", () =>
    inPageOf(app, async (page) => {
      assert.equal(await fetchIn(page, forgot(), { method: "POST", headers: json, body: "{}", credentials: "include" }), "TypeError");
      assert.equal(await fetchIn(page, `${stack.settings.FRONTEND_URL}/forgot-password`), "TypeError");
    }));
});

describe("a page of any other origin", () => {
  test("reads nothing, and causes no mail: by fetch, without CORS, from a frame of origin null", () =>
    inPageOf(stranger, async (page) => {
      const url = `${stack.settings.FRONTEND_URL}/api/users/forgot-password`;
      const body = JSON.stringify({ email: people[3].email });
      assert.equal(await fetchIn(page, url, { method: "POST", headers: { "content-type": "application/json" }, body }), "TypeError");
      assert.equal(await fetchIn(page, url, { method: "POST", headers: { "content-type": "text/plain" }, body }), "TypeError");
      const opaque = await fetchIn(page, url, { method: "POST", mode: "no-cors", body });
      assert.ok(opaque === "TypeError" || (typeof opaque === "object" && opaque.status === 0), JSON.stringify(opaque));
      assert.equal(await fetchIn(page, `${stack.settings.FRONTEND_URL}/api/password-policy`), "TypeError");
      const script = `fetch(${JSON.stringify(url)}, {method: "POST", headers: {"content-type": "application/json"}, body: ${JSON.stringify(body)}}).then((r) => r.status, (e) => e.name).then((end) => parent.postMessage(end, "*"))`;
      const end = await page.evaluate((source) => new Promise((resolve) => {
        addEventListener("message", ({ data }) => resolve(data), { once: true });
        const frame = Object.assign(document.createElement("iframe"), { sandbox: "allow-scripts", srcdoc: `<script>${source}</${"script"}>` });
        document.body.append(frame);
      }), script);
      assert.equal(end, "TypeError");
      assert.equal(await stack.database.run(`SELECT count(*) FROM reset_requests WHERE email = '${people[3].email}'`), "0");
    }));
});

describe("with RESET_PAGE_URL", () => {
  before(() => restart({ RESET_PAGE_URL: `${app.origin}/new-password?shop=1` }, { ALLOWED_ORIGINS: app.origin }));

  test("the mailed link leads to the application's page with the token in its fragment; cancelling stays with us", async () => {
    const person = people[3];
    await stack.post("/api/users/forgot-password", { email: person.email });
    const mail = await stack.mailBox.waitFor(person.email);
    const token = new RegExp(`${app.origin}/new-password\\?shop=1#token=([\\w-]{72})\\r?\\n`).exec(mail.text)?.[1];
    assert.ok(token, mail.text);
    assert.ok(mail.text.includes(`${stack.settings.FRONTEND_URL}/reset-password/cancel#token=${token}`));
    assert.ok(!mail.text.includes(`${stack.settings.FRONTEND_URL}/reset-password#`));
    await inPageOf(app, async (page) => {
      await page.goto(`${app.origin}/new-password?shop=1#token=${token}`);
      const answer = await fetchIn(page, `${stack.settings.FRONTEND_URL}/api/users/reset-password`, {
        method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ token, new_password: newPassword() }) });
      assert.ok(typeof answer === "object" && answer.status === 200, JSON.stringify(answer));
    });
  });

  test("without LOGIN_URL no page links to a log-in", () =>
    asVisitor(async (visitor) => {
      await visitor.goto("/forgot-password");
      assert.deepEqual(await linksOf(visitor), ["/forgot-password"]); // to ask again
      await visitor.inspect("alone-without-login");
      await visitor.goto(`/reset-password#token=${"A".repeat(40)}`);
      await visitor.sees("#bad-link-heading");
      assert.deepEqual(await linksOf(visitor), ["/forgot-password"]);
    }));
});

describe("with all features, a page of an allowed origin that asks for cookies", () => {
  before(() => stack.restart({}, { FEATURES: "all", ALLOWED_ORIGINS: `${app.origin},${app.neighbour}` }));
  const withCookies = /** @type {const} */ ({ credentials: "include" });
  const url = (/** @type {string} */ path) => stack.settings.FRONTEND_URL + path;
  /** @param {import("playwright-core").Page} page @returns {Promise<number[]>} the statuses of a log-in, and of a call with its cookie */
  async function logInFrom(page) {
    const { email, password } = people[1];
    const login = await fetchIn(page, url("/api/users/login"), { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ email, password }), ...withCookies });
    const me = await fetchIn(page, url("/api/users/me"), withCookies);
    assert.ok(typeof login === "object" && typeof me === "object", `${login} ${me}`);
    return [login.status, me.status];
  }

  test("acts as its visitor from the same site", () => inPageOf({ origin: app.neighbour }, async (page) => assert.deepEqual(await logInFrom(page), [204, 200])));

  test("gets no cookie from another site", () => inPageOf(app, async (page) => assert.deepEqual(await logInFrom(page), [204, 401])));
});

describe("with RECOVERY=off", () => {
  before(() => restart({ RECOVERY: "off" }, { RECOVERY: "off" }));

  for (const [size, scheme, language] of /** @type {const} */ ([[narrow, "light", "de"], [desk, "dark", "en"]])) {
    test(`each page says so, and shows no form, at ${size.width} pixels, ${scheme}, ${language}`, () =>
      asVisitor(async (visitor) => {
        for (const path of ["/forgot-password", "/reset-password", `/reset-password#token=${"A".repeat(72)}`]) {
          await visitor.goto("/nowhere");
          await visitor.goto(path);
          await visitor.sees("#off-heading", phrasesOf(language)["page.recovery_off.heading"]);
          await visitor.page.waitForFunction(() => location.hash === "");
          assert.equal(await visitor.page.locator("form:visible").count(), 0, path);
          assert.equal(await visitor.page.locator("h1:visible").count(), 1, path);
        }
        await visitor.inspect("off");
      }, { size, scheme, language }));
  }
});

describe("with RECOVERY=off, an owner who did not ask for a link", () => {
  test("cancels it", async () => {
    await restart();
    const [person] = people;
    const token = await plantLiveToken(stack, person);
    await restart({ RECOVERY: "off" }, { RECOVERY: "off" });
    await asVisitor(async (visitor) => {
      await visitor.goto(`/reset-password/cancel#token=${token}`);
      await visitor.sees("#submit:enabled");
      await visitor.submit({ email: person.email });
      await visitor.sees("#done-heading", say["page.cancel.done_heading"]);
    });
  });
});

describe("when recovery is switched off while a page is open", () => {
  test("the page says so after the call", async () => {
    await restart();
    const visitor = await Visitor.arrive(browser, stack);
    await visitor.goto("/forgot-password");
    await visitor.sees("#submit:enabled");
    await restart({ RECOVERY: "off" }, { RECOVERY: "off" });
    await visitor.submit({ email: people[0].email });
    await visitor.sees("#off-heading", say["page.recovery_off.heading"]);
    await visitor.leave();
  });
});
