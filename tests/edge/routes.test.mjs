// Each route of the API: its call to the origin, and the answer for each of the origin's outcomes.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";

import { fingerprints } from "../system/origin_call.mjs";
import { hashOf, mintRecoveryId, mintSession, mintToken, printsOf, settings } from "./keys.mjs";
import { NodeEdge } from "./node_edge.mjs";
import { StubOrigin, user } from "./stub_origin.mjs";

const origin = new StubOrigin();
/** @type {NodeEdge} */
let edge;
before(async () => {
  await origin.start();
  edge = new NodeEdge({ ORIGIN_URLS: origin.url });
});
afterEach(() => {
  assert.deepEqual(origin.unverified, []);
  origin.reset();
});
after(() => origin.stop());

const token = mintToken();
const bearer = { authorization: `Bearer ${mintSession()}` };
const password = "correct horse battery staple";

/** @param {unknown} body */
const says = (body) => () => ({ body });

/** @param {Response} response @param {number} status @param {string} type */
async function isProblem(response, status, type) {
  assert.equal(response.status, status);
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  const body = /** @type {any} */ (await response.json());
  assert.equal(body.type, `urn:rekey:problem:${type}`);
  assert.equal(body.status, status);
  assert.ok(body.title && body.detail);
  return body;
}

describe("POST /api/users", () => {
  const body = { username: "ada", email: "ada@example.com", password };

  test("answers 201 with the account, and sends the origin exactly the fields", async () => {
    const response = await edge.send("/api/users", body);
    assert.equal(response.status, 201);
    assert.deepEqual(await response.json(), { id: user.id, username: "ada", email: "ada@example.com" });
    assert.equal(origin.lastCall.path, "/internal/register");
    assert.deepEqual(origin.lastCall.body.input, body);
  });

  test("answers 409 if the address or the name is taken", async () => {
    origin.answer = says({ outcome: "taken" });
    await isProblem(await edge.send("/api/users", body), 409, "taken");
  });

  test("answers 403 if registration is off", async () => {
    origin.answer = says({ outcome: "registration_off" });
    await isProblem(await edge.send("/api/users", body), 403, "registration-off");
  });

  test("answers 422 if the origin refuses the password", async () => {
    origin.answer = says({ outcome: "password_refused", reason: "common" });
    const problem = await isProblem(await edge.send("/api/users", body), 422, "password-refused");
    assert.equal(problem.errors[0].pointer, "/password");
    assert.equal(problem.errors[0].reason, "common");
  });

  test("refuses a personal password without calling the origin", async () => {
    for (const own of ["ada@example.com", "ADA@EXAMPLE.COM"]) {
      const problem = await isProblem(await edge.send("/api/users", { ...body, password: own }), 422, "password-refused");
      assert.equal(problem.errors[0].reason, "personal");
    }
    assert.equal(origin.calls.length, 0);
  });

  test("names every wrong field", async () => {
    const problem = await isProblem(await edge.send("/api/users", { username: "a b", email: "nobody", password }), 422, "invalid-fields");
    assert.deepEqual(problem.errors.map((/** @type {any} */ e) => e.pointer), ["/username", "/email"]);
  });
});

describe("POST /api/users/login", () => {
  const body = { email: "ada@example.com", password };

  test("answers 204 with the cookie; the origin gets the hash of the token in it", async () => {
    const response = await edge.send("/api/users/login", body);
    assert.equal(response.status, 204);
    assert.equal(await response.text(), "");
    const cookie = String(response.headers.get("set-cookie"));
    const [, session] = /^__Host-rekey=([\w-]{72}); Path=\/; Secure; HttpOnly; SameSite=Strict; Max-Age=1800$/.exec(cookie) ?? [];
    assert.ok(session, cookie);
    assert.deepEqual(origin.lastCall.body.input, { ...body, session: hashOf(session) });
    assert.ok(!origin.lastCall.text.includes(session));
  });

  test("answers 401 without a cookie to wrong credentials [B11]", async () => {
    origin.answer = says({ outcome: "bad_credentials" });
    const response = await edge.send("/api/users/login", body);
    assert.equal(response.headers.get("www-authenticate"), 'Bearer realm="account"');
    assert.equal(response.headers.get("set-cookie"), null);
    await isProblem(response, 401, "bad-credentials");
  });
});

