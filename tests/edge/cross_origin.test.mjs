// ALLOWED_ORIGINS: pages of the listed origins may call the API and read its answers. For all others nothing changes.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";

import { importSite } from "../pages/built_site.mjs";
import { mintSession, mintToken } from "./keys.mjs";
import { NodeEdge } from "./node_edge.mjs";
import { StubOrigin } from "./stub_origin.mjs";

const [app, local] = ["https://app.example.com", "http://localhost:3000"];
const origin = new StubOrigin();
/** @type {NodeEdge} */
let open;
/** @type {NodeEdge} */
let shut;
before(async () => {
  await origin.start();
  open = new NodeEdge({ ORIGIN_URLS: origin.url, ALLOWED_ORIGINS: `${app}, ${local}` });
  shut = new NodeEdge({ ORIGIN_URLS: origin.url });
});
afterEach(() => origin.reset());
after(() => origin.stop());

const forgot = "/api/users/forgot-password";
const password = "correct horse battery staple";
const bearer = { authorization: `Bearer ${mintSession()}` };
const browser = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty" };

/** Without the language, which is none of CORS. @param {string} vary */
const withoutLanguage = (vary) => vary.split(", ").filter((name) => name !== "Accept-Language").join(", ");

/** @param {Response} response @returns {Record<string, string>} its headers of CORS, and Vary */
const shared = (response) => Object.fromEntries([...response.headers].filter(([name]) => name === "vary" || name.startsWith("access-control-"))
  .map(([name, value]) => [name, name === "vary" ? withoutLanguage(value) : value]).filter(([, value]) => value));

/** @param {Response} response */
async function seen(response) {
  const headers = [...response.headers].filter(([name]) => name !== "date" && name !== "x-request-id");
  return { status: response.status, headers, body: await response.text() };
}

const readable = {
  vary: "Origin",
  "access-control-allow-origin": app,
  "access-control-expose-headers": "www-authenticate, retry-after, ratelimit, ratelimit-policy, x-request-id",
};
const withCookie = { ...readable, "access-control-allow-credentials": "true" };

/** Each call, by a page of `from`. @param {NodeEdge} edge @param {Record<string, string>} from @returns {[string, () => Promise<Response>][]} */
const calls = (edge, from) => [
  ["POST /api/users", () => edge.send("/api/users", { username: "ada", email: "ada@example.com", password }, from)],
  ["POST /api/users/token", () => edge.sendForm("/api/users/token", { username: "ada@example.com", password }, from)],
  ["POST /api/users/token/renew", () => edge.fetch("/api/users/token/renew", { method: "POST", headers: { ...bearer, ...from } })],
  ["POST /api/users/login", () => edge.send("/api/users/login", { email: "ada@example.com", password }, from)],
  ["POST /api/users/logout", () => edge.fetch("/api/users/logout", { method: "POST", headers: { ...bearer, ...from } })],
  ["GET /api/users/me", () => edge.fetch("/api/users/me", { headers: { ...bearer, ...from } })],
  ["PATCH /api/users/me/password", () => edge.send("/api/users/me/password", { current_password: "x", new_password: password }, { ...bearer, ...from }, "PATCH")],
  ["GET /api/users/me/sessions", () => edge.fetch("/api/users/me/sessions", { headers: { ...bearer, ...from } })],
  ["DELETE /api/users/me/sessions", () => edge.fetch("/api/users/me/sessions", { method: "DELETE", headers: { ...bearer, ...from } })],
  [`POST ${forgot}`, () => edge.send(forgot, { email: "ada@example.com" }, from)],
  ["POST /api/users/reset-password", () => edge.send("/api/users/reset-password", { token: mintToken(), new_password: password }, from)],
  ["POST /api/users/reset-password/cancel", () => edge.send("/api/users/reset-password/cancel", { token: mintToken(), email: "ada@example.com" }, from)],
  ["POST /auth/forgot-password", () => edge.send("/auth/forgot-password", { email: "ada@example.com" }, from)],
  ["POST /auth/reset-password", () => edge.send("/auth/reset-password", { token: mintToken(), password }, from)],
  ["GET /healthz", () => edge.fetch("/healthz", { headers: from })],
  ["GET /openapi.json", () => edge.fetch("/openapi.json", { headers: from })],
  ["GET /api/password-policy", () => edge.fetch("/api/password-policy", { headers: from })],
];
const ofSession = /login|logout|\/me/;
/** Caches keep the password policy, so it names Origin before there is a list: later it must not be read from a cache. @param {string} name */
const ofShut = (name) => (name.endsWith("/password-policy") ? { vary: "Origin" } : {});

