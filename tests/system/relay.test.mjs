// The relay fails on the real stack: the operator is told, no attempt is burned, a second relay takes over, and every accepted request
// is mailed in the end. Also the hour's budget, the suppression list and guesses from many clients.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";

import { newPassword, newPerson } from "./account.mjs";
import { literal } from "./database.mjs";
import { until } from "./polling.mjs";
import { Relay } from "./relay.mjs";
import { freePorts, startStack } from "./stack.mjs";

/** @typedef {import("./account.mjs").Person} Person */

const run = promisify(execFile);
const [REQUESTS, AN_HOUR] = [20, 30];

/** @type {import("./stack.mjs").Stack} */
let stack;
/** @type {Relay} */
let fallback;
/** @type {Relay | undefined} */
let primary;
let primaryPort = 0;

before(async () => {
  fallback = new Relay();
  primaryPort = await freePorts(1);
  const settings = { MAIL_PORT: String(primaryPort), MAIL_SENDERS: "2", MAIL_LIMIT_PER_ACCOUNT: "100/60,1000/3600" };
  stack = await startStack(settings, { LIMIT_LOGIN_PER_ACCOUNT: "100/60" });
});
after(async () => {
  await stack?.stop();
  await primary?.close();
  await fallback?.close();
});

/** @param {string} email */
const forgot = (email) => stack.post("/api/users/forgot-password", { email });
/** @param {string} email @returns {Promise<string[]>} */
const statesOf = async (email) => (await stack.database.rows(`SELECT state FROM reset_requests WHERE email = ${literal(email)} ORDER BY id`)).map((row) => row.state);
/** @param {Record<string, string>} settings with which the origin starts anew */
async function restart(settings) {
  await stack.origin.end("SIGTERM");
  await stack.origin.start(settings);
}

/** @param {string} event @returns {any[]} its lines */
function events(event) {
  const lines = readFileSync(join(stack.folder, "log", "origin.log"), "utf8").split("\n").slice(0, -1); // the last may still be incomplete
  return lines.filter((line) => line.includes(`"event":"${event}"`)).map((line) => JSON.parse(line));
}

/** @param {string} name with its labels @param {number} value that it has in a moment: counters follow the commit @param {{deadline: number}} [pace] */
async function shows(name, value, pace) {
  await until(`${name} ${value}`, async () => (await stack.metrics()).get(name) === value, pace);
}

/** @param {string[]} words @returns {Promise<{code: number, output: string}>} */
async function command(...words) {
  const env = { PATH: process.env.PATH, ...stack.settings };
  return run(stack.origin.binary, words, { env }).then(
    ({ stdout }) => ({ code: 0, output: stdout }),
    (error) => ({ code: error.code, output: error.stdout + error.stderr }),
  );
}

describe("with the relay's port closed", () => {
  /** @type {Person[]} */
  const people = [];

  test("twenty accepted requests wait: the operator is told at once, and no attempt is burned", async () => {
    for (let i = 0; i < REQUESTS; ++i) people.push(await newPerson(stack));
    for (const { email } of people) assert.equal((await forgot(email)).status, 202);
    const [change] = await until("the change is told", () => events("relay.changed").length > 0 && events("relay.changed"));
    assert.deepEqual([change.relay, change.from, change.to, change.reason], ["primary", "reachable", "unreachable", "no connection to the relay"]);
    await shows('rekey_relay{state="unreachable"}', 1);
    await shows('rekey_relay{state="reachable"}', 0);
  });

  test("no request has ended, nothing was tried, and the age of the oldest is shown", async () => {
    await stack.database.run("UPDATE reset_requests SET waiting_since = waiting_since - interval '5 minutes'");
    assert.ok(Number((await stack.metrics()).get('rekey_oldest_waiting_seconds{state="queued"}')) >= 300);
    const states = await stack.database.rows("SELECT state, count(*)::integer AS requests FROM reset_requests GROUP BY state");
    assert.deepEqual(states, [{ state: "queued", requests: REQUESTS }]);
    assert.deepEqual(await stack.database.rows("SELECT * FROM delivery_attempts"), []);
  });

  test("the relay comes back: a probe finds it, and every request is mailed", async () => {
    primary = new Relay();
    await primary.listen(primaryPort);
    await until("all mails are out", () => primary && primary.mails.length >= REQUESTS, { deadline: 60_000, every: 100 });
    await until("all have ended", async () => (await Promise.all(people.map(({ email }) => statesOf(email)))).every(([state]) => state === "sent"));
    assert.deepEqual(people.map(({ email }) => primary?.mailsTo(email).length), people.map(() => 1));
    await shows('rekey_relay{state="reachable"}', 1);
    await shows('rekey_reset_requests_ended_total{cause="taken",state="sent"}', REQUESTS);
    await until("the change is told", () => events("relay.changed").at(-1).to === "reachable");
    await shows('rekey_oldest_waiting_seconds{state="queued"}', 0);
  });
});