describe("POST /api/users/token", () => {
  const form = { username: "ada@example.com", password };

  test("answers 200 with a bearer token; the origin gets its hash", async () => {
    const response = await edge.sendForm("/api/users/token", form);
    assert.equal(response.status, 200);
    const body = /** @type {any} */ (await response.json());
    assert.deepEqual({ ...body, access_token: "" }, { access_token: "", token_type: "bearer", expires_in: 1800 });
    assert.equal(response.headers.get("set-cookie"), null);
    assert.equal(origin.lastCall.path, "/internal/login");
    assert.deepEqual(origin.lastCall.body.input, { email: form.username, password, session: hashOf(body.access_token) });
  });

  test("ignores the extra fields that documentation UIs send", async () => {
    const extra = { ...form, grant_type: "password", scope: "", client_id: "docs", client_secret: "none" };
    const response = await edge.sendForm("/api/users/token", extra, { authorization: "Basic ZG9jczpub25l" });
    assert.equal(response.status, 200);
  });

  test("accepts no other grant, no unknown or repeated field, no JSON", async () => {
    await isProblem(await edge.sendForm("/api/users/token", { ...form, grant_type: "refresh_token" }), 422, "invalid-fields");
    await isProblem(await edge.sendForm("/api/users/token", { ...form, otp: "1" }), 422, "invalid-fields");
    await isProblem(await edge.send("/api/users/token", form), 415, "unsupported-media-type");
    const twice = { "content-type": "application/x-www-form-urlencoded" };
    await isProblem(await edge.send("/api/users/token", "username=a@example.com&username=b@example.com&password=x", twice), 422, "invalid-fields");
    await isProblem(await edge.send("/api/users/token", "username=%zz&password=x", twice), 400, "unreadable-form");
    assert.equal(origin.calls.length, 0);
  });

  test("answers 401 to wrong credentials", async () => {
    origin.answer = says({ outcome: "bad_credentials" });
    await isProblem(await edge.sendForm("/api/users/token", form), 401, "bad-credentials");
  });
});

describe("PATCH /api/users/me/password", () => {
  const body = { current_password: "old password here", new_password: password };
  /** @param {unknown} fields */
  const change = (fields, headers = bearer) => edge.send("/api/users/me/password", fields, headers, "PATCH");

  test("answers 200 [B10]", async () => {
    const response = await change(body);
    assert.equal(response.status, 200);
    assert.match((/** @type {any} */ (await response.json())).message, /changed/);
    assert.deepEqual(origin.lastCall.body.input, { session: hashOf(bearer.authorization.slice(7)), ...body });
  });

  test("answers 400 to a wrong current password, 401 without a session, 422 to a refused password [B10, P11]", async () => {
    await isProblem(await change(body, /** @type {any} */ ({})), 401, "no-session");
    await isProblem(await change({ new_password: password }), 422, "invalid-fields");
    await isProblem(await change({ ...body, new_password: "short" }), 422, "password-refused");
    assert.equal(origin.calls.length, 0);
    origin.answer = says({ outcome: "wrong_password" });
    await isProblem(await change(body), 400, "wrong-password");
    origin.answer = says({ outcome: "no_session" });
    await isProblem(await change(body), 401, "no-session");
    origin.answer = says({ outcome: "password_refused", reason: "personal" });
    await isProblem(await change(body), 422, "password-refused");
  });
});

describe("POST /api/users/forgot-password", () => {
  test("answers 202 with one neutral message, and sends address and mark [B8]", async () => {
    const response = await edge.send("/api/users/forgot-password", { email: "Ada@Example.com" });
    assert.equal(response.status, 202);
    assert.deepEqual(Object.keys(/** @type {any} */ (await response.json())), ["message", "recovery_id"]);
    assert.equal(origin.lastCall.path, "/internal/forgot-password");
    assert.deepEqual(origin.lastCall.body.input, { email: "Ada@Example.com", suppress: false });
  });

  test("turns an international domain into A-labels [U05, U19]", async () => {
    const response = await edge.send("/api/users/forgot-password", { email: "ada@Bücher.example" });
    assert.equal(response.status, 202);
    assert.equal(origin.lastCall.body.input.email, "ada@xn--bcher-kva.example");
  });

  test("refuses a domain that only Unicode mapping would make valid", async () => {
    const mapped = ["a@ｅxample.test", "a@example。test", "a@bücher。example", "a@exa\u200bmple.test", "a@\u212Aelvin.test", "a@bücher.example:80",
      "a@bücher.example/x", "a@b%C3%BCcher.exämple", "a＠example.test", "mıke@example.test", "a@\u202ebücher.example", "a@bü cher.example"];
    for (const email of mapped) {
      await isProblem(await edge.send("/api/users/forgot-password", { email }), 422, "invalid-fields");
    }
    assert.equal(origin.calls.length, 0);
  });
});