describe("a page of an allowed origin", () => {
  test("S34: may make every call and read its answer; with the cookie only those that use it", async () => {
    for (const [name, call] of calls(open, { ...browser, origin: app })) {
      const response = await call();
      assert.ok(response.status < 300, `${name}: ${response.status}`);
      assert.deepEqual(shared(response), ofSession.test(name) ? withCookie : readable, name);
    }
  });

  test("may be any of the list, on another site or this one", async () => {
    for (const site of ["cross-site", "same-site"]) {
      const response = await open.send(forgot, { email: "ada@example.com" }, { "sec-fetch-site": site, origin: local });
      assert.deepEqual([response.status, response.headers.get("access-control-allow-origin")], [202, local]);
    }
  });

  test("may read refusals, too, with their Retry-After", async () => {
    const limited = new NodeEdge({ ORIGIN_URLS: origin.url, ALLOWED_ORIGINS: app, LIMIT_FORGOT_PER_CLIENT: "1/60" });
    const send = (/** @type {unknown} */ body) => limited.send(forgot, body, { ...browser, origin: app });
    const statuses = [];
    for (const body of ["{", {}, { email: "ada@example.com" }, { email: "ada@example.com" }]) {
      const response = await send(body);
      statuses.push(response.status);
      assert.deepEqual(shared(response), readable);
    }
    assert.deepEqual(statuses, [400, 422, 202, 429]);
    const wrongMethod = await open.fetch(forgot, { headers: { ...browser, origin: app } });
    assert.deepEqual([wrongMethod.status, shared(wrongMethod)], [405, readable]);
    origin.answer = () => ({ status: 503, body: {} });
    const unavailable = await open.send(forgot, { email: "ada@example.com" }, { ...browser, origin: app });
    assert.deepEqual([unavailable.status, shared(unavailable)], [503, readable]);
  });

  test("gets by a preflight the path's methods, and the headers that calls need", async () => {
    for (const [path, methods] of [[forgot, "POST, OPTIONS"], ["/api/users/me", "GET, HEAD, OPTIONS"], ["/api/users/me/password", "PATCH, OPTIONS"], ["/auth/reset-password", "POST, OPTIONS"],
      ["/healthz", "GET, HEAD, OPTIONS"], ["/openapi.json", "GET, HEAD, OPTIONS"], ["/api/password-policy", "GET, HEAD, OPTIONS"]]) {
      const asked = { ...browser, origin: app, "access-control-request-method": "POST", "access-control-request-headers": "content-type" };
      const response = await open.fetch(path, { method: "OPTIONS", headers: asked });
      assert.equal(response.status, 204);
      assert.equal(response.headers.get("allow"), methods);
      assert.deepEqual(shared(response), {
        ...(ofSession.test(path) ? withCookie : readable),
        "access-control-allow-methods": methods,
        "access-control-allow-headers": "authorization, content-type, idempotency-key",
        "access-control-max-age": "7200",
      });
    }
    assert.equal(origin.calls.length, 0);
  });

  test("hears with FEATURES=recovery of no header that only sessions need", async () => {
    const recovery = new NodeEdge({ ORIGIN_URLS: origin.url, FEATURES: "recovery", ALLOWED_ORIGINS: app });
    const exposed = { ...readable, "access-control-expose-headers": "retry-after, ratelimit, ratelimit-policy, x-request-id" };
    assert.deepEqual(shared(await recovery.send(forgot, { email: "ada@example.com" }, { ...browser, origin: app })), exposed);
    const preflight = await recovery.fetch(forgot, { method: "OPTIONS", headers: { ...browser, origin: app } });
    assert.deepEqual(shared(preflight), { ...exposed, "access-control-allow-methods": "POST, OPTIONS", "access-control-allow-headers": "content-type, idempotency-key", "access-control-max-age": "7200" });
  });

  test("gets nothing of it from pages, assets and unknown paths", async () => {
    for (const path of ["/forgot-password", "/login", "/assets/pages.0123abcd.css", "/nowhere", "/api", "/api/users/", "/metrics"]) {
      for (const method of ["GET", "OPTIONS"]) {
        const [here, there] = [await open.fetch(path, { method, headers: { ...browser, origin: app } }), await shut.fetch(path, { method, headers: { ...browser, origin: app } })];
        assert.deepEqual(await seen(here), await seen(there), `${method} ${path}`);
      }
    }
  });

  test("of a call that FEATURES leaves out sees an unknown path", async () => {
    const recovery = new NodeEdge({ FEATURES: "recovery", ALLOWED_ORIGINS: app });
    for (const method of ["POST", "OPTIONS"]) {
      const of = async (/** @type {string} */ path) => seen(await recovery.fetch(path, { method, headers: { ...browser, origin: app } }));
      assert.deepEqual(await of("/api/users/login"), await of("/nowhere"));
      assert.deepEqual((await of("/api/users/login")).status, 404);
    }
  });
});