// Half a minute passes before the alarm of a relay that is silent or away: tests/origin/relay_health_test.cpp.
describe("with a relay that refuses the sender", () => {
  test("the alarm rings at once, and the request waits", async () => {
    if (primary) primary.wordOnSender = "553 5.7.1 not your address";
    await restart({});
    const person = await newPerson(stack);
    await forgot(person.email);
    const alarm = await until("the alarm rings", () => events("alarm.relay_down").find(({ state }) => state === "refusing"));
    assert.deepEqual([alarm.level, alarm.relay, alarm.mails], ["error", "primary", "wait"]);
    await shows('rekey_alarms_total{what="relay"}', 1);
    await until("the request waits", async () => (await statesOf(person.email)).join() === "queued");
  });
});

describe("with a second relay", () => {
  test("it takes the mails while the first one is away; afterwards the first one does", async () => {
    await primary?.close(); // first: a mail still waits, and a refusal of it would delay the probe by a minute
    await restart({ MAIL_FALLBACK_SERVER: "127.0.0.1", MAIL_FALLBACK_PORT: String(await fallback.listen()), MAIL_FALLBACK_TLS: "none" });
    const person = await newPerson(stack);
    await forgot(person.email);
    await until("the fallback has the mail", () => fallback.mailsTo(person.email).length === 1);
    await shows('rekey_fallback_relay{state="reachable"}', 1);
    primary = new Relay();
    await primary.listen(primaryPort);
    await shows('rekey_relay{state="reachable"}', 1, { deadline: 30_000 });
    const other = await newPerson(stack);
    await forgot(other.email);
    await until("the first relay has the mail", () => primary?.mailsTo(other.email).length === 1);
    assert.equal(fallback.mailsTo(other.email).length, 0);
  });
});

describe("MAIL_LIMIT_TOTAL", () => {
  test("over it requests wait, the alarm rings, and once there is room they are mailed", async () => {
    await restart({ MAIL_LIMIT_TOTAL: String(AN_HOUR) });
    await stack.database.run(`INSERT INTO mail_minutes VALUES (date_trunc('minute', now()) - interval '1 minute', ${AN_HOUR})`);
    const person = await newPerson(stack);
    await forgot(person.email);
    const [alarm] = await until("the alarm rings", () => events("alarm.mail_budget").length > 0 && events("alarm.mail_budget"));
    assert.equal(alarm.mails_an_hour, AN_HOUR);
    await shows("rekey_mails_of_the_hour", AN_HOUR);
    await shows("rekey_mail_limit", AN_HOUR);
    await until("the request waits", async () => (await statesOf(person.email)).join() === "queued");
    await stack.database.run("UPDATE mail_minutes SET minute = minute - interval '61 minutes'");
    await until("the mail is out", () => primary?.mailsTo(person.email).length === 1);
    await until("that there is room again is told", () => events("mail.budget_left").length === 1);
    await shows("rekey_mails_of_the_hour", 1);
  });
});

describe("the suppression list", () => {
  test("an address on it gets no mail, and its requests end as suppressed", async () => {
    const person = await newPerson(stack);
    const typed = person.email.toUpperCase();
    assert.deepEqual(await command("mail", "suppress", typed), { code: 0, output: `${typed} is suppressed\n` });
    assert.match((await command("mail", "suppressed")).output, new RegExp(`\\n${person.email} +\\S+Z\\n$`));
    await forgot(person.email);
    await until("it ended", async () => (await statesOf(person.email))[0] === "suppressed");
    await shows('rekey_reset_requests_ended_total{cause="listed",state="suppressed"}', 1);
    assert.equal((await command("mail", "unsuppress", person.email)).code, 0);
    assert.equal((await command("mail", "unsuppress", person.email)).code, 1);
    await forgot(person.email);
    await until("the mail is out", () => primary?.mailsTo(person.email).length === 1);
  });
});

describe("wrong passwords for one account from many clients", () => {
  test("are told once, with the account's id and without its address", async () => {
    const person = await newPerson(stack);
    for (let i = 0; i < 25; ++i) {
      const answer = await stack.post("/api/users/login", { email: person.email, password: newPassword() });
      assert.equal(answer.status, 401);
    }
    const lines = await until("it is told", () => events("login.guessing").length > 0 && events("login.guessing"));
    assert.deepEqual(lines.map(({ level, user_id }) => [level, user_id]), [["warning", person.id]]);
    await shows("rekey_guessed_accounts_total", 1);
    assert.ok(!JSON.stringify(lines).includes(person.email));
  });
});