describe("POST /api/users/reset-password", () => {
  const body = { token, new_password: password };

  test("answers 200; the origin gets the token's hash and never the token [B9, P14]", async () => {
    const response = await edge.send("/api/users/reset-password", body);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("set-cookie"), null);
    assert.deepEqual(origin.lastCall.body.input, { token: hashOf(token), new_password: password });
    assert.ok(!origin.lastCall.text.includes(token));
  });

  test("answers a token that the origin doesn't know with the same 400 [T23]", async () => {
    origin.answer = says({ outcome: "bad_token" });
    const known = await isProblem(await edge.send("/api/users/reset-password", body), 400, "bad-token");
    const forged = await isProblem(await edge.send("/api/users/reset-password", { ...body, token: "x" }), 400, "bad-token");
    assert.deepEqual(known, forged);
    assert.deepEqual(edge.eventNames.slice(-2), ["token.unknown", "token.refused"]);
  });

  test("judges fields first, then the token, then the password [T22]", async () => {
    await isProblem(await edge.send("/api/users/reset-password", { token: "x", new_password: 1 }), 422, "invalid-fields");
    await isProblem(await edge.send("/api/users/reset-password", { token: "x", new_password: "" }), 400, "bad-token");
    for (const refused of ["", "short", "x".repeat(257), "password", "rekey"]) {
      await isProblem(await edge.send("/api/users/reset-password", { token, new_password: refused }), 422, "password-refused");
    }
    assert.equal(origin.calls.length, 0);
  });

  test("counts a password in code points [P01, P02]", async () => {
    for (const taken of ["ä".repeat(8), "🔑".repeat(8), "🔑".repeat(256)]) {
      assert.equal((await edge.send("/api/users/reset-password", { token, new_password: taken })).status, 200);
    }
    for (const refused of ["ä".repeat(7), "ä".repeat(257)]) {
      await isProblem(await edge.send("/api/users/reset-password", { token, new_password: refused }), 422, "password-refused");
    }
  });

  test("leaves to the origin the cases that need NFC [P07]", async () => {
    for (const spelling of ["a\u0308".repeat(256), "a\u0308".repeat(4), "\ufb2c".repeat(3)]) {
      assert.equal((await edge.send("/api/users/reset-password", { token, new_password: spelling })).status, 200);
      assert.equal(origin.calls.at(-1)?.body.input.new_password, spelling);
    }
  });
});

