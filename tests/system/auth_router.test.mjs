// The router of fastapi-users, row by row of tests/attacks.md (A1 to A5, A8, A9), from outside through the edge. Hooks and replaceable
// parts (A6, A7, A10) are tested from inside, in tests/origin.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { bearer, newPassword, newPerson, openSession, requestLink, updateAccount } from "./account.mjs";
import { until } from "./polling.mjs";
import { startStack } from "./stack.mjs";
import { flipBit, mintToken, sessionPurpose, tokenExpiry, tokenHash, unixNow } from "./token.mjs";

/** @type {import("./stack.mjs").Stack} */
let stack;
before(async () => {
  stack = await startStack({ MAIL_LIMIT_PER_ACCOUNT: "100/60,1000/3600" });
});
after(() => stack?.stop());

const badToken = '{"detail":"RESET_PASSWORD_BAD_TOKEN"}';

/** @param {unknown} body */
const forgot = (body) => stack.post("/auth/forgot-password", body);
/**
 * @param {string} token
 * @param {string} [password]
 */
const reset = (token, password = newPassword()) => stack.post("/auth/reset-password", { token, password });

/**
 * @param {import("./http_exchange.mjs").Answer} answer
 * @param {string} field
 */
function assertValidationError(answer, field) {
  assert.equal(answer.status, 422);
  assert.deepEqual(Object.keys(answer.json), ["detail"]);
  const [problem] = answer.json.detail;
  assert.deepEqual(problem.loc, ["body", field]);
  assert.ok(problem.msg && problem.type);
}

describe("POST /auth/forgot-password", () => {
  /** @type {[string, () => Promise<string>][]} */
  const kinds = [
    ["an active", async () => (await newPerson(stack)).email],
    ["an unknown", async () => "nobody-at-all@example.com"],
    ["an inactive", async () => {
      const person = await newPerson(stack);
      await updateAccount(stack, person, "is_active = false");
      return person.email;
    }],
  ];
  for (const [kind, makeAddress] of kinds) {
    test(`A1: ${kind} account is answered with 202 and null`, async () => {
      const answer = await forgot({ email: await makeAddress() });
      assert.equal(answer.status, 202);
      assert.equal(answer.text, "null");
    });
  }

  for (const body of [{}, { email: "not an address" }, { email: 1 }, { email: null }, { email: ["a@example.com"] }]) {
    test(`A1: ${JSON.stringify(body)} is answered with a validation error`, async () => {
      assertValidationError(await forgot(body), "email");
    });
  }
});

describe("POST /auth/reset-password", () => {
  test("A2: a token and a password are answered with 200 and null, and the new password works", async () => {
    const person = await newPerson(stack);
    const { token } = await requestLink(stack, person.email);
    const password = newPassword();
    const answer = await reset(token, password);
    assert.equal(answer.status, 200);
    assert.equal(answer.text, "null");
    await openSession(stack, { ...person, password });
  });

  test("A2: a missing field is answered with a validation error that names it", async () => {
    assertValidationError(await stack.post("/auth/reset-password", { token: "x" }), "password");
    assertValidationError(await stack.post("/auth/reset-password", { password: newPassword() }), "token");
  });

  test("A4: a refused password is answered with its reason, and the token stays usable", async () => {
    const person = await newPerson(stack);
    const { token } = await requestLink(stack, person.email);
    for (const refused of ["short", "password123", person.email]) {
      const answer = await reset(token, refused);
      assert.equal(answer.status, 400);
      assert.equal(answer.json.detail.code, "RESET_PASSWORD_INVALID_PASSWORD");
      assert.ok(answer.json.detail.reason.length > 0);
      assert.deepEqual(Object.keys(answer.json.detail), ["code", "reason"]);
    }
    assert.equal((await reset(token)).status, 200);
  });
});

