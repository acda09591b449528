// The TypeScript client of templates/clients against a running Rekey: the whole journey, its errors, and what it does about lost answers.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { Rekey, RekeyError, tokenOf } from "../../templates/clients/typescript/rekey.ts";
import { isResetMail, newPassword, newPerson, newUsername, statusOfMe } from "./account.mjs";
import { codeOf, wrongCode } from "./code.mjs";
import { startStack } from "./stack.mjs";

/** @type {import("./stack.mjs").Stack} */
let stack;
before(async () => {
  stack = await startStack();
});
after(() => stack?.stop());

/** Calls come from addresses of their own, as those of many phones. @param {string | URL | Request} input @param {RequestInit} [init] */
function fetchAsNext(input, init) {
  const headers = new Headers(init?.headers);
  for (const [name, value] of Object.entries(stack.newClient())) headers.set(name, String(value));
  return fetch(input, { ...init, headers });
}

/** @param {import("../../templates/clients/typescript/rekey.ts").Options} [options] */
const newClient = (options) => new Rekey(stack.edgeUrl, { fetch: fetchAsNext, ...options });

/** @param {string} type @param {string} [reason] of the first field @returns {(error: unknown) => boolean} */
const refusedAs = (type, reason) => (error) => {
  assert.ok(error instanceof RekeyError, String(error));
  assert.deepEqual([error.type, error.fields[0]?.reason], [type, reason]);
  assert.ok(error.detail && error.title && /^[\w-]{22}$/.test(error.requestId));
  return true;
};

/** @param {string} email @param {number} [count] of the mails so far */
const resetMail = (email, count = 1) => stack.mailBox.waitFor(email, { where: isResetMail, count });

describe("the client's journey", () => {
  test("by code: account, forgot, code, new password, log-in, renewal, sessions, change, log-out", async () => {
    /** @type {(string | undefined)[]} */
    const stored = [];
    /** @type {string[]} */
    const devices = [];
    const rekey = newClient({ onToken: (token) => stored.push(token), onDevice: (device) => devices.push(device) });
    const [username, first, second, third] = [newUsername(), newPassword(), newPassword(), newPassword()];
    const email = `${username}@example.com`;
    const { id } = await rekey.register(username, email, first);

    const recoveryId = await rekey.forgotPassword(email);
    const code = codeOf(await resetMail(email));
    await assert.rejects(rekey.checkRecoveryCode(recoveryId, wrongCode(code)), refusedAs("bad-token"));
    await rekey.checkRecoveryCode(recoveryId, `${code.slice(0, 4)} ${code.slice(4)}`);
    await assert.rejects(rekey.resetPasswordByCode(recoveryId, code, "password"), refusedAs("password-refused", "common"));
    await rekey.resetPasswordByCode(recoveryId, code, second);

    await assert.rejects(rekey.logIn(email, first), refusedAs("bad-credentials"));
    const { access_token, expires_in } = await rekey.logIn(email, second);
    assert.deepEqual([(await rekey.me()).id, expires_in > 60], [id, true]);
    const renewed = await rekey.renewToken();
    assert.notEqual(renewed.access_token, access_token);
    assert.deepEqual(stored, [access_token, renewed.access_token]);
    assert.ok(devices.length === 2 && devices.every((device) => /^[\w-]{72}$/.test(device)), devices.join(" "));
    const [ofReset, ofLogIn] = devices.map((device) => Buffer.from(device, "base64url").toString("hex", 6, 38));
    assert.equal(ofReset, ofLogIn, "one account is one device");

    const other = newClient();
    await other.logIn(email, second);
    const another = newClient();
    await another.logIn(email, second);
    const [own, ...others] = await rekey.sessions();
    assert.deepEqual([own.current, others.length], [true, 2]);
    await rekey.endSession(others[0].id);
    assert.equal((await rekey.sessions()).length, 2);
    await rekey.endOtherSessions();
    for (const ended of [other, another]) {
      await assert.rejects(ended.me(), refusedAs("no-session"));
      assert.equal(ended.token, undefined);
    }

    await rekey.changePassword(second, third);
    await assert.rejects(rekey.changePassword(second, first), refusedAs("wrong-password"));
    await rekey.logout();
    assert.deepEqual([rekey.token, stored.at(-1)], [undefined, undefined]);
    assert.equal(await statusOfMe(stack, renewed.access_token), 401);
    await newClient().logIn(email, third);
  });

  test("by the link that opened the application; a link can be cancelled", async () => {
    const person = await newPerson(stack);
    const rekey = newClient();
    await rekey.forgotPassword(person.email);
    const link = /\bhttps?:\S+\/reset-password#token=\S+/.exec((await resetMail(person.email)).text)?.[0] ?? "";
    const token = tokenOf(link) ?? assert.fail(link);
    await rekey.cancelReset(token, person.email);
    await assert.rejects(rekey.resetPasswordByToken(token, newPassword()), refusedAs("bad-token"));
    assert.equal(tokenOf("https://account.example.com/login"), undefined);
  });

  test("in the reader's language: the texts change, type and reason do not", async () => {
    const rekey = newClient({ language: "de" });
    await assert.rejects(rekey.register("x", "nobody", newPassword()), (error) => {
      assert.ok(error instanceof RekeyError);
      assert.deepEqual([error.type, error.fields.map(({ reason }) => reason).sort()], ["invalid-fields", ["invalid_email", "invalid_username"]]);
      assert.equal(error.fields.find(({ pointer }) => pointer === "/email")?.detail, "Das ist keine E-Mail-Adresse.");
      return true;
    });
  });
});

