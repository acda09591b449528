// Webhooks on the real stack: npm's standardwebhooks verifies each. A receiver that is killed and restarted during many resets gets every
// event at least once and in order per account (REKEY_WEBHOOK_RESETS of them; scripts/prove webhooks: 1,000), and accepts no forged one.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { promisify } from "node:util";

import { Webhook } from "standardwebhooks";

import { bearer, newPassword, newPerson, openSession, reset } from "./account.mjs";
import { resetLinkOf } from "./mail_message.mjs";
import { until } from "./polling.mjs";
import { Relay } from "./relay.mjs";
import { startStack } from "./stack.mjs";
import { WebhookReceiver } from "./webhook_receiver.mjs";

/** @typedef {import("./account.mjs").Person} Person */

const run = promisify(execFile);
const PROOF = Number(process.env.REKEY_WEBHOOK_RESETS ?? 0);
const RESETS = PROOF || 24;
const LANES = 4;
const newSecret = () => `whsec_${randomBytes(32).toString("base64")}`;
const [SECRET, OLD_SECRET, MAIL_SECRET] = [newSecret(), newSecret(), newSecret()];
const REGISTERED = "account.registered";
const BY_RESET = [REGISTERED, "password_reset.requested", "password_reset.completed"];

/** @type {import("./stack.mjs").Stack} */
let stack;
/** @type {Relay} */
let relay;
/** @type {WebhookReceiver} verifies with one of the two secrets, the older one */
let receiver;
/** @type {Record<string, string>} */
let settings;

before(async () => {
  relay = new Relay();
  receiver = new WebhookReceiver(OLD_SECRET);
  settings = {
    MAIL_PORT: String(await relay.listen()), WEBHOOK_URLS: await receiver.open(), WEBHOOK_SECRETS: `${SECRET},${OLD_SECRET}`,
    ARGON2_MEMORY_KIB: "7168", ARGON2_PASSES: "1", MAIL_LIMIT_PER_ACCOUNT: "100/60,1000/3600",
  };
  stack = await startStack(settings, { LIMIT_LOGIN_PER_ACCOUNT: "1000/60", LIMIT_FORGOT_PER_ACCOUNT: "1000/60" });
});
after(async () => {
  await stack?.stop();
  await relay?.close();
  await receiver?.kill();
});
beforeEach(() => {
  receiver.answer = (answer) => answer.writeHead(204).end();
});

/** @param {Record<string, string>} changes with which the origin starts anew */
async function restart(changes) {
  await stack.origin.end("SIGTERM");
  await stack.origin.start({ ...settings, ...changes });
}

/** @param {string[]} words @returns {Promise<any>} */
async function command(...words) {
  const { stdout } = await run(stack.origin.binary, [...words, "--json"], { env: { PATH: process.env.PATH, ...stack.settings } });
  return JSON.parse(stdout);
}

/** Ends the pause after a failure, and what waits for its next attempt: otherwise a test would last as long. */
async function hurry() {
  await stack.database.run("UPDATE rekey.webhook_urls SET held_until = now()");
  // Passes over what the origin has locked: to wait for it with other rows locked may be a deadlock.
  await stack.database.run(`UPDATE rekey.webhook_messages SET due_at = now()
    WHERE id IN (SELECT id FROM rekey.webhook_messages WHERE state = 'queued' FOR UPDATE SKIP LOCKED)`);
}
/** Kills the origin and ends its leases: once its sessions have ended, for each may still commit a claim. */
async function killOrigin() {
  await stack.origin.end("SIGKILL");
  await until("its sessions have ended", async () => !(await stack.database.rows("SELECT 1 FROM pg_stat_activity WHERE usename = 'rekey_origin'")).length);
  await stack.database.run("UPDATE rekey.webhook_messages SET leased_until = now() WHERE state = 'sending'");
}

/** @param {Person} person @returns {Promise<string>} the token of a new link */
async function tokenFor(person) {
  assert.equal((await stack.post("/api/users/forgot-password", { email: person.email })).status, 202);
  const [mail] = await until("the mail has come", () => relay.mailsTo(person.email).length > 0 && relay.mailsTo(person.email), { deadline: 60_000 });
  return resetLinkOf(mail.message).token;
}

async function resetPerson() {
  const person = await newPerson(stack);
  assert.equal((await reset(stack, await tokenFor(person), newPassword())).status, 200);
  return person;
}

/** @param {Person} person @param {number} count */
const lastReason = (person, count = 1) => until("an attempt has failed", async () => {
  const rows = await stack.database.rows(`SELECT reason FROM rekey.webhook_messages WHERE account = '${person.id}' AND attempt >= ${count} AND reason NOT IN ('', 'delivered')`);
  return rows[0]?.reason;
}, { deadline: 30_000 }); // a silent receiver has ten seconds