describe("a bad token", () => {
  const secret = () => stack.settings.RESET_PASSWORD_TOKEN_SECRET;
  const linkFor = async (/** @type {import("./account.mjs").Person} */ person) => (await requestLink(stack, person.email)).token;
  const liveToken = async () => linkFor(await newPerson(stack));

  /** @type {[string, () => Promise<string>][]} */
  const kinds = [
    ["empty", async () => ""],
    ["of another length", async () => (await liveToken()).slice(0, -1)],
    ["not base64url", async () => `${(await liveToken()).slice(0, -1)}+`],
    ["forged in its tag", async () => flipBit(await liveToken(), 431)],
    ["forged in its expiry", async () => flipBit(await liveToken(), 40)],
    ["signed with another secret", async () => mintToken(Buffer.alloc(32, 7).toString("base64url"))],
    ["authentic but never issued", async () => mintToken(secret())],
    ["authentic but expired", async () => mintToken(secret(), { expiresAt: unixNow() - 1 })],
    ["made for a session", async () => mintToken(secret(), { purpose: sessionPurpose })],
    ["a session's", async () => openSession(stack, await newPerson(stack))],
    ["used", async () => {
      const token = await liveToken();
      assert.equal((await reset(token)).status, 200);
      return token;
    }],
    ["replaced by a newer one", async () => {
      const person = await newPerson(stack);
      const token = await linkFor(person);
      await linkFor(person);
      const live = `SELECT 1 FROM reset_tokens WHERE token_hash = '\\x${tokenHash(token)}'`;
      await until("the first has ended", async () => (await stack.database.rows(live)).length === 0);
      return token;
    }],
    ["expired by the database's clock", async () => {
      const token = await liveToken();
      await stack.database.run(`UPDATE reset_tokens SET expires_at = now() WHERE token_hash = '\\x${tokenHash(token)}'`);
      return token;
    }],
    ["cancelled by the owner", async () => {
      const person = await newPerson(stack);
      const token = await linkFor(person);
      assert.equal((await stack.post("/api/users/reset-password/cancel", { token, email: person.email })).status, 204);
      return token;
    }],
    ["of an inactive account", async () => {
      const person = await newPerson(stack);
      const token = await linkFor(person);
      await updateAccount(stack, person, "is_active = false");
      return token;
    }],
    ["mailed to an address that is no longer the account's", async () => {
      const person = await newPerson(stack);
      const token = await linkFor(person);
      await updateAccount(stack, person, `email = 'new-${person.email}'`);
      return token;
    }],
    ["of a deleted account", async () => {
      const person = await newPerson(stack);
      const token = await linkFor(person);
      await stack.database.run(`DELETE FROM users WHERE id = '${person.id}'`);
      return token;
    }],
  ];
  for (const [kind, makeToken] of kinds) {
    test(`A3: a token that is ${kind} is answered with the same 400`, async () => {
      const answer = await reset(await makeToken());
      assert.equal(answer.status, 400);
      assert.equal(answer.text, badToken);
    });
  }

  test("A3: a live token with any one bit flipped is refused, and the token itself still works", async () => {
    const token = await liveToken();
    const answers = await Promise.all(Array.from({ length: 432 }, (_, bit) => reset(flipBit(token, bit))));
    assert.deepEqual([...new Set(answers.map((answer) => `${answer.status} ${answer.text}`))], [`400 ${badToken}`]);
    assert.equal((await reset(token)).status, 200);
  });

  test("A8: a token dies when the operator sets the password by SQL", async () => {
    const person = await newPerson(stack);
    const token = await linkFor(person);
    const other = await newPerson(stack);
    await updateAccount(stack, person, `password_hash = (SELECT password_hash FROM users WHERE id = '${other.id}')`);
    assert.equal((await reset(token)).text, badToken);
  });

  test("A8: a token dies when the owner changes the password", async () => {
    const person = await newPerson(stack);
    const token = await linkFor(person);
    const change = { current_password: person.password, new_password: newPassword() };
    const changed = await stack.patch("/api/users/me/password", change, bearer(await openSession(stack, person)));
    assert.equal(changed.status, 200);
    assert.equal((await reset(token)).text, badToken);
  });
});

describe("settings of the router", () => {
  test("A5: by default a token lives for an hour from its making", async () => {
    const person = await newPerson(stack);
    const { token } = await requestLink(stack, person.email);
    const row = await stack.database.row(`
      SELECT extract(epoch FROM expires_at)::bigint AS expiry, extract(epoch FROM expires_at - created_at)::float AS lifetime
      FROM reset_tokens WHERE token_hash = '\\x${tokenHash(token)}'`);
    assert.equal(row.expiry, tokenExpiry(token));
    assert.ok(row.lifetime > 3599 && row.lifetime <= 3600, `${row.lifetime}`);
  });

  test("A9: the OpenAPI document has the routes under their tag", async () => {
    const { json } = await stack.get("/openapi.json");
    const [tag] = json.paths["/auth/forgot-password"].post.tags;
    assert.deepEqual(json.paths["/auth/reset-password"].post.tags, [tag]);
    assert.ok(json.tags.some((/** @type {{name: string}} */ each) => each.name === tag));
  });

  test("A5, A9: another lifetime and another prefix take effect", async () => {
    await stack.restart({ RESET_PASSWORD_TOKEN_LIFETIME_SECONDS: "120", AUTH_PREFIX: "/recovery/v1" });
    const person = await newPerson(stack);
    const { token, mail } = await requestLink(stack, person.email);
    const lifetime = tokenExpiry(token) - unixNow();
    assert.ok(lifetime > 60 && lifetime <= 120, `${lifetime} s`);
    assert.match(mail.text, /\b2 minutes\b/);
    assert.match(mail.html, /\b2 minutes\b/);
    assert.equal((await reset(token)).status, 404);
    const { json } = await stack.get("/openapi.json");
    assert.ok(json.paths["/recovery/v1/reset-password"] && !json.paths["/auth/reset-password"]);
    assert.equal((await stack.post("/recovery/v1/reset-password", { token, password: newPassword() })).text, "null");
  });
});
