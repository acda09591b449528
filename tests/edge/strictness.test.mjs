// Requests that are refused without a call to the origin. Rows S01 to S32 of tests/attacks.md.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";

import { mintSession } from "./keys.mjs";
import { NodeEdge } from "./node_edge.mjs";
import { StubOrigin } from "./stub_origin.mjs";

const origin = new StubOrigin();
/** @type {NodeEdge} */
let edge;
before(async () => {
  await origin.start();
  edge = new NodeEdge({ ORIGIN_URLS: origin.url });
});
afterEach(() => {
  assert.equal(origin.calls.length, 0, "the origin was called");
  origin.reset();
});
after(() => origin.stop());

const forgot = "/api/users/forgot-password";

/** @param {Record<string, number>} bodies */
function refuses(bodies) {
  for (const [body, status] of Object.entries(bodies)) {
    test(JSON.stringify(body.slice(0, 60)), async () => {
      const response = await edge.send(forgot, body);
      assert.equal(response.status, status);
      assert.equal(edge.events.at(-1)?.event, "shape.refused");
    });
  }
}

describe("a body that is not a JSON document is unreadable [S02, S14, S17, S19]", () => {
  refuses({
    "": 400, // S02
    "   ": 400,
    "\ufeff{\"email\":\"a@example.test\"}": 400, // S14
    "{\"email\":\"a@example.test\"}x": 400,
    "{\"email\":\"a@example.test\"}{}": 400,
    "{\"email\":\"a@example.test\"/*c*/}": 400,
    "{\"email\":\"a@example.test\",}": 400,
    "{'email':'a@example.test'}": 400,
    "{\"email\":\"a\nb@example.test\"}": 400, // S19: raw control characters
    "{\"email\":\"a\u0000b@example.test\"}": 400,
    "{\"email\":\"\\ud800@example.test\"}": 400,
    "{\"email\":NaN}": 400,
    [`{"email":${"[".repeat(33)}${"]".repeat(33)}}`]: 400, // S17
  });

  test("UTF-16 and broken UTF-8", async () => {
    const bodies = [Buffer.from('{"email":"a@example.test"}', "utf16le"), Buffer.from('{"email":"\xc3\x28@example.test"}', "latin1")];
    for (const body of bodies) {
      const response = await edge.fetch(forgot, { method: "POST", headers: { "content-type": "application/json" }, body });
      assert.equal(response.status, 400);
    }
  });
});

describe("JSON of another shape is unprocessable [S05, S07, S08, S10, S11, S13, S20, U10, U11, U13, U14, U16, U17]", () => {
  refuses({
    null: 422,
    '"x"': 422,
    "[]": 422,
    "1": 422,
    "{}": 422,
    '{"email":1}': 422, // S05
    '{"email":true}': 422,
    '{"email":null}': 422,
    '{"email":{}}': 422,
    '{"email":-0}': 422,
    '{"Email":"a@example.test"}': 422, // S07
    '{"email":["v@x.test","e@x.test"]}': 422, // S08
    '{"email":"v@x.test","email":"e@x.test"}': 422, // S10
    '{"email":"v@x.test","\\u0065mail":"e@x.test"}': 422, // S11
    '{"email":"v@x.test","user_id":1}': 422, // S13
    '{"email":"v@x.test","__proto__":{}}': 422,
    '{"email":"v@x.test\\u0000e"}': 422, // S20
    '{"email":"v@x.test\\r\\nBcc: e@x.test"}': 422, // U13
    '{"email":"v@x.test>\\r\\nRCPT TO:<e@x.test"}': 422, // U14
    '{"email":""}': 422,
    '{"email":" a@x.test"}': 422, // U10
    '{"email":"\\"a b\\"@x.test"}': 422, // U11
    '{"email":"a(c)@x.test"}': 422,
    '{"email":"<v@x.test>"}': 422,
    '{"email":"a@localhost"}': 422, // U17
    '{"email":"a@[127.0.0.1]"}': 422,
    '{"email":"a@x..test"}': 422,
    '{"email":"a@@x.test"}': 422,
    [JSON.stringify({ email: `${"a".repeat(65)}@x.test` })]: 422, // U16
    [JSON.stringify({ email: `a@${"b".repeat(60)}.${"c".repeat(54)}.test` })]: 422, // 121 characters
  });

  test("errors hold a pointer, a sentence and a reason", async () => {
    const response = await edge.send(forgot, { email: "a@x.test", "a/b~c": 1 });
    const { errors } = /** @type {any} */ (await response.json());
    assert.equal(errors.length, 1);
    assert.deepEqual(Object.keys(errors[0]).sort(), ["detail", "pointer", "reason"]);
    assert.equal(errors[0].pointer, "/a~1b~0c");
    assert.equal(errors[0].reason, "unknown");
  });
});

