// Recovery in the tutorial's application, row by row (B2 to B9): the mail, what is stored, asking for a link, using it.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { isResetMail, logIn, newPassword, newPerson, openSession, requestLink, reset, statusOfMe } from "./account.mjs";
import { literal } from "./database.mjs";
import { exchange } from "./http_exchange.mjs";
import { until } from "./polling.mjs";
import { startStack } from "./stack.mjs";
import { mintToken, tokenHash } from "./token.mjs";

/** @type {import("./stack.mjs").Stack} */
let stack;
before(async () => {
  stack = await startStack({ MAIL_LIMIT_PER_ACCOUNT: "100/60,1000/3600" });
});
after(() => stack?.stop());

/** @param {string} email */
const forgot = (email) => stack.post("/api/users/forgot-password", { email });
/** @param {string} email */
const tokensOf = (email) =>
  stack.database.rows(`SELECT reset_tokens.* FROM reset_tokens JOIN users ON users.id = user_id WHERE email = ${literal(email)}`);

describe("the reset mail", () => {
  test("B2: its link comes from the configured front end, whatever the request says of hosts", async () => {
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

  test("B2: a foreign Host changes nothing in a link", async () => {
    const person = await newPerson(stack);
    const headers = { "content-type": "application/json", host: "evil.example", ...stack.newClient() };
    const body = JSON.stringify({ email: person.email });
    const answer = await exchange("POST", `${stack.edgeUrl}/api/users/forgot-password`, headers, body);
    if (answer.status === 202) {
      const mail = await stack.mailBox.waitFor(person.email, { where: isResetMail });
      assert.ok(!mail.text.includes("evil.example") && !mail.html.includes("evil.example"));
    } else {
      assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status}`);
      assert.deepEqual(await tokensOf(person.email), []);
    }
  });

  test("B3: it is caught by the development mail box, whole", async () => {
    const person = await newPerson(stack);
    const { mail } = await requestLink(stack, person.email);
    assert.deepEqual(mail.headers.get("to"), [person.email]);
    assert.ok(mail.subject.length > 0);
  });

  test("B4: it has a text and an HTML part as alternatives, one recipient, one Message-ID and tidy lines", async () => {
    const person = await newPerson(stack);
    const { mail } = await requestLink(stack, person.email);
    assert.equal(mail.type, "multipart/alternative");
    assert.deepEqual(mail.parts.map((part) => part.type), ["text/plain", "text/html"]);
    for (const name of ["to", "from", "subject", "date", "message-id"]) assert.equal(mail.headers.get(name)?.length, 1, name);
    assert.ok(!mail.headers.has("cc") && !mail.headers.has("bcc"));
    assert.ok(mail.raw.split("\r\n").every((line) => line.length <= 998));
  });

  test("B5: the HTML part is a table with inline style, no script, and says all that it has to", async () => {
    const person = await newPerson(stack);
    const { mail, link } = await requestLink(stack, person.email);
    const { html } = mail;
    assert.match(html, /<table\b/i);
    assert.match(html, /\bstyle="/i);
    assert.doesNotMatch(html, /<script|<link|<iframe|<form|<img|\son\w+=|@import|url\(/i);
    assert.ok(html.includes("Rekey") && html.includes(person.username));
    assert.match(html, /60 minutes|1 hour|one hour/i);
    const button = [...html.matchAll(/<a\b[^>]*href="([^"]*)"[^>]*>/gi)].filter((match) => match[1].replaceAll("&#x3D;", "=") === link);
    assert.ok(button.length >= 1, "no button leads to the link");
    const bare = html.replace(/<[^>]*>/g, " ").replaceAll("&#x3D;", "=").replaceAll("&#x2F;", "/");
    assert.ok(bare.includes(link), "the link does not stand there to be copied");
    assert.match(mail.text, /ignore/i);
    assert.match(html, /ignore/i);
  });
});

describe("what is stored", () => {
  test("B6: of a token only its SHA-256, unique, with user, expiry and creation time, and it goes with the user", async () => {
    const person = await newPerson(stack);
    const { token } = await requestLink(stack, person.email);
    assert.equal(Buffer.from(token, "base64url").length, 54);
    const [row] = await tokensOf(person.email);
    assert.equal(row.token_hash, `\\x${tokenHash(token)}`);
    assert.equal(row.user_id, person.id);
    assert.ok(Date.parse(row.expires_at) - Date.parse(row.created_at) <= 3_600_000);
    const index = await stack.database.rows(`
      SELECT 1 FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ALL (indkey)
      WHERE indrelid = 'reset_tokens'::regclass AND indisunique AND attname = 'token_hash'`);
    assert.equal(index.length, 1);
    await stack.database.run(`DELETE FROM users WHERE id = ${literal(person.id)}`);
    assert.deepEqual(await stack.database.rows(`SELECT 1 FROM reset_tokens WHERE user_id = ${literal(person.id)}`), []);
  });

  test("B6: the database itself refuses a token that would live for more than an hour", async () => {
    const person = await newPerson(stack);
    await requestLink(stack, person.email);
    const stretch = "UPDATE reset_tokens SET expires_at = created_at + interval '60 minutes 1 second'";
    await assert.rejects(stack.database.run(`${stretch} WHERE user_id = ${literal(person.id)}`), /violates check constraint/);
  });

  test("B7: a password as Argon2id with 19 MiB, two passes, one lane", async () => {
    const { id } = await newPerson(stack);
    const { password_hash } = await stack.database.row(`SELECT password_hash FROM users WHERE id = ${literal(id)}`);
    assert.match(password_hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22,}\$[A-Za-z0-9+/]{43}$/);
  });
});

describe("POST /api/users/forgot-password", () => {
  test("B8: every address gets 202 and the same message", async () => {
    const known = await forgot((await newPerson(stack)).email);
    const unknown = await forgot("nobody-here@example.com");
    assert.equal(known.status, 202);
    assert.deepEqual(Object.keys(known.json), ["message"]);
    assert.equal(known.text, unknown.text);
  });

  test("B8: the account is found whatever the case, and the mail goes to the address as it is stored", async () => {
    const person = await newPerson(stack);
    assert.equal((await forgot(person.email.toUpperCase())).status, 202);
    const mail = await stack.mailBox.waitFor(person.email, { where: isResetMail });
    assert.deepEqual(mail.headers.get("to"), [person.email]);
  });

  test("B8: 120 characters are an address, 121 are not", async () => {
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
    await until("its row has ended", async () =>
      (await stack.database.rows(`SELECT 1 FROM reset_requests WHERE email = ${literal(email)} AND state = 'no_account'`)).length);
    assert.deepEqual(await stack.mailBox.mailsTo(email), []);
  });
});

describe("POST /api/users/reset-password", () => {
  test("B9: a new password ends the sessions and all tokens, logs nobody in, and the owner is told by mail", async () => {
    const person = await newPerson(stack);
    const session = await openSession(stack, person);
    const { token } = await requestLink(stack, person.email);
    const password = newPassword();
    const answer = await reset(stack, token, password);
    assert.equal(answer.status, 200);
    assert.deepEqual(Object.keys(answer.json), ["message"]);
    assert.equal(answer.headers["set-cookie"], undefined);
    assert.deepEqual(await tokensOf(person.email), []);
    assert.equal(await statusOfMe(stack, session), 401);
    assert.equal((await logIn(stack, person.email, person.password)).status, 401);
    assert.equal((await logIn(stack, person.email, password)).status, 200);
    const notice = await stack.mailBox.waitFor(person.email, { where: (mail) => !isResetMail(mail) });
    assert.ok(notice.text.includes("/forgot-password") && !notice.text.includes("token=") && !notice.text.includes(password));
  });

  test("B9: unknown, used and expired tokens and a vanished user get one and the same 400", async () => {
    const person = await newPerson(stack);
    const { token } = await requestLink(stack, person.email);
    await reset(stack, token, newPassword());
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
