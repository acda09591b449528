// Two PostgreSQL servers in DATABASE_URL, one the synchronous standby of the other. The primary crashes under load, the standby is
// promoted: what was answered is there, nothing is there twice, and the origin goes on by itself. `scripts/prove pair` repeats it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { bearer, isResetMail, logIn, newPassword, newPerson, newUsername, openSession, plantLiveToken, reset, statusOfMe } from "./account.mjs";
import { literal } from "./database.mjs";
import { resetLinkOf } from "./mail_message.mjs";
import { keepBusy, until } from "./polling.mjs";
import { Relay } from "./relay.mjs";
import { ServerPair } from "./server_pair.mjs";
import { startStack } from "./stack.mjs";
import { tokenHash } from "./token.mjs";

/** @typedef {import("./account.mjs").Person} Person */

const FAIL_OVERS = Number(process.env.REKEY_FAIL_OVERS ?? 1);
const PEOPLE = 24;
const ENOUGH = 40; // answers, before and after

/** @type {import("./stack.mjs").Stack} */
let stack;
/** @type {Relay} */
let relay;
/** @type {ServerPair} */
let pair;

before(async () => {
  relay = new Relay();
  stack = await startStack({ MAIL_PORT: String(await relay.listen()), ARGON2_MEMORY_KIB: "7168", ARGON2_PASSES: "1" });
  pair = await ServerPair.of(stack.database);
  await stack.origin.end("SIGTERM");
  await stack.origin.start({ DATABASE_URL: pair.url });
});
after(async () => {
  await pair?.stop();
  await stack?.stop();
  await relay?.close();
});

/** What was answered as done. */
class Ledger {
  /** @type {string[]} addresses without an account, each in one request */
  forgotten = [];
  /** @type {Person[]} with an account, each in one request */
  owners = [];
  /** @type {string[]} addresses */
  registered = [];
  /** @type {{email: string, password: string}[]} new passwords, by a link or by the owner */
  passwords = [];
  /** @type {string[]} tokens of links */
  cancelled = [];
  /** @type {string[]} tokens of sessions */
  loggedOut = [];
  refused = 0;

  get size() {
    const { forgotten, owners, registered, passwords, cancelled, loggedOut } = this;
    return [forgotten, owners, registered, passwords, cancelled, loggedOut].reduce((sum, { length }) => sum + length, 0);
  }

  /** @param {number} status @param {number} done @param {() => void} note */
  heard(status, done, note) {
    if (status === done) return note();
    assert.equal(status, 503);
    this.refused += 1;
  }
}

/** @param {string} email */
const forgot = (email) => stack.post("/api/users/forgot-password", { email });

/**
 * People for each kind of call that uses up what it takes: a link to ask for or to use, a session to end or to change the password with.
 * @typedef {object} People
 * @property {Person[]} asking
 * @property {{person: Person, token: string}[]} resetting
 * @property {{person: Person, token: string}[]} cancelling
 * @property {{person: Person, token: string}[]} changing
 * @property {{person: Person, token: string}[]} leaving
 */

/** @returns {Promise<People>} */
async function gatherPeople() {
  const withLink = async (/** @type {Person} */ person) => ({ person, token: await plantLiveToken(stack, person) });
  const withSession = async (/** @type {Person} */ person) => ({ person, token: await openSession(stack, person) });
  const each = async (/** @type {(person: Person) => Promise<{person: Person, token: string}>} */ give) => Promise.all((await newPeople()).map(give));
  return { asking: await newPeople(), resetting: await each(withLink), cancelling: await each(withLink), changing: await each(withSession), leaving: await each(withSession) };
}

/** @typedef {(ledger: Ledger, people: People) => Promise<void> | undefined} Act undefined if nobody is left for it */

/** @type {Act[]} */
const acts = [
  (ledger, { asking }) => {
    const owner = asking.pop();
    return owner && forgot(owner.email).then(({ status }) => ledger.heard(status, 202, () => ledger.owners.push(owner)));
  },
  (ledger, { resetting }) => {
    const one = resetting.pop();
    const password = newPassword();
    return one && reset(stack, one.token, password).then(({ status }) => ledger.heard(status, 200, () => ledger.passwords.push({ email: one.person.email, password })));
  },
  (ledger, { changing }) => {
    const one = changing.pop();
    const password = newPassword();
    return one && stack.patch("/api/users/me/password", { current_password: one.person.password, new_password: password }, bearer(one.token))
      .then(({ status }) => ledger.heard(status, 200, () => ledger.passwords.push({ email: one.person.email, password })));
  },
  (ledger, { cancelling }) => {
    const one = cancelling.pop();
    return one && stack.post("/api/users/reset-password/cancel", { token: one.token, email: one.person.email })
      .then(({ status }) => ledger.heard(status, 204, () => ledger.cancelled.push(one.token)));
  },
  (ledger, { leaving }) => {
    const one = leaving.pop();
    return one && stack.post("/api/users/logout", "", bearer(one.token)).then(({ status }) => ledger.heard(status, 204, () => ledger.loggedOut.push(one.token)));
  },
  (ledger) => {
    const email = `${newUsername()}@example.com`;
    return stack.post("/api/users", { username: newUsername(), email, password: newPassword() }).then(({ status }) => ledger.heard(status, 201, () => ledger.registered.push(email)));
  },
];