describe("a code", () => {
  const request = Buffer.alloc(16, 0x5e);
  const id = request.toString("base64url");
  const recovery_id = mintRecoveryId(request);
  const check = (/** @type {object} */ body) => edge.send("/api/users/recovery/check", body);
  const reset = (/** @type {object} */ body) => edge.send("/api/users/reset-password", { new_password: password, ...body });

  test("C03: asking for a mail gives the id of this very request, under the edge's key", async () => {
    const response = await edge.send("/api/users/forgot-password", { email: "ada@example.com" });
    const { recovery_id: given } = /** @type {any} */ (await response.json());
    assert.equal(given.slice(8, 30), response.headers.get("x-request-id"));
    assert.equal(given.length, 72);
    origin.answer = says({ outcome: "ok" });
    assert.equal((await check({ recovery_id: given, code: "12345678" })).status, 204);
    assert.equal(origin.lastCall.body.input.recovery, given.slice(8, 30));
  });

  test("C02: is forwarded as its prints alone, by check and by reset, however its digits are grouped", async () => {
    for (const code of ["12345678", "1234 5678", "1234-5678", " 1234 5678 "]) {
      assert.equal((await check({ recovery_id, code })).status, 204);
      assert.equal(origin.lastCall.path, "/internal/check-code");
      assert.deepEqual(origin.lastCall.body.input, { recovery: id, code: printsOf(id, "12345678") });
      assert.equal((await reset({ recovery_id, code })).status, 200);
      assert.deepEqual(origin.lastCall.body.input, { token: "", recovery: id, code: printsOf(id, "12345678"), new_password: password });
      assert.ok(!origin.lastCall.text.includes("12345678") && !origin.lastCall.text.includes("1234 5678"));
    }
  });

  test("C01, C03: that is none, or of a forged or expired id, ends at the edge like any bad token", async () => {
    const forged = `${recovery_id.slice(0, 20)}${recovery_id[20] === "A" ? "B" : "A"}${recovery_id.slice(21)}`;
    const ids = { "": "12345678", [forged]: "12345678", [mintRecoveryId(request, -1)]: "12345678", [mintToken()]: "12345678", [recovery_id]: "1234567" };
    for (const [each, code] of Object.entries(ids)) {
      const checked = await isProblem(await check({ recovery_id: each, code }), 400, "bad-token");
      assert.deepEqual(await isProblem(await reset({ recovery_id: each, code }), 400, "bad-token"), checked);
    }
    assert.equal(origin.calls.length, 0);
    origin.answer = says({ outcome: "bad_token" });
    const wrong = await isProblem(await check({ recovery_id, code: "12345678" }), 400, "bad-token");
    assert.deepEqual(await isProblem(await reset({ recovery_id, code: "12345678" }), 400, "bad-token"), wrong);
    assert.deepEqual(await isProblem(await reset({ token: "x" }), 400, "bad-token"), wrong);
  });

  test("C12: is one of two ways: a body with both, or with half of one, is refused before anything is compared", async () => {
    for (const body of [{}, { recovery_id }, { code: "12345678" }, { token, recovery_id, code: "12345678" }, { token, code: "12345678" }]) {
      await isProblem(await reset(body), 422, "invalid-fields");
    }
    await isProblem(await check({ recovery_id }), 422, "invalid-fields");
    assert.equal((await edge.send("/auth/reset-password", { recovery_id, code: "12345678", password })).status, 422);
    assert.equal(origin.calls.length, 0);
  });

  test("C12: costs no try while the password is refused", async () => {
    await isProblem(await reset({ recovery_id, code: "12345678", new_password: "short" }), 422, "password-refused");
    assert.equal(origin.calls.length, 0);
  });
});

describe("POST /api/users/reset-password/cancel", () => {
  test("answers 204 to any authentic token, 400 to others", async () => {
    const response = await edge.send("/api/users/reset-password/cancel", { token, email: "ada@example.com" });
    assert.equal(response.status, 204);
    assert.equal(origin.lastCall.path, "/internal/cancel-reset");
    assert.deepEqual(origin.lastCall.body.input, { token: hashOf(token), email: "ada@example.com" });
    await isProblem(await edge.send("/api/users/reset-password/cancel", { token: mintSession(), email: "a@example.com" }), 400, "bad-token");
    await isProblem(await edge.send("/api/users/reset-password/cancel", { token }), 422, "invalid-fields");
  });
});