test("each event of an account arrives signed, in order, with the account's id and address, and without a secret", async () => {
  const person = await newPerson(stack);
  const token = await tokenFor(person);
  const password = newPassword();
  assert.equal((await reset(stack, token, password)).status, 200);
  const session = await openSession(stack, { ...person, password });
  const changed = newPassword();
  assert.equal((await stack.patch("/api/users/me/password", { current_password: password, new_password: changed }, bearer(session))).status, 200);
  const events = await receiver.waitFor(person.id, [...BY_RESET, "password.changed"]);
  assert.deepEqual(events.map(({ type }) => type), [...BY_RESET, "password.changed"]);
  for (const { id, timestamp, data } of events) {
    assert.match(id, /^msg_[0-9a-f]{32}$/);
    assert.ok(Math.abs(Date.parse(timestamp) - Date.now()) < 60_000, timestamp);
    assert.equal(data.account_id, person.id);
    assert.equal(data.email, person.email);
    for (const secret of [token, password, changed, person.password, session]) assert.ok(!JSON.stringify(data).includes(secret));
  }
});

test("a request for an address without an account is no event", async () => {
  const before = receiver.accepted.length;
  const address = `${randomBytes(6).toString("hex")}@example.com`;
  assert.equal((await stack.post("/api/users/forgot-password", { email: address })).status, 202);
  await until("it has ended", async () => (await stack.database.rows(`SELECT 1 FROM rekey.reset_requests WHERE email = '${address}' AND ended_at IS NOT NULL`)).length);
  assert.deepEqual(receiver.accepted.slice(before).filter(({ data }) => data.email === address), []);
  assert.equal(await stack.database.run(`SELECT count(*) FROM rekey.webhook_messages WHERE data LIKE '%${address}%'`), "0");
});

test("a mail that the relay refuses for good is reported", async () => {
  const person = await newPerson(stack);
  relay.verdict = () => "550 5.1.1 no such mail box";
  assert.equal((await stack.post("/api/users/forgot-password", { email: person.email })).status, 202);
  const events = await receiver.waitFor(person.id, [REGISTERED, "password_reset.requested", "mail.undeliverable"]);
  relay.verdict = () => "250 2.0.0 taken";
  assert.deepEqual({ ...events[2].data, request_id: "" }, { account_id: person.id, email: person.email, request_id: "", mail: "reset", state: "rejected", smtp_code: 550 });
});

test("forged, stale and altered webhooks are refused by the receiver", async () => {
  const before = receiver.accepted.length;
  const body = JSON.stringify({ type: "password_reset.completed", timestamp: new Date().toISOString(), data: { account_id: "1" } });
  const send = async (/** @type {string} */ sent, /** @type {string} */ secret, /** @type {Date} */ at) => {
    const headers = { "webhook-id": "msg_1", "webhook-timestamp": String(Math.floor(at.getTime() / 1000)), "webhook-signature": new Webhook(secret).sign("msg_1", at, body) };
    return (await fetch(receiver.url, { method: "POST", headers, body: sent })).status;
  };
  assert.equal(await send(body, newSecret(), new Date()), 401);
  assert.equal(await send(body, OLD_SECRET, new Date(Date.now() - 3_600_000)), 401);
  assert.equal(await send(body.replace('"1"', '"2"'), OLD_SECRET, new Date()), 401);
  assert.equal(receiver.accepted.length, before);
});

describe("the receiver is killed and restarted", () => {
  test(`${RESETS} resets: every event arrives at least once, in order per account, and none is forged`, async () => {
    const refused = receiver.refused.length;
    /** @type {Person[]} */
    const persons = [];
    let left = RESETS;
    const lane = async () => {
      while (left-- > 0) persons.push(await resetPerson());
    };
    let done = false;
    const lanes = Promise.all(Array.from({ length: LANES }, lane)).finally(() => (done = true));
    let kills = 0;
    while (!done) {
      const target = receiver.requests + 1 + Math.floor(Math.random() * 20);
      await until("it has got some more", () => done || receiver.requests >= target, { deadline: 300_000, every: 5 });
      await receiver.kill();
      kills += 1;
      await until("some more was reset", () => done || Math.random() < 0.05, { deadline: 60_000 });
      await receiver.open();
      if (!PROOF) await hurry();
    }
    await lanes;
    assert.equal(persons.length, RESETS);
    const missing = () => persons.filter(({ id }) => receiver.eventsOf(id).length < BY_RESET.length);
    await until("every event has arrived", async () => {
      if (!PROOF) await hurry();
      return missing().length === 0;
    }, { deadline: 300_000, every: 500 });
    for (const { id } of persons) assert.deepEqual(receiver.eventsOf(id).map(({ type }) => type), BY_RESET);
    const mine = new Set(persons.map(({ id }) => id));
    const attempts = receiver.accepted.filter(({ data }) => mine.has(data.account_id)).length;
    assert.equal(receiver.refused.length, refused);
    console.log(`${RESETS} resets, ${kills} kills: ${RESETS * BY_RESET.length} events, ${attempts} deliveries`);
  });
});

