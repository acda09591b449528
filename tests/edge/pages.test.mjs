// Pages, assets and documents as the edge serves them, and the headers that every answer carries.
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { mintToken } from "./keys.mjs";
import { NodeEdge } from "./node_edge.mjs";

const edge = new NodeEdge({ AUTH_PREFIX: "/auth" });
const publicEdge = new NodeEdge({ FRONTEND_URL: "https://rekey.example" });

const pages = {
  "/": "start",
  "/login": "login",
  "/register": "register",
  "/forgot-password": "forgot-password",
  "/reset-password": "reset-password",
  "/reset-password/cancel": "cancel",
  "/account": "account",
  "/docs": "docs",
};

describe("pages", () => {
  for (const [path, name] of Object.entries(pages)) {
    test(`${path} shows ${name}, to GET and HEAD alike`, async () => {
      const response = await edge.fetch(path);
      assert.equal(response.status, 200);
      assert.equal(await response.text(), `page ${name} in en`);
      const head = await edge.fetch(path, { method: "HEAD" });
      assert.equal(await head.text(), "");
      assert.equal(head.headers.get("content-length"), String(`page ${name} in en`.length));
      const plain = (/** @type {Response} */ r) => [...r.headers].filter(([key]) => !["content-length", "date", "x-request-id"].includes(key));
      assert.deepEqual(plain(head), plain(response));
    });
  }

  test("are in the reader's language", async () => {
    const spoken = { "de-AT,de;q=0.9,en;q=0.5": "de", "fr, en": "en", "": "en", "de;q=0, en": "en", "\u00ff": "en" };
    for (const [accept, language] of Object.entries(spoken)) {
      const response = await edge.fetch("/login", { headers: { "accept-language": accept } });
      assert.equal(await response.text(), `page login in ${language}`, accept);
      assert.equal(response.headers.get("content-language"), language);
      assert.equal(response.headers.get("vary"), "Accept-Language");
    }
  });

  test("accept a query string and show none of it [H05, H07]", async () => {
    const response = await edge.fetch("/login?next=<script>alert(1)</script>");
    assert.equal(response.status, 200);
    assert.equal(await response.text(), "page login in en");
    assert.ok(!JSON.stringify([...response.headers]).includes("script>"));
  });

  for (const path of ["/reset-password", "/reset-password/cancel"]) {
    test(`${path} redirects a request with a query string to itself without it, and repeats none of it [H05, H07]`, async () => {
      const token = mintToken();
      for (const query of [`?token=${token}`, `?utm_source=mail&token=${token}`, `?%74oken=${token}`, `?TOKEN=${token}&token=${token}#token=${token}`]) {
        for (const method of ["GET", "HEAD"]) {
          const response = await edge.fetch(path + query, { method });
          assert.equal(response.status, 303, query);
          assert.equal(response.headers.get("location"), path);
          assert.equal(response.headers.get("cache-control"), "no-store");
          assert.equal(response.headers.get("referrer-policy"), "no-referrer");
          assert.ok(!(JSON.stringify([...response.headers]) + (await response.text())).includes(token));
        }
      }
      assert.equal((await edge.fetch(`${path}#token=${token}`)).status, 200);
      assert.equal((await edge.fetch(`${path}?token=${token}`, { method: "POST" })).status, 405);
      assert.ok(!JSON.stringify(edge.events).includes(token));
    });
  }

  test("that do not exist are 404, as a page for browsers and a problem document for others", async () => {
    const browser = await edge.fetch("/nowhere", { headers: { accept: "text/html,*/*" } });
    assert.equal(browser.status, 404);
    assert.equal(await browser.text(), "page not-found in en");
    const head = await edge.fetch("/nowhere", { method: "HEAD", headers: { accept: "text/html,*/*" } });
    const ofAnswer = (/** @type {Response} */ r) => [...r.headers].filter(([key]) => !["content-length", "date", "x-request-id"].includes(key));
    assert.deepEqual([head.status, ofAnswer(head)], [404, ofAnswer(browser)]);
    const other = await edge.fetch("/nowhere");
    assert.equal(other.status, 404);
    assert.equal(other.headers.get("content-type"), "application/problem+json");
    for (const path of ["/reset-password/x.css", "/reset-password;.js", "/reset-password%2f.css"]) { // H10
      const response = await edge.fetch(path, { headers: { accept: "text/html" } });
      assert.equal(response.status, 404, path);
      assert.equal(response.headers.get("cache-control"), "no-store");
    }
  });

  test("/.well-known/change-password redirects to the account", async () => {
    const response = await edge.fetch("/.well-known/change-password");
    assert.equal(response.status, 302);
    assert.equal(response.headers.get("location"), "/account");
  });
});