describe("the body's size and media type", () => {
  test("8 KiB are read, one more byte is 413 [S17, P05]", async () => {
    const body = (/** @type {number} */ size) => `{"email":"${"a".repeat(size - 12)}"}`;
    assert.equal((await edge.send(forgot, body(8192))).status, 422);
    assert.equal((await edge.send(forgot, body(8193))).status, 413);
    assert.equal((await edge.send(forgot, body(1 << 20))).status, 413);
  });

  test("a stream is cut off where it exceeds 8 KiB, whatever length it announced", async () => {
    let sent = 0;
    const endless = new ReadableStream({
      pull(controller) {
        sent += 1024;
        controller.enqueue(new Uint8Array(1024).fill(32));
      },
    });
    const response = await edge.fetch(forgot, { method: "POST", headers: { "content-type": "application/json" }, body: endless });
    assert.equal(response.status, 413);
    assert.ok(sent < 32 * 1024, `${sent} bytes were read`);
  });

  test("only application/json in UTF-8 is read [H13]", async () => {
    const body = '{"email":"nobody"}';
    for (const type of ["application/json", "Application/JSON; charset=UTF-8", 'application/json;charset="utf-8"']) {
      assert.equal((await edge.send(forgot, body, { "content-type": type })).status, 422, type);
    }
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "application/json; charset=utf-16", "multipart/form-data", "application/json, text/plain"]) {
      assert.equal((await edge.send(forgot, body, { "content-type": type })).status, 415, type);
    }
    const none = await edge.fetch(forgot, { method: "POST", body: new Uint8Array([123, 125]) });
    assert.equal(none.status, 415);
  });

  test("no content coding is decoded [S22]", async () => {
    for (const coding of ["gzip", "br", "deflate", "identity", "identity, gzip"]) {
      assert.equal((await edge.send(forgot, "{}", { "content-encoding": coding })).status, 415, coding);
    }
  });
});

describe("the request's head", () => {
  test("a query string on a call is 400 [S23]", async () => {
    for (const query of ["?email=a@x.test", "?"]) assert.equal((await edge.send(forgot + query, "{}")).status, 400, query);
  });

  test("paths match byte for byte", async () => {
    const near = [`/${forgot}`, `${forgot}/`, "/api/users/%66orgot-password", "/API/users/forgot-password", "/api/users/forgot-password;x",
      "/api//users/forgot-password", "/reset-password/x.css", "/reset-password;.js", "/reset-password%2f.css", "/auth", "/internal/health"];
    for (const path of near) assert.equal((await edge.send(path, "{}")).status, 404, path);
  });

  test("another method is 405 with Allow", async () => {
    const allow = { [forgot]: "POST, OPTIONS", "/api/users/me": "GET, HEAD, OPTIONS", "/api/users/me/password": "PATCH, OPTIONS", "/login": "GET, HEAD, OPTIONS" };
    for (const [path, methods] of Object.entries(allow)) {
      const response = await edge.fetch(path, { method: "DELETE" });
      assert.equal(response.status, 405, path);
      assert.equal(response.headers.get("allow"), methods);
      assert.equal((await edge.fetch(path, { method: "OPTIONS" })).status, 204);
    }
  });

  test("a preflight from another site gets no permission [S25]", async () => {
    const response = await edge.fetch(forgot, { method: "OPTIONS", headers: { origin: "https://evil.test", "access-control-request-method": "POST" } });
    assert.equal(response.status, 403);
    assert.equal(response.headers.get("access-control-allow-origin"), null);
  });

  test("an upgrade to WebSocket is refused [S29]", async () => {
    for (const path of ["/", forgot]) assert.equal((await edge.fetch(path, { headers: { upgrade: "websocket" } })).status, 400);
  });

  test("a URL of 16 KB is 414, a header of 16 KB is 431 [S32]", async () => {
    assert.equal((await edge.fetch(`/login?${"x".repeat(16384)}`)).status, 414);
    assert.equal((await edge.fetch("/login", { headers: { cookie: "x".repeat(16384) } })).status, 431);
  });
});