describe("the origin is killed", () => {
  test("after the commit, before anything was sent: the event arrives after the restart", async () => {
    await receiver.kill();
    const person = await newPerson(stack);
    await killOrigin();
    await receiver.open();
    await hurry();
    await stack.origin.start();
    await receiver.waitFor(person.id, [REGISTERED]);
  });

  test("while the receiver has the event but has not answered: the same event comes again", async () => {
    receiver.answer = () => {};
    const person = await newPerson(stack);
    await receiver.waitFor(person.id, [REGISTERED]);
    await killOrigin();
    receiver.answer = (answer) => answer.writeHead(204).end();
    await stack.origin.start();
    const all = await until("it has come twice", () => {
      const mine = receiver.accepted.filter(({ data }) => data.account_id === person.id);
      return mine.length >= 2 && mine;
    });
    assert.equal(new Set(all.map(({ id }) => id)).size, 1);
    await until("it is delivered", async () => (await stack.database.run(`SELECT state FROM rekey.webhook_messages WHERE account = '${person.id}'`)) === "delivered");
  });
});

describe("a receiver that does not do what it should", () => {
  test("a redirect is not followed, and the event is tried again", async (t) => {
    const elsewhere = new WebhookReceiver(OLD_SECRET);
    t.after(() => elsewhere.kill());
    const location = await elsewhere.open();
    receiver.answer = (answer) => answer.writeHead(307, { location }).end();
    const person = await newPerson(stack);
    assert.equal(await lastReason(person), "redirect");
    receiver.answer = (answer) => answer.writeHead(204).end();
    await hurry();
    await until("it is delivered", async () => (await stack.database.run(`SELECT state FROM rekey.webhook_messages WHERE account = '${person.id}'`)) === "delivered");
    assert.equal(elsewhere.requests, 0);
  });

  test("of an endless answer the beginning is read, and its status counts", async () => {
    let written = 0;
    receiver.answer = (answer) => {
      answer.writeHead(200);
      const more = () => {
        while (!answer.destroyed && answer.write(Buffer.alloc(65_536))) written += 65_536;
      };
      answer.on("drain", more);
      more();
    };
    const person = await newPerson(stack);
    await until("it is delivered", async () => (await stack.database.run(`SELECT state FROM rekey.webhook_messages WHERE account = '${person.id}'`)) === "delivered");
    assert.ok(written < 50_000_000, String(written));
  });

  test("one that does not answer within ten seconds has failed; the other URLs go on meanwhile", async (t) => {
    const quick = new WebhookReceiver(SECRET);
    t.after(() => quick.kill());
    await restart({ WEBHOOK_URLS: `${receiver.url},${await quick.open()}` });
    receiver.answer = () => {};
    const person = await newPerson(stack);
    await quick.waitFor(person.id, [REGISTERED]);
    assert.equal(await lastReason(person), "timed_out");
    receiver.answer = (answer) => answer.writeHead(204).end();
    await restart({});
    await hurry();
    await receiver.waitFor(person.id, [REGISTERED]);
  });

  test("one at a private address gets nothing, and doctor says so", async () => {
    await restart({ WEBHOOK_URLS: "https://127.0.0.1.nip.invalid/,https://10.1.2.3/" });
    const person = await newPerson(stack);
    await until("both have failed", async () => {
      const rows = await stack.database.rows(`SELECT reason FROM rekey.webhook_messages WHERE account = '${person.id}' AND reason <> '' ORDER BY url`);
      return rows.length === 2 && rows[1].reason === "private_address";
    });
    const env = { PATH: process.env.PATH, ...stack.settings, WEBHOOK_URLS: "https://10.1.2.3/" };
    const { stdout } = await run(stack.origin.binary, ["doctor", "--json"], { env }).catch((error) => error);
    const found = JSON.parse(stdout).findings.filter((/** @type {any} */ { check }) => check === "webhooks");
    assert.deepEqual(found.map((/** @type {any} */ { cause }) => cause), ["private"]);
    await restart({});
  });

  test("410 ends the subscription, visibly, until an operator restarts it and sends the dead ones again", async () => {
    receiver.answer = (answer) => answer.writeHead(410).end();
    const person = await newPerson(stack);
    await receiver.waitFor(person.id, [REGISTERED]);
    const mine = async () => (await command("webhooks", "urls")).urls.find((/** @type {any} */ { url }) => url === receiver.url);
    const gone = await until("its URL is gone", async () => {
      const url = await mine();
      return url.state === "gone" && url;
    });
    receiver.answer = (answer) => answer.writeHead(204).end();
    const later = await newPerson(stack);
    await until("the alarm rings", () => /"event":"alarm.webhook_gone"/.test(readFileSync(join(stack.folder, "log", "origin.log"), "utf8")));
    await command("webhooks", "restart", String(gone.id));
    const { webhooks } = await command("webhooks", "list", "--state", "dead", "--account", person.id);
    assert.deepEqual(webhooks.map((/** @type {any} */ { status, reason }) => [status, reason]), [[410, "gone"]]);
    const before = receiver.accepted.length;
    assert.deepEqual(await command("webhooks", "resend", String(webhooks[0].id)), { queued: 1 });
    await until("it has come again", () => receiver.accepted.slice(before).some(({ data }) => data.account_id === person.id));
    assert.deepEqual(receiver.eventsOf(later.id), []); // nothing was stored meanwhile
    assert.equal((await mine()).state, "active");
  });
});

