// Recovery, row by row of tests/attacks.md (B2 to B9): the mail, the stored data, asking for a link, using it.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";

import { bearer, isResetMail, logIn, newPassword, newPerson, openSession, requestLink, reset, statusOfMe } from "./account.mjs";
import { codeOf, wrongCode } from "./code.mjs";
import { literal } from "./database.mjs";
import { accountsUnderTest } from "./foreign_accounts.mjs";
import { exchange } from "./http_exchange.mjs";
import { phrasesOf } from "./phrases.mjs";
import { until } from "./polling.mjs";
import { startStack } from "./stack.mjs";
import { mintToken, tokenHash } from "./token.mjs";

const run = promisify(execFile);
/** Rekey adds and deletes its own accounts alone. */
const needsOwn = { skip: accountsUnderTest !== "" };
const say = phrasesOf("en");

/** @type {import("./stack.mjs").Stack} */
let stack;
before(async () => {
  stack = await startStack({ MAIL_LIMIT_PER_ACCOUNT: "100/60,1000/3600" });
});
after(() => stack?.stop());

/**
 * The operator's `user add`, with the password on standard input.
 * @param {string} email
 * @param {string} username
 * @param {string} password
 */
function addUser(email, username, password) {
  const adding = run(stack.origin.binary, ["user", "add", email, "--username", username], { env: { ...process.env, ...stack.settings } });
  adding.child.stdin?.end(`${password}\n`);
  return adding;
}

/** @param {string} email */
const forgot = (email) => stack.post("/api/users/forgot-password", { email });
/** @param {string} email */
const tokensOf = (email) =>
  stack.database.rows(`SELECT reset_tokens.* FROM reset_tokens JOIN users ON users.id::text = user_id WHERE email = ${literal(email)}`);
/** @param {string} email */
const requestsOf = (email) => stack.database.rows(`SELECT state FROM reset_requests WHERE email = ${literal(email)}`);

/**
 * @param {string} html
 * @returns {string} its text as a reader sees it
 */