/** Every other call asks for an address without an account, of which there are always more. @param {Ledger} ledger @param {People} people */
const caller = (ledger, people) => async (/** @type {number} */ round) => {
  const act = round % 2 === 1 ? acts[((round - 1) / 2) % acts.length](ledger, people) : undefined;
  if (act) return act;
  const email = `${newUsername()}@example.com`;
  ledger.heard((await forgot(email)).status, 202, () => ledger.forgotten.push(email));
};

/** Those of `values` that `column` of `table` has not exactly once. @param {string} table @param {string} column @param {string[]} values */
const notOnce = (table, column, values) => stack.database.rows(`
  SELECT value, (SELECT count(*) FROM ${table} WHERE ${column} = value) AS times
  FROM unnest(ARRAY[${values.map(literal)}]::text[]) AS value WHERE (SELECT count(*) FROM ${table} WHERE ${column} = value) <> 1`);

for (let round = 1; round <= FAIL_OVERS; ++round) {
  test(`F25: the primary crashes under load and the standby is promoted: nothing answered is lost or doubled (${round})`, async (t) => {
    if (round > 1) await pair.addStandby();
    const people = await gatherPeople();
    const ledger = new Ledger();
    let over = false;
    const load = keepBusy(8, () => over, caller(ledger, people));
    try {
      await until("the load is on", () => ledger.size > ENOUGH, { deadline: 60_000 });
      await pair.crashPrimary();
      await until("calls are refused", () => ledger.refused > 0);
      await pair.promoteStandby();
      stack.database = pair.database;
      const before = ledger.size;
      await until("calls are answered again", () => ledger.size > before + ENOUGH, { deadline: 60_000 });
    } finally {
      over = true;
      await load;
    }
    t.diagnostic(`${ledger.size} answered as done, ${ledger.refused} refused`);
    assert.deepEqual(await notOnce("reset_requests", "email", [...ledger.forgotten, ...ledger.owners.map(({ email }) => email)]), []);
    assert.deepEqual(await notOnce("users", "email", ledger.registered), []);
    for (const { email, password } of ledger.passwords) assert.equal((await logIn(stack, email, password)).status, 200, email);
    const hashes = ledger.cancelled.map((token) => literal(`\\x${tokenHash(token)}`));
    assert.equal(await stack.database.run(`SELECT count(*) FROM reset_tokens WHERE token_hash = ANY (ARRAY[${hashes}]::bytea[])`), "0");
    for (const token of ledger.loggedOut) assert.equal(await statusOfMe(stack, token), 401);
    await everyMailArrives(ledger.owners);
  });
}

const newPeople = () => Promise.all(Array.from({ length: PEOPLE }, () => newPerson(stack)));

/** A mail may come again, since its settlement does not wait for the standby; but it is the same mail. @param {Person[]} owners */
async function everyMailArrives(owners) {
  await stack.database.run("UPDATE deliveries SET leased_until = now() WHERE state = 'sending' AND leased_until > now()");
  await until("every request has ended", async () => (await stack.database.run("SELECT count(*) FROM reset_requests WHERE ended_at IS NULL")) === "0", { deadline: 60_000 }); // the worker backs off for up to 10 s
  for (const { email } of owners) {
    const mails = relay.mailsTo(email).map(({ message }) => message).filter(isResetMail);
    assert.ok(mails.length > 0, email);
    assert.equal(new Set(mails.map((mail) => `${mail.messageId} ${resetLinkOf(mail).token}`)).size, 1, email);
  }
}

test("an origin starts with one of the two servers alone", async () => {
  await stack.origin.end("SIGTERM");
  await stack.origin.start({ DATABASE_URL: pair.url });
  assert.equal((await forgot(`${newUsername()}@example.com`)).status, 202);
});

test("control: with a standby that is behind, and no commit that waits for it, the loss is found", async () => {
  await pair.addStandby();
  await pair.cutOffStandby();
  const lost = `${newUsername()}@example.com`;
  assert.equal((await forgot(lost)).status, 202);
  await pair.crashPrimary();
  await pair.promoteStandby();
  stack.database = pair.database;
  assert.deepEqual(await notOnce("reset_requests", "email", [lost]), [{ value: lost, times: 0 }]);
});