test("the metrics tell what was delivered, failed and given up, and what waits", async () => {
  const values = await stack.metrics();
  for (const name of ['rekey_webhooks_total{what="delivered"}', 'rekey_webhooks_total{what="failed"}', 'rekey_webhooks_total{what="dead"}',
    "rekey_webhooks_waiting", "rekey_oldest_webhook_seconds", "rekey_webhook_urls_gone"]) assert.ok(values.has(name), name);
});

describe("mails by webhook", () => {
  /** @type {WebhookReceiver} */
  let mailer;

  before(async () => {
    mailer = new WebhookReceiver(MAIL_SECRET);
    const url = await mailer.open();
    await restart({ MAIL_SENDER: "webhook", MAIL_WEBHOOK_URL: url, WEBHOOK_SECRETS: `${OLD_SECRET},mail:${MAIL_SECRET}` });
  });
  after(() => mailer?.kill());

  test("the rendered mail goes to MAIL_WEBHOOK_URL, and its link works; no message in the database holds it", async () => {
    const person = await newPerson(stack);
    assert.equal((await stack.post("/api/users/forgot-password", { email: person.email })).status, 202);
    const { type, data } = await until("the mail has come", () => mailer.accepted.find((each) => each.data.to === person.email));
    assert.equal(type, "mail.send");
    assert.ok(data.subject && data.html.includes("<") && data.from && data.message_id);
    const token = /#token=([\w-]{72})/.exec(data.text)?.[1] ?? "";
    assert.ok(!(await stack.database.dump()).includes(token));
    assert.equal((await reset(stack, token, newPassword())).status, 200);
    assert.deepEqual(relay.mailsTo(person.email), []);
    await until("the notice has come", () => mailer.accepted.filter((each) => each.data.to === person.email).length === 2);
  });

  test("while the receiver fails the mail waits, and comes under the same id", async () => {
    mailer.answer = (answer) => answer.writeHead(503).end();
    const person = await newPerson(stack);
    assert.equal((await stack.post("/api/users/forgot-password", { email: person.email })).status, 202);
    const mine = () => mailer.accepted.filter((each) => each.data.to === person.email);
    await until("it was tried", () => mine().length > 0);
    mailer.answer = (answer) => answer.writeHead(202).end();
    await until("the attempt was recorded", async () => (await stack.database.run(
      `UPDATE rekey.deliveries SET due_at = now() WHERE user_id::text = '${person.id}' AND state = 'queued' RETURNING 1`)) !== "");
    await until("it has come again", () => mine().length > 1);
    assert.equal(new Set(mine().map(({ id }) => id)).size, 1);
  });
});

test("a server that never speaks does not keep the origin from stopping", async (t) => {
  let connections = 0;
  const silent = createServer(() => void ++connections);
  t.after(() => void silent.close());
  await new Promise((resolve) => silent.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (silent.address());
  await restart({ WEBHOOK_URLS: `http://127.0.0.1:${port}/` });
  const person = await newPerson(stack);
  await until("it is under way", () => connections > 0);
  await stack.origin.end("SIGTERM");
  const [state] = await stack.database.rows(`SELECT state, reason FROM rekey.webhook_messages WHERE account = '${person.id}'`);
  assert.deepEqual(state, { state: "queued", reason: "cut_off" });
});