describe("GET /healthz", () => {
  test("answers 200 only while the origin does", async () => {
    assert.equal((await edge.fetch("/healthz")).status, 200);
    const id = origin.lastCall.body.request_id;
    assert.deepEqual(origin.lastCall.body.input, {
      edge_origin_keys: fingerprints(settings.EDGE_ORIGIN_KEYS, id),
      token_keys: fingerprints(settings.RESET_PASSWORD_TOKEN_SECRET, id),
    });
    origin.answer = () => ({ status: 503, headers: { "retry-after": "7" }, body: {} });
    const response = await edge.fetch("/healthz");
    assert.equal(response.headers.get("retry-after"), "7");
    await isProblem(response, 503, "unavailable");
  });

  for (const [setting, event] of [
    ["EDGE_ORIGIN_KEYS", "alarm.other_edge_origin_keys"],
    ["RESET_PASSWORD_TOKEN_SECRET", "alarm.other_token_keys"],
  ]) {
    test(`fails by the name of ${setting} if the origin holds other keys`, async () => {
      origin.answer = () => ({ body: { outcome: "other_keys", reason: setting } });
      const failing = new NodeEdge({ ORIGIN_URLS: origin.url });
      const response = await failing.fetch("/healthz");
      assert.ok(Number(response.headers.get("retry-after")) > 0);
      const { detail } = await isProblem(response, 503, "other-keys");
      assert.match(detail, new RegExp(`^${setting} `));
      assert.deepEqual(failing.eventNames, [event]);
    });
  }

  test("is unavailable if the origin names a setting that does not exist", async () => {
    origin.answer = () => ({ body: { outcome: "other_keys", reason: "SEED_SECRET" } });
    await isProblem(await edge.fetch("/healthz"), 503, "unavailable");
  });

  test("names the cause of a refused signature, which other calls do not", async () => {
    const refused = { "bad-signature": ["other-keys", "alarm.origin_refused_signature"], "stale-signature": ["clocks-apart", "alarm.clock"] };
    for (const [type, [named, event]] of Object.entries(refused)) {
      origin.answer = () => ({ status: 401, body: { type: `urn:rekey:problem:${type}` } });
      const failing = new NodeEdge({ ORIGIN_URLS: origin.url });
      await isProblem(await failing.fetch("/healthz"), 503, named);
      await isProblem(await failing.send("/api/users/forgot-password", { email: "ada@example.com" }), 503, "unavailable");
      assert.deepEqual(failing.eventNames, [event, event]);
    }
  });

  const challenge = "AbCdEfGhIjKlMnOpQrStUv";

  test("answers a challenge with the edge's own statement, without a call to the origin", async () => {
    const before = Math.floor(Date.now() / 1000);
    const response = await edge.fetch("/healthz", { headers: { "rekey-challenge": challenge } });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("cache-control"), "no-store");
    const { unix_time, ...statement } = /** @type {any} */ (await response.json());
    assert.ok(unix_time >= before && unix_time <= Date.now() / 1000);
    assert.deepEqual(statement, {
      version: 1,
      edge_origin_keys: fingerprints(settings.EDGE_ORIGIN_KEYS, challenge),
      token_keys: fingerprints(settings.RESET_PASSWORD_TOKEN_SECRET, challenge),
      frontend_url: "http://localhost:8787",
      product_name: "Rekey",
      password_min_length: 8,
      access_token_expire_minutes: 30,
      password_format: "argon2id",
      recovery: "on",
    });
    assert.equal(origin.calls.length, 0);
  });

  test("takes a challenge of another form for none", async () => {
    for (const other of ["", "short", `${challenge}x`, challenge.replace("A", "+"), `${challenge}, ${challenge}`]) {
      const response = await edge.fetch("/healthz", { headers: { "rekey-challenge": other } });
      assert.deepEqual(await response.json(), { status: "ok" });
    }
    assert.equal(origin.calls.length, 5);
  });
});

describe("the envelope", () => {
  test("describes the client in five strings, whatever the client sent", async () => {
    await edge.send("/api/users/forgot-password", { email: "ada@example.com" }, {
      "cf-connecting-ip": "2001:DB8::1",
      "user-agent": `Mail\tApp/1.0 ${"x".repeat(300)}`,
      "accept-language": "de-AT, en;q=0.5",
      "cf-ipcountry": "XX",
      "x-request-id": "chosen-by-the-client-xx",
    });
    const { request_id: id, client } = origin.lastCall.body;
    assert.match(id, /^[\w-]{22}$/);
    assert.deepEqual(client, { ...client, ip: "2001:DB8::1", country: "", accept_language: "de-AT, en;q=0.5" });
    assert.ok(client.user_agent.startsWith("MailApp/1.0 xxx") && client.user_agent.length <= 200);
    assert.deepEqual(Object.keys(client).sort(), ["accept_language", "country", "ip", "user_agent"]);
  });

  test("cuts no language of a long list in two", async () => {
    const languages = Array.from({ length: 60 }, (_, i) => `de-x${i}`);
    await edge.send("/api/users/forgot-password", { email: "ada@example.com" }, { "accept-language": languages.join(",") });
    const passed = origin.lastCall.body.client.accept_language.split(",");
    assert.ok(passed.length > 30);
    assert.deepEqual(passed, languages.slice(0, passed.length));
  });

  test("carries the request id of the answer, a new one each time", async () => {
    const ids = new Set();
    for (let i = 0; i < 3; ++i) {
      const response = await edge.send("/api/users/forgot-password", { email: "ada@example.com" });
      assert.equal(response.headers.get("x-request-id"), origin.lastCall.body.request_id);
      ids.add(origin.lastCall.body.request_id);
    }
    assert.equal(ids.size, 3);
  });
});
