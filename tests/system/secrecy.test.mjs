// Secrets leak nowhere: no live token reaches the origin, a log or the database; no password, address or key reaches a log. A proxy
// records every byte between edge and origin (G01, G02, G04, G05, T19).
import assert from "node:assert/strict";
import { basename } from "node:path";
import { after, before, describe, test } from "node:test";

import {
  bearer, isResetMail, logIn, newPassword, newPerson, openSession, plantLiveToken, requestLink, reset, statusOfMe,
} from "./account.mjs";
import { until } from "./polling.mjs";
import { RecordingProxy } from "./recording_proxy.mjs";
import { startStack } from "./stack.mjs";

/** @type {import("./stack.mjs").Stack} */
let stack;
/** @type {RecordingProxy} */
let proxy;
/** The secrets that the journey used, and that must be found nowhere. */
const used = { tokens: /** @type {string[]} */ ([]), passwords: /** @type {string[]} */ ([]), addresses: /** @type {string[]} */ ([]) };
/** @type {Buffer} */
let passed;
/** @type {{name: string, text: string}[]} */
let logs;
let dump = "";

before(async () => {
  proxy = new RecordingProxy();
  const port = await proxy.listen();
  stack = await startStack({ MAIL_LIMIT_PER_ACCOUNT: "100/60,1000/3600" }, { ORIGIN_URLS: `http://127.0.0.1:${port}` }, ({ originUrl }) => {
    proxy.target = { host: "127.0.0.1", port: Number(new URL(originUrl).port) };
  });
  await journey();
  await until("every request has ended", async () =>
    (await stack.database.rows("SELECT 1 FROM reset_requests WHERE ended_at IS NULL")).length === 0);
  passed = proxy.recorded();
  dump = await stack.database.dump();
  logs = stack.logs();
});
after(async () => {
  await stack?.stop();
  await proxy?.close();
});

/** Every use case, with good and bad input, so that errors are logged too. */
async function journey() {
  const person = await newPerson(stack);
  const next = [newPassword(), newPassword(), newPassword()];
  const link = await requestLink(stack, person.email);
  const session = await openSession(stack, person);
  used.addresses.push(person.email);
  used.passwords.push(person.password, ...next);
  used.tokens.push(link.token, session);

  await reset(stack, link.token, "short");
  assert.equal((await reset(stack, link.token, next[0])).status, 200);
  await reset(stack, link.token, next[1]);
  await statusOfMe(stack, session);
  await logIn(stack, person.email, person.password);

  const mine = await openSession(stack, { ...person, password: next[0] });
  const change = { current_password: next[0], new_password: next[1] };
  await stack.patch("/api/users/me/password", { ...change, current_password: next[2] }, bearer(mine));
  assert.equal((await stack.patch("/api/users/me/password", change, bearer(mine))).status, 200);
  await stack.post("/api/users/logout", "", bearer(mine));
  used.tokens.push(mine);

  const cookie = await cookieOf(person.email, next[1]);
  assert.equal((await stack.get("/api/users/me", { cookie: `__Host-rekey=${cookie}` })).status, 200);
  const cancelled = await requestLink(stack, person.email);
  await stack.post("/api/users/reset-password/cancel", { token: cancelled.token, email: person.email });
  const viaRouter = await requestLink(stack, person.email);
  await stack.post("/auth/reset-password", { token: viaRouter.token, password: next[2] });
  used.tokens.push(cookie, cancelled.token, viaRouter.token, await plantLiveToken(stack, person));
  await stack.get(`/reset-password?token=${viaRouter.token}`);
  await stack.mailBox.waitFor(person.email, { where: (mail) => !isResetMail(mail), count: 3 });
}

/**
 * @param {string} email
 * @param {string} password
 * @returns {Promise<string>}
 */
async function cookieOf(email, password) {
  const answer = await stack.post("/api/users/login", { email, password });
  return /^__Host-rekey=([\w-]{72});/.exec(answer.headers["set-cookie"]?.[0] ?? "")?.[1] ?? assert.fail("no cookie");
}

/**
 * @param {string} secret a text
 * @returns {Buffer[]} the forms in which it could have been written
 */
