// Somebody with a browser: one context of Debian's Chromium, the build without windows, with a size, a language and a client address,
// watched all the time. What no page may do (errors in the console, breaches of the security policy, requests elsewhere, Referers) is
// gathered for the end.
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
    /** @type {Set<string>} addresses whose failures are wanted */
    this.disturbed = new Set();
    context.on("request", (request) => this.pending.push(this.#judgeRequest(request)));
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
    context.setDefaultTimeout(15_000);
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

  /** @param {string} path waits until the page there is shown, with its script at work */
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
   * The page as it is now: nothing that keeps people out, nothing wider than the screen; and a picture where one is wanted.
   * @param {string} state
   * @param {string} [root] selector of the part that is ours
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
    await this.#photograph(state);
  }

  /**
   * From now on the test answers what the page asks of a path, or lets nobody answer.
   * @param {string} path or a pattern of Playwright's
   * @param {(route: import("playwright-core").Route) => Promise<void>} answer
   */
  async disturb(path, answer) {
    await this.page.route(this.origin + path, (route) => {
      this.disturbed.add(route.request().url());
      return answer(route);
    });
  }

  /** The path is the service's again. @param {string} path */
  async leaveInPeace(path) {
    await this.page.unroute(this.origin + path);
  }

  /** Ends the visit. Throws where a page did what no page may. */
  async leave() {
    await Promise.all(this.pending);
    await this.context.close();
    assert.deepEqual(this.offences, []);
  }

  /** @param {string} state */
  async #photograph(state) {
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
    // Empty for what comes out of the browser's own cache.
    if ((await request.allHeaders()).referer) this.offences.push(`a Referer was sent to ${url.pathname}`);
  }

  /** @param {import("playwright-core").ConsoleMessage} message */
  #judgeConsole(message) {
    // Chromium reports every answer of 400 and above; those are what the page tells its visitor of.
    const refusedAnswer = /^Failed to load resource: the server responded with a status of 4\d\d/.test(message.text());
    const wanted = message.text().startsWith("Failed to load resource: ") && this.disturbed.has(message.location().url);
    if (message.type() === "error" && !refusedAnswer && !wanted) this.offences.push(`console: ${message.text()}`);
  }
}