describe("assets", () => {
  test("may be cached for ever", async () => {
    const response = await edge.fetch("/assets/pages.0123abcd.css");
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("cache-control"), "public, max-age=31536000, immutable");
    assert.equal(response.headers.get("content-type"), "text/css; charset=utf-8");
    assert.equal(await response.text(), "body{}");
  });

  for (const base of ["http://localhost:8787", "https://rekey.example"]) {
    test(`may be shown by other sites if they are PNG, as the logo in a mail is, over ${base.split(":")[0]} [H16]`, async () => {
      const readers = { "logo.0123abcd.png": "cross-origin", "logo.0123abcd.svg": "same-origin", "pages.0123abcd.css": "same-origin" };
      for (const [name, policy] of Object.entries(readers)) {
        const { headers } = await publicEdge.fetch(`/assets/${name}`, { base });
        assert.equal(headers.get("cross-origin-resource-policy"), policy, name);
        assert.equal(headers.has("strict-transport-security"), base.startsWith("https:"));
      }
    });
  }

  test("have a policy that allows nothing but the styles within an SVG, which Firefox refuses otherwise", async () => {
    const policies = {
      "logo.0123abcd.svg": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox",
      "logo.0123abcd.png": "default-src 'none'; frame-ancestors 'none'",
      "pages.0123abcd.css": "default-src 'none'; frame-ancestors 'none'",
    };
    for (const [name, policy] of Object.entries(policies)) {
      assert.equal((await edge.fetch(`/assets/${name}`)).headers.get("content-security-policy"), policy, name);
    }
  });

  test("of another build, or none, are 404 and not cached", async () => {
    for (const path of ["/assets/pages.ffffffff.css", "/assets/", "/assets/../login.js", "/assets/constructor"]) {
      const response = await edge.fetch(path);
      assert.equal(response.status, 404, path);
      assert.equal(response.headers.get("cache-control"), "no-store");
    }
  });
});

describe("every answer", () => {
  const paths = ["/", "/docs", "/nowhere", "/openapi.json", "/assets/pages.0123abcd.css", "/api/users/me", "/api/users", "/.well-known/change-password"];

  for (const path of paths) {
    test(`${path} carries the security headers [H02, H16, H17]`, async () => {
      const response = await publicEdge.fetch(path, { base: "https://rekey.example" });
      const header = (/** @type {string} */ name) => response.headers.get(name) ?? "";
      assert.match(header("x-request-id"), /^[\w-]{22}$/);
      assert.equal(header("x-content-type-options"), "nosniff");
      assert.equal(header("referrer-policy"), "no-referrer");
      assert.equal(header("cross-origin-opener-policy"), "same-origin");
      assert.equal(header("cross-origin-resource-policy"), "same-origin");
      assert.match(header("permissions-policy"), /^(\w[\w-]*=\(\)(, |$))+$/);
      assert.equal(header("strict-transport-security"), "max-age=31536000");
      assert.match(header("content-security-policy"), /default-src 'none'.*frame-ancestors 'none'/);
      assert.ok(!/unsafe-inline|unsafe-eval'(?<!wasm-unsafe-eval')/.test(header("content-security-policy")));
      for (const name of ["server", "x-powered-by", "access-control-allow-origin"]) assert.equal(header(name), "", name);
      if (!path.startsWith("/assets/")) assert.equal(header("cache-control"), "no-store");
    });
  }

  test("has a Date, for HEAD as for GET, whatever its status [RFC 9110, 6.6.1]", async () => {
    for (const path of [...paths, "/healthz"]) {
      for (const method of ["GET", "HEAD", "POST", "OPTIONS"]) {
        const before = Math.floor(Date.now() / 1000) * 1000;
        const date = String((await publicEdge.fetch(path, { base: "https://rekey.example", method })).headers.get("date"));
        assert.match(date, /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/, `${method} ${path}`);
        assert.ok(Date.parse(date) >= before && Date.parse(date) <= Date.now(), date);
      }
    }
  });

  test("holds browsers to https for as long as the operator says, and for subdomains only if the operator says so", async () => {
    const told = async (/** @type {Record<string, unknown>} */ settings) =>
      (await new NodeEdge({ FRONTEND_URL: "https://rekey.example", ...settings }).fetch("/", { base: "https://rekey.example" })).headers.get("strict-transport-security");
    assert.equal(await told({ HSTS_MAX_AGE: "300" }), "max-age=300");
    assert.equal(await told({ HSTS_MAX_AGE: "0" }), "max-age=0");
    assert.equal(await told({ HSTS_MAX_AGE: 0 }), "max-age=0");
    assert.equal(await told({ HSTS_INCLUDE_SUBDOMAINS: "yes" }), "max-age=31536000; includeSubDomains");
    assert.equal(await told({ HSTS_MAX_AGE: "63072000", HSTS_INCLUDE_SUBDOMAINS: "no" }), "max-age=63072000");
  });

  test("over http to this machine does not mention https", async () => {
    assert.equal((await edge.fetch("/")).headers.get("strict-transport-security"), null);
  });
});

describe("http [H19]", () => {
  test("to another machine is refused by the API and redirected to https by pages", async () => {
    const base = "http://rekey.example";
    const call = await publicEdge.fetch("/api/users/forgot-password", { base, method: "POST" });
    assert.equal(call.status, 403);
    assert.equal((/** @type {any} */ (await call.json())).type, "urn:rekey:problem:https-required");
    const page = await publicEdge.fetch("/login?next=x", { base });
    assert.equal(page.status, 308);
    assert.equal(page.headers.get("location"), "https://rekey.example/login");
  });

  test("is redirected to FRONTEND_URL, not to the Host field", async () => {
    const page = await publicEdge.fetch("/login", { base: "http://evil.test" });
    assert.equal(page.headers.get("location"), "https://rekey.example/login");
    assert.equal((await edge.fetch("/login", { base: "http://evil.test" })).status, 403);
  });

  test("to this machine is served", async () => {
    for (const base of ["http://localhost:1", "http://127.0.0.1:1", "http://127.8.9.10", "http://[::1]:1", "http://rekey.localhost"]) {
      assert.equal((await edge.fetch("/login", { base })).status, 200, base);
    }
    for (const base of ["http://127.0.0.1.evil.test", "http://localhost.evil.test", "http://notlocalhost", "http://128.0.0.1"]) {
      assert.equal((await edge.fetch("/login", { base })).status, 403, base);
    }
  });
});