function formsOfText(secret) {
  const bytes = Buffer.from(secret);
  return [bytes, ...writtenForms(bytes), Buffer.from(encodeURIComponent(secret))];
}

/**
 * @param {string} token
 * @returns {Buffer[]} the forms of its text, and of the random bytes in it
 */
function formsOfToken(token) {
  const random = Buffer.from(token, "base64url").subarray(6, 38);
  return [...formsOfText(token), random, ...writtenForms(random)];
}

/** @param {Buffer} bytes */
function writtenForms(bytes) {
  const hex = bytes.toString("hex");
  const texts = [hex, hex.toUpperCase(), bytes.toString("base64").replace(/=+$/, ""), bytes.toString("base64url")];
  return texts.map((text) => Buffer.from(text));
}

/**
 * @param {Buffer} haystack
 * @param {Buffer[]} forms
 */
const holds = (haystack, forms) => forms.some((form) => haystack.includes(form));

describe("a live token", () => {
  test("the search works: it finds a used token's hash, and an address", () => {
    assert.ok(used.tokens.length >= 7);
    assert.ok(passed.length > 5000 && passed.includes(used.addresses[0]));
    assert.ok(dump.includes(used.addresses[0]) && logs.some((log) => log.text.includes("password.reset")));
    for (const part of ["origin.log", "edge.log", "log"]) {
      assert.ok(logs.some(({ name, text }) => basename(name) === part && text.length > 0), `no log of ${part}`);
    }
  });

  test("never passes between edge and origin, in either direction", () => {
    for (const token of used.tokens) assert.ok(!holds(passed, formsOfToken(token)));
  });

  test("G01: is in no log of any part", () => {
    for (const { name, text } of logs) {
      for (const token of used.tokens) assert.ok(!holds(Buffer.from(text, "latin1"), formsOfToken(token)), name);
    }
  });

  test("T19: is nowhere in a dump of the database; hashes have 32 bytes, and ended deliveries have no seed", async () => {
    for (const token of used.tokens) assert.ok(!holds(Buffer.from(dump), formsOfToken(token)));
    const rows = await stack.database.rows(`
      SELECT octet_length(token_hash) AS size, seed FROM deliveries WHERE seed IS NOT NULL OR token_hash IS NOT NULL`);
    assert.ok(rows.length >= 3);
    for (const row of rows) assert.deepEqual([row.size, row.seed], [32, null]);
  });
});

describe("logs", () => {
  test("G01: hold no password and no secret from the settings", () => {
    const names = ["EDGE_ORIGIN_KEYS", "RESET_PASSWORD_TOKEN_SECRET", "SEED_SECRET"];
    const keys = names.map((name) => stack.settings[name].replace(/^\d+:/, ""));
    const needles = [...[...used.passwords, ...keys].map(formsOfText), ...keys.map((key) => writtenForms(Buffer.from(key, "base64url")))];
    for (const { name, text } of logs) {
      for (const forms of needles) assert.ok(!holds(Buffer.from(text, "latin1"), forms), name);
    }
  });

  test("G02: hold no e-mail address", () => {
    for (const { name, text } of logs) {
      for (const address of used.addresses) assert.ok(!holds(Buffer.from(text.toLowerCase(), "latin1"), formsOfText(address)), name);
    }
  });

  test("G05: PostgreSQL is set to log neither statements nor their parameters", async () => {
    const wanted = { log_statement: "none", log_parameter_max_length: "0", log_parameter_max_length_on_error: "0" };
    for (const [name, value] of Object.entries(wanted)) {
      assert.equal(await stack.database.run(`SHOW ${name}`), value, name);
    }
  });

  test("G04: each event of the origin is one line of JSON with its time in UTC and its request id", () => {
    const origin = logs.find((log) => log.name.endsWith("/origin.log"));
    const events = (origin?.text ?? "").split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
    const resets = events.filter((event) => event.event === "password.reset");
    assert.equal(resets.length, 2);
    for (const event of events) assert.match(event.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
    for (const event of resets) assert.match(event.request_id, /^[\w-]{22}$/);
  });
});
