// Pages of an application that has Rekey beside it: a log-in page, and a page of its own for a new password, on another origin. Its
// scripts call Rekey's API as any page of that origin could.
import { once } from "node:events";
import { createServer } from "node:http";

const LOGIN = "<!doctype html><title>Shop</title><h1>Log in to the shop</h1>";
const NEW_PASSWORD = "<!doctype html><title>Shop</title><h1>A new password for the shop</h1>";

export class ApplicationPage {
  #server = createServer((request, response) => {
    const body = request.url?.startsWith("/new-password") ? NEW_PASSWORD : LOGIN;
    response.writeHead(200, { "content-type": "text/html" }).end(body);
  });

  async start() {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return this;
  }

  #port() {
    return /** @type {import("node:net").AddressInfo} */ (this.#server.address()).port;
  }

  /** Another site than Rekey's localhost. */
  get origin() {
    return `http://127.0.0.1:${this.#port()}`;
  }

  /** The same pages on Rekey's site: another port of localhost. */
  get neighbour() {
    return `http://localhost:${this.#port()}`;
  }

  async stop() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/**
 * A call by a page's script.
 * @param {import("playwright-core").Page} page
 * @param {string} url
 * @param {{method?: string, headers?: Record<string, string>, body?: string, credentials?: RequestCredentials, mode?: RequestMode}} [init]
 * @returns {Promise<{status: number, headers: Record<string, string>, text: string} | string>} what the script can read, or the error's name
 */
export function fetchIn(page, url, init = {}) {
  return page.evaluate(async ([target, options]) => {
    try {
      const response = await fetch(/** @type {string} */ (target), /** @type {RequestInit} */ (options));
      return { status: response.status, headers: Object.fromEntries(response.headers), text: await response.text() };
    } catch (error) {
      return /** @type {Error} */ (error).name;
    }
  }, [url, init]);
}
