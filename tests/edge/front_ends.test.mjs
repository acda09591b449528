// Feature set, front ends of other origins and RECOVERY=off on both platforms: `wrangler dev` and raw workerd, each with the built site.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { importSite } from "../pages/built_site.mjs";
import { exchange } from "../system/http_exchange.mjs";
import { mintToken } from "./keys.mjs";
import { EdgeProcess } from "./edge_process.mjs";
import { StubOrigin } from "./stub_origin.mjs";
import { WorkerdProcess, buildForWorkerd } from "./workerd_process.mjs";

const [app, login] = ["https://app.example.com", "https://app.example.com/login?from=rekey&a=b"];
const settings = { FEATURES: "recovery", LOGIN_URL: login, ALLOWED_ORIGINS: app, PASSWORD_FORMAT: "bcrypt-2y", PASSWORD_MIN_LENGTH: "12" };
const origin = new StubOrigin();
before(async () => {
  buildForWorkerd();
  await origin.start();
});
after(() => origin.stop());

/** @typedef {(method: string, path: string, headers?: Record<string, string>, body?: string) => ReturnType<typeof exchange>} Ask */
/** @typedef {{ask: Ask, remove: () => Promise<void>}} Served */

/** @type {Record<string, (settings: Record<string, string>) => Promise<Served>>} */
const platforms = {
  "wrangler dev": async (extra) => {
    const edge = await new EdgeProcess({ ORIGIN_URLS: origin.url, ...extra }).start();
    return { ask: (method, path, headers = {}, body) => exchange(method, edge.url + path, headers, body), remove: () => edge.remove() };
  },
  "raw workerd": async (extra) => {
    const edge = await new WorkerdProcess({ ORIGIN_URLS: origin.url, FRONTEND_URL: "https://account.example.com", ...extra }).start();
    const proxied = { "x-forwarded-proto": "https", "cf-connecting-ip": "192.0.2.1" };
    return { ask: (method, path, headers = {}, body) => edge.ask(method, path, { ...proxied, ...headers }, body), remove: () => edge.remove() };
  },
};

const json = { "content-type": "application/json" };
const page = { accept: "text/html" };
const cors = { origin: app, "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors" };

