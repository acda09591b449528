// A visitor: one context of Debian's headless Chromium with a size, a language and a client address. Everything that no page may do
// (errors in the console, violations of the security policy, requests to other sites, Referers) is recorded, and reported at the end.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

import { chromium } from "playwright-core";

/**
 * @typedef {import("playwright-core").Page} Page
 * @typedef {{width: number, height: number}} Size
 */

export const phone = { width: 375, height: 812 };
export const desk = { width: 1280, height: 800 };

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** @param {string[]} [options] of Chromium's command line @returns {Promise<import("playwright-core").Browser>} */
export function openBrowser(options = []) {
  const root = process.getuid?.() === 0;
  return chromium.launch({ executablePath: "/usr/bin/chromium-headless-shell", args: root ? ["--no-sandbox", ...options] : options });
}

export class Visitor {
  /**
   * @param {import("playwright-core").BrowserContext} context
   * @param {Page} page
   * @param {string} origin of the site
   * @param {string} name for screenshots
   */
  constructor(context, page, origin, name) {
    this.context = context;
    this.page = page;
    this.origin = origin;
    this.name = name;
    /** @type {string[]} */
    this.offences = [];
    /** @type {Promise<unknown>[]} */
    this.pending = [];
    /** @type {Set<string>} URLs whose failures the test causes */
    this.disturbed = new Set();
    this.leaving = false;
    context.on("request", (request) => this.pending.push(this.#judgeRequest(request).catch((error) => {
      if (!this.leaving) throw error; // of a request that the end of the visit cuts off
    })));
    context.on("console", (message) => this.#judgeConsole(message));
    context.on("weberror", (error) => this.offences.push(`error: ${error.error().message}`));
  }

  /**
   * @param {import("playwright-core").Browser} browser
   * @param {import("../system/stack.mjs").Stack} stack
   * @param {{size?: Size, language?: string, scheme?: "light" | "dark", scripts?: "run" | "off"}} [traits]
   */
  static async arrive(browser, stack, { size = desk, language = "en", scheme = "light", scripts = "run" } = {}) {
    const context = await browser.newContext({
      viewport: size,
      locale: language,
      colorScheme: scheme,
      javaScriptEnabled: scripts === "run",
      extraHTTPHeaders: stack.newClient(),
    });
    context.setDefaultTimeout(30_000);
    return new Visitor(context, await context.newPage(), stack.settings.FRONTEND_URL, `${language}-${size.width}-${scheme}`);
  }

  /** @param {string} path */
  goto(path) {
    return this.page.goto(this.origin + path);
  }

  /**
   * Fills fields by their ids and sends the form.
   * @param {Record<string, string>} fields
   */
  async submit(fields) {
    for (const [id, text] of Object.entries(fields)) await this.page.fill(`#${id}`, text);
    await this.page.click("#submit");
  }

  /** @param {string} path waits until its page is shown and its script runs */
  async arrivesAt(path) {
    await this.page.waitForURL(this.origin + path);
    await this.page.waitForLoadState("load");
  }

  /**
   * Waits until it is shown.
   * @param {string} selector
   * @param {string} [text] all that it must hold
   */
  async sees(selector, text = "") {
    await this.page.locator(selector).filter({ hasText: text }).waitFor({ state: "visible" });
    if (text) assert.equal((await this.page.locator(selector).innerText()).trim(), text);
  }

  /**
   * Checks the page in its current state: accessible, and nothing wider than the screen. Takes a screenshot if one is wanted.
   * @param {string} state
   * @param {string} [root] selector of our own part of the page
   */
  async inspect(state, root = "html") {
    await this.page.evaluate(axe);
    const violations = await this.page.evaluate(
      async (selector) => (await /** @type {any} */ (window).axe.run(selector)).violations, root);
    const told = violations.map((/** @type {{id: string, nodes: {html: string}[]}} */ { id, nodes }) =>
      `${id}: ${nodes.map((node) => node.html).join(" ")}`);
    assert.deepEqual(told, [], `accessibility of ${state}`);
    const overflow = await this.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(overflow <= 0, `${state} is ${overflow} pixels too wide`);
    await this.photograph(state);
  }

  /**
   * From now on the test handles the page's requests to a path: it answers them, or makes them fail.
   * @param {string} path or a pattern of Playwright's
   * @param {(route: import("playwright-core").Route) => Promise<void>} answer
   */
  async disturb(path, answer) {
    await this.page.route(this.origin + path, (route) => {
      this.disturbed.add(route.request().url());
      return answer(route);
    });
  }

  /** From now on the service answers at the path again. @param {string} path */
  async leaveInPeace(path) {
    await this.page.unroute(this.origin + path);
  }

  /** Ends the visit. Throws if a page did something that no page may do. */
  async leave() {
    await Promise.all(this.pending);
    this.leaving = true;
    await this.context.close();
    assert.deepEqual(this.offences, []);
  }

  /** Takes a screenshot if one is wanted. inspect() does, too, but only where scripts run. @param {string} state */
  async photograph(state) {
    const folder = process.env.REKEY_SCREENSHOTS;
    if (!folder) return;
    mkdirSync(folder, { recursive: true });
    await this.page.screenshot({ path: join(folder, `${this.name}-${state}.png`), fullPage: true });
  }

  /** @param {import("playwright-core").Request} request */
  async #judgeRequest(request) {
    const url = new URL(request.url());
    if (["data:", "blob:"].includes(url.protocol)) return;
    if (url.origin !== this.origin) this.offences.push(`request to ${url.origin}`);
    // Empty for answers from the browser's cache.
    if ((await request.allHeaders()).referer) this.offences.push(`a Referer was sent to ${url.pathname}`);
  }

  /** @param {import("playwright-core").ConsoleMessage} message */
  #judgeConsole(message) {
    // Chromium reports every answer with status 400 and above. The page shows them to its visitor, so 4xx are allowed.
    const refusedAnswer = /^Failed to load resource: the server responded with a status of 4\d\d/.test(message.text());
    const wanted = message.text().startsWith("Failed to load resource: ") && this.disturbed.has(message.location().url);
    if (message.type() === "error" && !refusedAnswer && !wanted) this.offences.push(`console: ${message.text()}`);
  }
}