const strangers = {
  "with a slash at the end": `${app}/`,
  "on another port": `${app}:8443`,
  "on its own port, which no browser names": `${app}:443`,
  "over http": "http://app.example.com",
  "in upper case": "https://APP.example.com",
  "that is null": "null",
  "that ends like it": "https://evil-app.example.com",
  "that begins like it": `${app}.evil.test`,
  "below it": "https://a.app.example.com",
  "above it": "https://example.com",
  "twice": `${app}, ${app}`,
  "and another one": `${app} https://evil.test`,
  "that is the whole list": `${app}, ${local}`,
  "with a user": "https://x@app.example.com",
  "with a path": `${app}/x`,
  "with another letter": "https://app.example.co",
  "of the other one's port": "http://localhost:3001",
  "with a dot at the end": "https://app.example.com.",
};

describe("S35: a page of an origin", () => {
  for (const [what, from] of Object.entries(strangers)) {
    test(`${what} is refused as ever, and reads nothing`, async () => {
      const headers = { ...browser, origin: from };
      for (const [name, call] of calls(open, headers)) {
        const [, other] = /** @type {[string, () => Promise<Response>]} */ (calls(shut, headers).find(([each]) => each === name));
        const [here, there] = [await call(), await other()];
        assert.equal(here.status, name.startsWith("GET") ? 200 : 403, name);
        assert.equal(here.status, there.status);
        assert.deepEqual(shared(here), { vary: "Origin" });
        assert.deepEqual(shared(there), ofShut(name));
      }
      const preflight = { ...headers, "access-control-request-method": "POST" };
      const [here, there] = [await open.fetch(forgot, { method: "OPTIONS", headers: preflight }), await shut.fetch(forgot, { method: "OPTIONS", headers: preflight })];
      assert.deepEqual([here.status, there.status, shared(here)], [403, 403, { vary: "Origin" }]);
    });
  }

  test("is allowed by Origin alone, never by another header", async () => {
    const disguised = { "sec-fetch-site": "cross-site", referer: `${app}/`, host: "app.example.com", "x-forwarded-host": "app.example.com" };
    assert.equal((await open.send(forgot, {}, disguised)).status, 403);
  });
});

describe("without ALLOWED_ORIGINS", () => {
  test("no answer has a header of CORS, and calls from elsewhere are refused", async () => {
    for (const [name, call] of calls(shut, { ...browser, origin: app })) {
      const response = await call();
      assert.equal(response.status, name.startsWith("GET") ? 200 : 403, name);
      assert.deepEqual(shared(response), ofShut(name), name);
    }
  });
});