for (const [name, start] of Object.entries(platforms)) {
  describe(`on ${name}, recovery alone with a front end elsewhere`, () => {
    /** @type {Served} */
    let edge;
    before(async () => {
      edge = await start(settings);
    });
    after(() => edge?.remove());

    /** @param {Awaited<ReturnType<typeof exchange>>} answer */
    const seen = ({ status, headers, text }) => {
      const { date, "x-request-id": id, ...others } = headers;
      assert.ok(date && id);
      return { status, headers: others, text };
    };

    test("calls and pages of accounts are unknown paths", async () => {
      for (const path of ["/", "/login", "/register", "/account", "/docs", "/.well-known/change-password", "/api/users", "/api/users/login", "/api/users/me"]) {
        for (const headers of [{}, page, cors]) {
          for (const method of ["GET", "POST", "OPTIONS"]) {
            const [there, nowhere] = [await edge.ask(method, path, headers), await edge.ask(method, "/nowhere", headers)];
            assert.deepEqual(seen(there), seen(nowhere), `${method} ${path}`);
            assert.equal(there.status, 404);
          }
        }
      }
    });

    test("pages link to the application's log-in, and load what is there", async () => {
      for (const path of ["/forgot-password", "/reset-password", "/reset-password/cancel", "/nowhere"]) {
        const answer = await edge.ask("GET", path, page);
        const links = [...answer.text.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, link]) => link);
        const loaded = links.filter((link) => link.startsWith("/assets/"));
        for (const asset of loaded) assert.equal((await edge.ask("GET", asset)).status, 200, asset);
        const others = new Set(links.filter((link) => !link.startsWith("/assets/")));
        others.delete("/forgot-password");
        assert.deepEqual([...others], path === "/forgot-password" || path === "/reset-password" ? [login.replace("&", "&amp;")] : []);
        assert.doesNotMatch(answer.text, /\{\{[#^/]/);
      }
    });

    test("assets of other pages are unknown paths", async () => {
      const { assets } = await importSite();
      const hidden = Object.keys(assets).filter((path) => /^\/assets\/(login|register|account|docs)/.test(path));
      assert.ok(hidden.length >= 6, hidden.join(" "));
      for (const path of hidden) assert.deepEqual(seen(await edge.ask("GET", path)), seen(await edge.ask("GET", "/assets/nothing.js")), path);
    });

    test("the OpenAPI document and the password policy are those of the settings", async () => {
      const { paths } = (await edge.ask("GET", "/openapi.json")).json;
      assert.deepEqual(Object.keys(paths).sort(), ["/api/password-policy", "/api/users/forgot-password", "/api/users/recovery/check", "/api/users/reset-password",
        "/api/users/reset-password/cancel", "/auth/forgot-password", "/auth/reset-password", "/healthz"]);
      const policy = await edge.ask("GET", "/api/password-policy");
      assert.equal(policy.headers["cache-control"], "public, max-age=3600");
      assert.deepEqual([policy.json.min_length, policy.json.max_length, policy.json.max_bytes], [12, 256, 72]);
    });

    test("a page of the allowed origin asks for a link by a preflight and a call, and reads both", async () => {
      const preflight = await edge.ask("OPTIONS", "/api/users/forgot-password", { ...cors, "access-control-request-method": "POST", "access-control-request-headers": "content-type" });
      assert.equal(preflight.status, 204);
      assert.equal(preflight.headers["access-control-allow-origin"], app);
      assert.equal(preflight.headers["access-control-allow-methods"], "POST, OPTIONS");
      assert.match(String(preflight.headers["access-control-allow-headers"]), /\bcontent-type\b/);
      const call = await edge.ask("POST", "/api/users/forgot-password", { ...cors, ...json }, '{"email":"ada@example.com"}');
      assert.deepEqual([call.status, call.headers["access-control-allow-origin"], call.headers.vary], [202, app, "Accept-Language, Origin"]);
      assert.equal(call.headers["access-control-allow-credentials"], undefined);
    });

    test("a page of any other origin is refused, and reads nothing", async () => {
      const before = origin.calls.length;
      for (const other of ["null", `${app}/`, `${app}:443`, `${app}:8443`, "https://APP.example.com", `${app}.evil.test`, "https://evil.test", `${app}, ${app}`]) {
        const call = await edge.ask("POST", "/api/users/forgot-password", { ...json, origin: other }, '{"email":"ada@example.com"}');
        const preflight = await edge.ask("OPTIONS", "/api/users/forgot-password", { origin: other, "access-control-request-method": "POST" });
        for (const answer of [call, preflight]) {
          assert.equal(answer.status, 403, other);
          assert.deepEqual(Object.keys(answer.headers).filter((header) => header.startsWith("access-control")), [], other);
        }
      }
      assert.equal(origin.calls.length, before);
    });
  });

  describe(`on ${name}, with RECOVERY=off`, () => {
    /** @type {Served} */
    let edge;
    before(async () => {
      edge = await start({ RECOVERY: "off" });
    });
    after(() => edge?.remove());

    test("every address and link gets the same answer", async () => {
      const before = origin.calls.length;
      const answers = [];
      for (const email of ["ada@example.com", "nobody@example.com", "none"]) {
        answers.push(await edge.ask("POST", "/api/users/forgot-password", json, JSON.stringify({ email })));
      }
      for (const token of [mintToken(), "forged"]) answers.push(await edge.ask("POST", "/auth/reset-password", json, JSON.stringify({ token, password: "correct horse battery" })));
      assert.deepEqual(new Set(answers.map(({ status, json: { type } }) => `${status} ${type}`)), new Set(["403 urn:rekey:problem:recovery-off"]));
      assert.equal(origin.calls.length, before);
      assert.equal((await edge.ask("POST", "/api/users/reset-password/cancel", json, JSON.stringify({ token: mintToken(), email: "ada@example.com" }))).status, 204);
    });

    test("the pages say so, and log-in goes on", async () => {
      for (const path of ["/forgot-password", "/reset-password"]) assert.match((await edge.ask("GET", path)).text, /<div id="off">/, path);
      assert.equal((await edge.ask("POST", "/api/users/login", json, '{"email":"ada@example.com","password":"x"}')).status, 204);
    });
  });
}