function wordsOf(html) {
  const text = html.replace(/<[^>]*>/g, " ").replace(/&#x([0-9a-f]+);/gi, (_, code) => String.fromCodePoint(parseInt(code, 16)));
  return text.replaceAll("&amp;", "&").replace(/\s+/g, " ").trim();
}

/**
 * @param {string} html
 * @returns {{to: string, style: string, words: string}[]} its links, in order
 */
function linksIn(html) {
  const attribute = (/** @type {string} */ tag, /** @type {string} */ name) => new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? "";
  return [...html.matchAll(/<a(\s[^>]*)>(.*?)<\/a>/gs)].map(([, tag, content]) => (
    { to: wordsOf(attribute(tag, "href")), style: attribute(tag, "style"), words: wordsOf(content) }));
}

describe("the reset mail", () => {
  test("B2: its link begins with the configured front end, whatever hosts the request names", async () => {
    const poison = {
      "x-forwarded-host": "evil.example",
      "x-forwarded-proto": "ftp",
      "x-host": "evil.example",
      "x-original-url": "https://evil.example/",
      forwarded: "host=evil.example",
      referer: "https://evil.example/",
    };
    const { mail, link } = await requestLink(stack, (await newPerson(stack)).email, poison);
    assert.ok(link.startsWith(`${stack.settings.FRONTEND_URL}/reset-password#token=`));
    assert.ok(!mail.raw.includes("evil.example") && !mail.text.includes("evil.example") && !mail.html.includes("evil.example"));
  });

  /**
   * @param {string} host the Host field
   * @param {string} email
   */
  const forgotAt = (host, email) => {
    const headers = { "content-type": "application/json", ...stack.newClient(), host };
    return exchange("POST", `${stack.edgeUrl}/api/users/forgot-password`, headers, JSON.stringify({ email }));
  };

  test("B2, H19: a request by http under a foreign Host is refused, and nothing is stored", async () => {
    const person = await newPerson(stack);
    const answer = await forgotAt("evil.example", person.email);
    assert.equal(answer.status, 403);
    assert.equal(answer.json.type, "urn:rekey:problem:https-required");
    assert.deepEqual(await requestsOf(person.email), []);
  });

  test("B2: after a request under another name of this machine its link still begins with the configured front end", async () => {
    const person = await newPerson(stack);
    assert.equal((await forgotAt("127.0.0.1:1", person.email)).status, 202);
    const mail = await stack.mailBox.waitFor(person.email, { where: isResetMail });
    const places = linksIn(mail.html).map(({ to }) => new URL(to).origin);
    assert.deepEqual(places, Array(3).fill(stack.settings.FRONTEND_URL), "the button, the bare link, the cancel link");
    assert.ok(!mail.raw.includes("127.0.0.1:1") && !mail.text.includes("127.0.0.1:1"));
  });

  test("B3: the development mail box has all of it", async () => {
    const person = await newPerson(stack);
    const { mail } = await requestLink(stack, person.email);
    assert.deepEqual(mail.headers.get("to"), [person.email]);
    assert.equal(mail.subject, say["mail.reset.subject"].replace("{{product_name}}", "Rekey"));
    assert.match(mail.html, /^<!doctype html>[^]*<\/html>\s*$/);
  });

  test("B4: it has a text and an HTML part as alternatives, one recipient, one Message-ID and no line too long", async () => {
    const person = await newPerson(stack);
    const { mail, link } = await requestLink(stack, person.email);
    assert.equal(mail.type, "multipart/alternative");
    assert.deepEqual(mail.parts.map((part) => part.type), ["text/plain", "text/html"]);
    assert.ok(mail.text.includes(link) && wordsOf(mail.html).includes(link));
    for (const name of ["to", "from", "subject", "date", "message-id"]) assert.equal(mail.headers.get(name)?.length, 1, name);
    assert.ok(!mail.headers.has("cc") && !mail.headers.has("bcc"));
    assert.ok(mail.raw.split("\r\n").every((line) => line.length <= 998));
  });

  test("B5: the HTML part is a table with inline styles and without scripts, and holds all that it must", async () => {
    const person = await newPerson(stack);
    const { mail, link } = await requestLink(stack, person.email);
    const { html } = mail;
    assert.match(html, /<table\b/i);
    assert.match(html, /\bstyle="/i);
    assert.doesNotMatch(html, /<script|<link|<iframe|<form|<img|\son\w+=|@import|url\(/i);
    const words = wordsOf(html);
    assert.ok(words.includes("Rekey") && words.includes(say["mail.common.greeting"].replace("{{#username}} {{username}}{{/username}}", ` ${person.username}`)), words);
    assert.match(words, /\bvalid for 60 minutes\b/);
    for (const part of [words, mail.text.replace(/\s+/g, " ")]) assert.ok(part.includes(say["mail.reset.ignore"]));
    const [button, bare, ...others] = linksIn(html).filter(({ to }) => to === link);
    assert.equal(button.words, say["mail.reset.button"]);
    assert.match(button.style, /display:inline-block;.*border:\d+px solid #[0-9a-f]{6};/);
    assert.equal(bare.words, link, "the bare link is not shown for copying");
    assert.deepEqual(others, []);
  });
});

describe("what is stored", () => {
  test("B6: of a token only its SHA-256, unique, with user, expiry and creation time; it is deleted with the user", needsOwn, async () => {
    const person = await newPerson(stack);
    const { token } = await requestLink(stack, person.email);
    assert.equal(Buffer.from(token, "base64url").length, 54);
    const [row] = await tokensOf(person.email);
    assert.equal(row.token_hash, `\\x${tokenHash(token)}`);
    assert.equal(row.user_id, person.id);
    const lifetime = Date.parse(row.expires_at) - Date.parse(row.created_at);
    assert.ok(lifetime > 3_599_000 && lifetime <= 3_600_000, `${lifetime} ms`);
    const index = await stack.database.rows(`
      SELECT 1 FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ALL (indkey)
      WHERE indrelid = 'reset_tokens'::regclass AND indisunique AND attname = 'token_hash'`);
    assert.equal(index.length, 1);
    await stack.database.run(`DELETE FROM users WHERE id = ${literal(person.id)}`);
    assert.deepEqual(await stack.database.rows(`SELECT 1 FROM reset_tokens WHERE user_id = ${literal(person.id)}`), []);
  });

  test("B6: the database refuses a token with a lifetime of more than an hour", async () => {
    const person = await newPerson(stack);
    await requestLink(stack, person.email);
    const stretch = "UPDATE reset_tokens SET expires_at = created_at + interval '60 minutes 1 second'";
    await assert.rejects(stack.database.run(`${stretch} WHERE user_id = ${literal(person.id)}`), /violates check constraint/);
  });

  test("B7: a password as Argon2id with 19 MiB, two passes, one lane, however it was set", needsOwn, async () => {
    const person = await newPerson(stack);
    const operators = `${person.username}-2@example.com`;
    /** @type {[string, () => Promise<string>][]} each sets a password and returns its owner's address */
    const ways = [
      ["registered", async () => person.email],
      ["reset", async () => {
        const { token } = await requestLink(stack, person.email);
        assert.equal((await reset(stack, token, person.password)).status, 200);
        return person.email;
      }],
      ["changed", async () => {
        const change = { current_password: person.password, new_password: newPassword() };
        const mine = bearer(await openSession(stack, person));
        assert.equal((await stack.patch("/api/users/me/password", change, mine)).status, 200);
        return person.email;
      }],
      ["set by the operator", async () => {
        await addUser(operators, `${person.username}-2`, newPassword());
        return operators;
      }],
    ];
    const hashes = new Set();
    for (const [way, set] of ways) {
      const { password_hash } = await stack.database.row(`SELECT password_hash FROM users WHERE email = ${literal(await set())}`);
      assert.match(password_hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22,}\$[A-Za-z0-9+/]{43}$/, way);
      hashes.add(password_hash);
    }
    assert.equal(hashes.size, ways.length);
  });
});

describe("POST /api/users/forgot-password", () => {
  test("B8: every address gets 202 and the same message", async () => {
    const known = await forgot((await newPerson(stack)).email);
    const unknown = await forgot("nobody-here@example.com");
    assert.deepEqual([known.status, unknown.status], [202, 202]);
    assert.deepEqual(Object.keys(known.json), ["message", "recovery_id"]);
    assert.deepEqual({ ...known.json, recovery_id: "" }, { ...unknown.json, recovery_id: "" });
    assert.equal(known.json.recovery_id.length, unknown.json.recovery_id.length);
  });

  test("B8: the look-up ignores case, and the mail goes to the stored address", async () => {
    const person = await newPerson(stack);
    assert.equal((await forgot(person.email.toUpperCase())).status, 202);
    const mail = await stack.mailBox.waitFor(person.email, { where: isResetMail });
    assert.deepEqual(mail.headers.get("to"), [person.email]);
  });

  test("B8: an address may have 120 characters, not 121", async () => {
    const domain = `${"d".repeat(60)}.example`;
    const local = (/** @type {number} */ size) => "a".repeat(size - domain.length - 1);
    assert.equal((await forgot(`${local(120)}@${domain}`)).status, 202);
    assert.equal((await forgot(`${local(121)}@${domain}`)).status, 422);
  });

  test("B8: a newer mail ends the account's earlier tokens", async () => {
    const person = await newPerson(stack);
    const first = await requestLink(stack, person.email);
    const second = await requestLink(stack, person.email);
    await until("one token is left", async () => (await tokensOf(person.email)).length === 1);
    assert.equal((await reset(stack, first.token, newPassword())).status, 400);
    assert.equal((await reset(stack, second.token, newPassword())).status, 200);
  });

  test("B8: an unknown address gets no mail", async () => {
    const email = "nobody-for-mail@example.com";
    await forgot(email);
    await until("its request has ended", async () => (await requestsOf(email)).some(({ state }) => state === "no_account"));
    assert.deepEqual(await stack.mailBox.mailsTo(email), []);
  });
});

describe("the code of a mail", () => {
  /** @param {string} recovery_id @param {string} code */
  const check = (recovery_id, code) => stack.post("/api/users/recovery/check", { recovery_id, code });
  /** @param {string} recovery_id @param {string} code @param {string} new_password */
  const resetBy = (recovery_id, code, new_password) => stack.post("/api/users/reset-password", { recovery_id, code, new_password });

  test("C04, C10: sets a password once, as the link beside it would, and both end", async () => {
    const person = await newPerson(stack);
    const session = await openSession(stack, person);
    const { answer, mail, token } = await requestLink(stack, person.email);
    const [code, { recovery_id }] = [codeOf(mail), answer.json];
    assert.match(mail.html, new RegExp(`${code.slice(0, 4)} ${code.slice(4)}`));
    assert.equal((await check(recovery_id, code)).status, 204);
    assert.equal((await check(recovery_id, `${code.slice(0, 4)} ${code.slice(4)}`)).status, 204);
    assert.equal((await resetBy(recovery_id, code, "password")).status, 422);
    const password = newPassword();
    assert.equal((await resetBy(recovery_id, code, password)).status, 200);
    assert.equal((await logIn(stack, person.email, password)).status, 200);
    assert.equal(await statusOfMe(stack, session), 401);
    for (const again of [await check(recovery_id, code), await resetBy(recovery_id, code, newPassword()), await reset(stack, token, newPassword())])
      assert.deepEqual([again.status, again.json.type], [400, "urn:rekey:problem:bad-token"]);
  });

  test("C09, C10: of one request is none of another, and a newer mail's link ends it", async () => {
    const person = await newPerson(stack);
    const first = await requestLink(stack, person.email);
    const second = await requestLink(stack, person.email);
    await until("one token is left", async () => (await tokensOf(person.email)).length === 1);
    assert.equal((await check(first.answer.json.recovery_id, codeOf(first.mail))).status, 400);
    assert.equal((await check(first.answer.json.recovery_id, codeOf(second.mail))).status, 400);
    assert.equal((await check(second.answer.json.recovery_id, codeOf(second.mail))).status, 204);
  });

  test("C05: is dead after five wrong ones, and the link lives", async () => {
    const person = await newPerson(stack);
    const { answer, mail, token } = await requestLink(stack, person.email);
    const [code, { recovery_id }] = [codeOf(mail), answer.json];
    for (let turn = 0; turn < 5; ++turn) {
      assert.equal((await check(recovery_id, code)).status, 204);
      assert.equal((await check(recovery_id, wrongCode(code))).status, 400);
    }
    assert.equal((await check(recovery_id, code)).status, 400);
    assert.equal((await reset(stack, token, newPassword())).status, 200);
  });

  test("C15: a scanner that follows every link of the mail costs neither link nor code", async () => {
    const person = await newPerson(stack);
    const { answer, mail, token } = await requestLink(stack, person.email);
    for (const [, path] of mail.html.matchAll(/href="https?:\/\/[^/"]+([^"#]*)/g)) await stack.get(path);
    assert.equal((await check(answer.json.recovery_id, codeOf(mail))).status, 204);
    assert.equal((await reset(stack, token, newPassword())).status, 200);
  });
});

describe("POST /api/users/reset-password", () => {
  test("B9, P10, P14: a new password ends all sessions and tokens, logs nobody in, verifies the address, and the owner gets a notice", async () => {
    const person = await newPerson(stack);
    const sessions = await Promise.all([1, 2, 3].map(() => openSession(stack, person)));
    for (const session of sessions) assert.equal(await statusOfMe(stack, session), 200);
    const { token } = await requestLink(stack, person.email);
    const password = newPassword();
    const answer = await reset(stack, token, password);
    assert.equal(answer.status, 200);
    assert.deepEqual(Object.keys(answer.json), ["message"]);
    assert.equal(answer.headers["set-cookie"], undefined);
    assert.deepEqual(await tokensOf(person.email), []);
    for (const session of sessions) assert.equal(await statusOfMe(stack, session), 401);
    assert.equal((await logIn(stack, person.email, person.password)).status, 401);
    const me = await stack.get("/api/users/me", bearer(await openSession(stack, { ...person, password })));
    assert.equal(me.json.is_verified, accountsUnderTest === "", "the mail has reached its owner; Django keeps no such state");
    const notice = await stack.mailBox.waitFor(person.email, { where: (mail) => !isResetMail(mail) });
    assert.ok(notice.text.includes("/forgot-password") && !notice.text.includes("token=") && !notice.text.includes(password));
  });

  test("B9: unknown, used and expired tokens and a deleted user get the same 400", async () => {
    const person = await newPerson(stack);
    const { token } = await requestLink(stack, person.email);
    assert.equal((await reset(stack, token, newPassword())).status, 200);
    const gone = await newPerson(stack);
    const orphan = await requestLink(stack, gone.email);
    await stack.database.run(`DELETE FROM users WHERE id = ${literal(gone.id)}`);
    const secret = stack.settings.RESET_PASSWORD_TOKEN_SECRET;
    const bad = [token, orphan.token, mintToken(secret), mintToken(secret, { expiresAt: 1 }), "nonsense"];
    const answers = await Promise.all(bad.map((each) => reset(stack, each, newPassword())));
    assert.deepEqual([...new Set(answers.map(({ status, text }) => `${status} ${text}`))].length, 1);
    assert.equal(answers[0].status, 400);
    assert.equal(answers[0].headers["content-type"], "application/problem+json");
  });

  test("B9: eight characters are enough, seven are not, and a refused password leaves the token usable", async () => {
    const { token } = await requestLink(stack, (await newPerson(stack)).email);
    const refused = await reset(stack, token, "7 chars");
    assert.equal(refused.status, 422);
    assert.equal(refused.json.errors[0].pointer, "/new_password");
    assert.equal((await reset(stack, token, "8 \u{1F511}chars")).status, 200);
  });
});