describe("header fields", () => {
  /** @param {number} count @param {string} value */
  const fields = (count, value) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`x-field-${i}`, value]));

  test("are 64 at most; more are 431, whatever they hold [S32]", async () => {
    const own = 2; // content-type, and the client's address that every request here has
    const send = (/** @type {number} */ count, path = forgot) => edge.send(path, "{}", fields(count - own, "x"));
    assert.equal((await send(64)).status, 422);
    assert.equal((await send(65)).status, 431);
    assert.equal((await send(1000)).status, 431);
    assert.equal((await edge.fetch("/login", { headers: fields(64, "x") })).status, 431);
    const problem = /** @type {any} */ (await (await send(65)).json());
    assert.equal(problem.type, "urn:rekey:problem:header-too-large");
  });

  test("hold 32 KiB in all at most, names included", async () => {
    const send = (/** @type {number} */ size) => edge.send(forgot, "{}", fields(8, "x".repeat(size)));
    assert.equal((await send(4000)).status, 422);
    assert.equal((await send(4096)).status, 431);
    assert.equal((await edge.fetch("/login", { headers: fields(8, "x".repeat(4096)) })).status, 431);
  });

  test("may use these 32 KiB to the byte, each less than 8 KiB", async () => {
    const own = "cf-connecting-ip".length + "192.0.2.200".length;
    const names = 8 * "x-field-0".length;
    const filled = (/** @type {number} */ size) => edge.fetch("/login", { headers: { ...fields(8, "x".repeat(4000)), "x-rest": "x".repeat(size - own - names - 8 * 4000 - "x-rest".length) } });
    assert.equal((await filled(32 * 1024)).status, 200);
    assert.equal((await filled(32 * 1024 + 1)).status, 431);
    const cookie = (/** @type {number} */ size) => edge.fetch("/login", { headers: { cookie: "x".repeat(size) } });
    assert.equal((await cookie(8191)).status, 200);
    assert.equal((await cookie(8192)).status, 431);
  });
});

describe("calls from other sites", () => {
  const cases = [
    [{ "sec-fetch-site": "same-origin", origin: "http://localhost:8787" }, 422],
    [{ "sec-fetch-site": "none" }, 422],
    [{}, 422],
    [{ "sec-fetch-site": "cross-site" }, 403], // H14
    [{ "sec-fetch-site": "same-site" }, 403],
    [{ "sec-fetch-site": "cross-site", origin: "http://localhost:8787" }, 403],
    [{ origin: "https://evil.test" }, 403], // O23
    [{ origin: "null" }, 403],
    [{ origin: "http://localhost:8788" }, 403],
    [{ origin: "https://localhost:8787" }, 403],
    [{ origin: "http://localhost:8787.evil.test" }, 403],
    [{ origin: "HTTP://LOCALHOST:8787" }, 403],
  ];

  for (const [headers, status] of /** @type {[Record<string, string>, number][]} */ (cases)) {
    test(`${JSON.stringify(headers)} is ${status} [H14, O23]`, async () => {
      assert.equal((await edge.send(forgot, "{}", headers)).status, status);
    });
  }

  test("the front end's origin counts as the same site, also behind a proxy", async () => {
    const proxied = new NodeEdge({ ORIGIN_URLS: origin.url, FRONTEND_URL: "https://rekey.example" });
    assert.equal((await proxied.send(forgot, "{}", { origin: "https://rekey.example" })).status, 422);
    assert.equal((await proxied.send(forgot, "{}", { origin: "https://rekey.example:443" })).status, 422);
    assert.equal((await proxied.send(forgot, "{}", { origin: "https://rekey.example:444" })).status, 403);
  });

  test("every call that changes something checks its origin", async () => {
    const evil = { origin: "https://evil.test", authorization: `Bearer ${mintSession()}` };
    const calls = [["POST", "/api/users"], ["POST", "/api/users/token"], ["POST", "/api/users/login"], ["POST", "/api/users/logout"],
      ["PATCH", "/api/users/me/password"], ["POST", forgot], ["POST", "/api/users/reset-password"], ["POST", "/api/users/reset-password/cancel"],
      ["POST", "/auth/forgot-password"], ["POST", "/auth/reset-password"]];
    for (const [method, path] of calls) assert.equal((await edge.send(path, "{}", evil, method)).status, 403, path);
  });
});
