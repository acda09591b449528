// Two PostgreSQL servers in DATABASE_URL, one the synchronous standby of the other. The primary crashes under load, the standby is
// promoted: what was answered is there, nothing is there twice, and the origin goes on by itself. `scripts/prove pair` repeats it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { isResetMail, logIn, newPassword, newPerson, newUsername, plantLiveToken, reset } from "./account.mjs";
import { literal } from "./database.mjs";
import { resetLinkOf } from "./mail_message.mjs";
import { keepBusy, until } from "./polling.mjs";
import { Relay } from "./relay.mjs";
import { ServerPair } from "./server_pair.mjs";
import { startStack } from "./stack.mjs";

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
  /** @type {{email: string, password: string}[]} by a link */
  reset = [];
  refused = 0;

  get size() {
    return this.forgotten.length + this.registered.length + this.reset.length + this.owners.length;
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
 * @param {Ledger} ledger
 * @param {Person[]} owners who ask for a link, each once
 * @param {{person: Person, token: string}[]} links to be used, each once
 */
function caller(ledger, owners, links) {
  return async (/** @type {number} */ round) => {
    const email = `${newUsername()}@example.com`;
    const owner = round % 4 === 1 ? owners.pop() : undefined;
    const link = round % 4 === 2 ? links.pop() : undefined;
    if (owner) return ledger.heard((await forgot(owner.email)).status, 202, () => ledger.owners.push(owner));
    if (link) {
      const password = newPassword();
      const { status } = await reset(stack, link.token, password);
      return ledger.heard(status, 200, () => ledger.reset.push({ email: link.person.email, password }));
    }
    if (round % 4 === 3) {
      const { status } = await stack.post("/api/users", { username: newUsername(), email, password: newPassword() });
      return ledger.heard(status, 201, () => ledger.registered.push(email));
    }
    ledger.heard((await forgot(email)).status, 202, () => ledger.forgotten.push(email));
  };
}

/** Those of `values` that `column` of `table` has not exactly once. @param {string} table @param {string} column @param {string[]} values */
const notOnce = (table, column, values) => stack.database.rows(`
  SELECT value, (SELECT count(*) FROM ${table} WHERE ${column} = value) AS times
  FROM unnest(ARRAY[${values.map(literal)}]::text[]) AS value WHERE (SELECT count(*) FROM ${table} WHERE ${column} = value) <> 1`);

for (let round = 1; round <= FAIL_OVERS; ++round) {
  test(`F25: the primary crashes under load and the standby is promoted: nothing answered is lost or doubled (${round})`, async (t) => {
    if (round > 1) await pair.addStandby();
    const asking = await newPeople();
    const resetting = await newPeople();
    const links = await Promise.all(resetting.map(async (person) => ({ person, token: await plantLiveToken(stack, person) })));
    const ledger = new Ledger();
    let over = false;
    const load = keepBusy(8, () => over, caller(ledger, asking, links));
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
    for (const { email, password } of ledger.reset) assert.equal((await logIn(stack, email, password)).status, 200, email);
    await everyMailArrives(ledger.owners);
  });
}

const newPeople = () => Promise.all(Array.from({ length: PEOPLE }, () => newPerson(stack)));

/** A mail may come again, since its settlement does not wait for the standby; but it is the same mail. @param {Person[]} owners */
async function everyMailArrives(owners) {
  await stack.database.run("UPDATE deliveries SET leased_until = now() WHERE state = 'sending' AND leased_until > now()");
  await until("every request has ended", async () => (await stack.database.run("SELECT count(*) FROM reset_requests WHERE ended_at IS NULL")) === "0");
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