test("a caller without Origin, or of our own pages, is served as ever; a cache is told of Origin all the same", async () => {
  for (const headers of /** @type {Record<string, string>[]} */ ([{}, { origin: "http://localhost:8787", "sec-fetch-site": "same-origin" }])) {
    for (const [name, call] of calls(open, headers)) {
      const response = await call();
      assert.ok(response.status < 300, name);
      assert.deepEqual(shared(response), { vary: "Origin" }, name);
    }
  }
});

describe("GET /api/password-policy", () => {
  test("may be kept for an hour by any cache, and needs neither limiter nor origin", async () => {
    const response = await shut.fetch("/api/password-policy");
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("cache-control"), "public, max-age=3600");
    assert.equal(response.headers.get("content-type"), "application/json");
    assert.equal(response.headers.get("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
    const text = await response.text();
    assert.deepEqual([origin.calls.length, JSON.parse(text)], [0, { min: 8, bytes: "" }]);
    const head = await shut.fetch("/api/password-policy", { method: "HEAD" });
    assert.deepEqual([head.status, head.headers.get("content-length"), await head.text()], [200, String(text.length), ""]);
  });

  test("S33: names Origin to caches with ALLOWED_ORIGINS and without: what was kept before the setting is not read after it", async () => {
    for (const edge of [open, shut]) assert.equal((await edge.fetch("/api/password-policy")).headers.get("vary"), "Origin");
  });

  test("has each word that refuses a new password at the edge", async () => {
    const { password_policy } = await importSite();
    const listed = new Set([...password_policy.matchAll(/"reason": "([a-z_]+)"/g)].map(([, word]) => word));
    const edge = new NodeEdge({ ORIGIN_URLS: origin.url, PASSWORD_FORMAT: "bcrypt-2b", PRODUCT_NAME: "Seven Lemons" });
    const refused = ["short", "x".repeat(257), "seven lemons ".repeat(6), "seven\tlemons", "seven\u0085lemons", "password", "seven lemons"];
    const reasons = [];
    for (const new_password of refused) {
      const response = await edge.send("/api/users/reset-password", { token: mintToken(), new_password });
      reasons.push((/** @type {any} */ (await response.json())).errors[0].reason);
    }
    assert.deepEqual(reasons, ["too_short", "too_long", "too_many_bytes", "control_character", "control_character", "common", "personal"]);
    assert.deepEqual(new Set(reasons), listed);
  });

  test("is there with FEATURES=recovery and RECOVERY=off, too", async () => {
    assert.equal((await new NodeEdge({ FEATURES: "recovery", RECOVERY: "off" }).fetch("/api/password-policy")).status, 200);
  });

  test("has no other method, and is not another path", async () => {
    assert.equal((await shut.fetch("/api/password-policy", { method: "POST" })).status, 405);
    for (const path of ["/api/password-policy/", "/API/password-policy", "/password-policy"]) assert.equal((await shut.fetch(path)).status, 404, path);
  });
});

test("the edge refuses a password by the bytes that the format cuts, as far as it can judge", async () => {
  const edge = new NodeEdge({ ORIGIN_URLS: origin.url, PASSWORD_FORMAT: "bcrypt-2y" });
  const reset = (/** @type {string} */ text) => edge.send("/api/users/reset-password", { token: mintToken(), new_password: text });
  const reason = async (/** @type {Response} */ response) => (/** @type {any} */ (await response.json())).errors[0].reason;
  assert.equal((await reset("seven lemons ".repeat(5) + "1234567")).status, 200); // 72
  assert.equal(await reason(await reset("seven lemons ".repeat(5) + "12345678")), "too_many_bytes");
  assert.equal(await reason(await reset("\u00e9".repeat(37))), "too_many_bytes");
  assert.equal(origin.calls.length, 1);
  assert.equal((await reset("e\u0301".repeat(30))).status, 200); // 90 bytes as typed, 60 in NFC: the origin judges
});