describe("the client and a lost answer", () => {
  /** Carries the call out, and loses its answer the first time. @returns {{fetch: typeof fetch, keys: (string | null)[]}} */
  function losing() {
    /** @type {(string | null)[]} */
    const keys = [];
    return {
      keys,
      fetch: async (input, init) => {
        keys.push(new Headers(init?.headers).get("idempotency-key"));
        const answer = await fetchAsNext(input, init);
        if (keys.length === 1) throw new TypeError("planted: the answer is lost");
        return answer;
      },
    };
  }

  test("sends a call with its key again, and gets the first answer", async () => {
    const { fetch, keys } = losing();
    const username = newUsername();
    const account = await newClient({ fetch, pause: async () => {} }).register(username, `${username}@example.com`, newPassword());
    assert.equal(account.username, username);
    assert.ok(keys.length === 2 && keys[0] === keys[1] && /^[\w-]{36}$/.test(String(keys[0])), String(keys));
  });

  test("renews again with the old token, which works for a minute", async () => {
    const person = await newPerson(stack);
    const rekey = newClient();
    await rekey.logIn(person.email, person.password);
    const { fetch } = losing();
    const again = newClient({ fetch, token: rekey.token, pause: async () => {} });
    await again.renewToken();
    assert.equal((await again.me()).id, person.id);
  });

  test("never asks for a second mail or spends a second try by itself", async () => {
    for (const call of [(/** @type {Rekey} */ rekey) => rekey.forgotPassword("nobody@example.com"), (/** @type {Rekey} */ rekey) => rekey.checkRecoveryCode("x", "12345678")]) {
      const { fetch, keys } = losing();
      await assert.rejects(call(newClient({ fetch })), /planted/);
      assert.equal(keys.length, 1);
    }
  });
});

describe("the client and Retry-After", () => {
  /** @param {number} status @param {string} type @param {number} seconds */
  const refusing = (status, type, seconds) => async () =>
    new Response(JSON.stringify({ type: `urn:rekey:problem:${type}`, title: "T", status, detail: "D" }), { status, headers: { "retry-after": String(seconds) } });

  /** @param {number} status @param {string} type @param {number} seconds @param {(rekey: Rekey) => Promise<unknown>} call */
  async function pausesOf(status, type, seconds, call) {
    /** @type {number[]} */
    const pauses = [];
    const rekey = newClient({ fetch: refusing(status, type, seconds), pause: async (milliseconds) => void pauses.push(milliseconds) });
    await assert.rejects(call(rekey), (error) => error instanceof RekeyError && error.type === type && error.retryAfter === seconds);
    return pauses;
  }

  test("waits as long as it says, twice, and then tells", async () => {
    assert.deepEqual(await pausesOf(429, "rate-limited", 3, (rekey) => rekey.me()), [3000, 3000]);
    assert.deepEqual(await pausesOf(409, "call-under-way", 1, (rekey) => rekey.resetPasswordByToken("t", "p")), [1000, 1000]);
    assert.deepEqual(await pausesOf(503, "unavailable", 5, (rekey) => rekey.me()), [5000, 5000]);
  });

  test("does not wait for long, nor to send a second mail or spend a second try: a 429 may hide that the code was wrong", async () => {
    assert.deepEqual(await pausesOf(429, "rate-limited", 60, (rekey) => rekey.me()), []);
    assert.deepEqual(await pausesOf(503, "unavailable", 5, (rekey) => rekey.forgotPassword("ada@example.com")), []);
    assert.deepEqual(await pausesOf(429, "rate-limited", 3, (rekey) => rekey.checkRecoveryCode("x", "12345678")), []);
  });
});
