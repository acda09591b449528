// Counts the cost of a mail to the database: decided, claimed, sent to a relay that takes everything, and settled. Counts whole rounds of
// the mail worker, and subtracts the idle rounds and the forgot requests.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { until } from "../system/polling.mjs";
import { Relay } from "../system/relay.mjs";
import { CountedOrigin, DECIDES } from "./counted_origin.mjs";
import { ATTEMPTS, assertAllLookedAt, assertGates, leastCounts } from "./gate.mjs";
import { plantAccounts, plantRequests } from "./planted_rows.mjs";

/**
 * @typedef {import("./counted_origin.mjs").DatabaseWork} DatabaseWork
 * @typedef {import("./postgres_proxy.mjs").Trip} Trip
 * @typedef {import("./planted_rows.mjs").Account} Account
 */

const WARM_UP = 20;
const MAILS = 20;
const IN_A_ROUND = 64;
const QUEUE = 4 * IN_A_ROUND;

const relay = new Relay();
/** @type {CountedOrigin} */
let origin;
/** @type {Account[]} */
let accounts;
/** The cost of a round that finds nothing. */
let idleRound = { trips: 0, transactions: 0 };

before(async () => {
  origin = await CountedOrigin.start(await relay.listen());
  accounts = await plantAccounts(origin, WARM_UP + (ATTEMPTS + 1) * MAILS + QUEUE);
});
after(async () => {
  await origin?.stop();
  await relay.close();
});

/** Releases the worker until `work` is done, and then holds it before its next round. @param {() => Promise<unknown>} work */
async function withWorker(work) {
  origin.releaseWorker();
  await work();
  await origin.holdWorker();
}

/** One after the other: each request is made after the previous delivery is settled. @param {string[]} emails */
async function askOneByOne(emails) {
  for (const email of emails) {
    const before = settled();
    await origin.call("forgot-password", { email, suppress: false });
    await settles(before + 1);
  }
}

/** @param {Trip[]} trips @param {string} statement */
const named = (trips, statement) => trips.filter((trip) => trip.statement === statement);

/** Each settles one delivery or several: a group of mails and rehearsals that ended at about the same time. @param {Trip[]} trips */
const settlements = (trips) => named(trips, "settle_deliveries");

/** Settled deliveries. */
const settled = () => settlements(origin.proxy.trips).reduce((sum, { tag }) => sum + Number(tag.replace("SELECT ", "")), 0);

/** Uses the proxy alone: a query of the tables would be counted, too. @param {number} count */
function settles(count) {
  return until(`${count} deliveries are settled`, () => settled() >= count, { every: 2 });
}

/** Rounds that decided something. @param {Trip[]} trips */
function workingRounds(trips) {
  return named(trips, "create_deliveries").length;
}

/**
 * @param {DatabaseWork} work
 * @param {{mails: number, requests: number}} counts of the mails, and of the forgot requests made meanwhile
 */
function costsOfMails({ trips, rows, writingCommits, logBytes }, { mails, requests }) {
  const theWorkers = trips.filter(({ statement }) => statement !== "insert_reset_request");
  assert.equal(trips.length - theWorkers.length, requests);
  const idle = named(trips, DECIDES).length - workingRounds(trips);
  assert.ok(idle >= 0);
  return {
    roundTrips: (theWorkers.length - idle * idleRound.trips) / mails,
    transactions: (theWorkers.filter((trip) => trip.endsTransaction).length - idle * idleRound.transactions) / mails,
    writingCommits: (writingCommits - requests) / mails,
    rowsRead: rows.read / mails,
    rowsWritten: (rows.written - requests) / mails,
    coldUpdates: (rows.updated - rows.hot) / mails,
  };
}

/**
 * Without the settlements themselves: how many mails end together is chance.
 * @param {DatabaseWork} work @param {{mails: number, requests: number}} of
 */
function costsOfRounds(work, of) {
  const costs = costsOfMails(work, of);
  const each = settlements(work.trips).length / of.mails;
  return { ...costs, roundTrips: costs.roundTrips - each, transactions: costs.transactions - each, writingCommits: costs.writingCommits - each };
}

describe("a mail costs the database no more than its gate", () => {
  test("an idle round of the worker", async (t) => {
    const begun = () => named(origin.proxy.trips, DECIDES).length;
    const work = await origin.counted(() => withWorker(() => until("two rounds have begun", () => begun() >= 2)));
    const rounds = begun();
    idleRound = { trips: work.trips.length / rounds, transactions: work.trips.filter((trip) => trip.endsTransaction).length / rounds };
    assertGates(t, "mail, idle round", {
      roundTrips: idleRound.trips,
      transactions: idleRound.transactions,
      writingCommits: work.writingCommits / rounds,
      rowsRead: work.rows.read / rounds,
      rowsWritten: work.rows.written / rounds,
    });
  });

  test("a single mail", async (t) => {
    const emails = accounts.map(({ email }) => email);
    await withWorker(() => askOneByOne(emails.slice(0, WARM_UP)));
    let from = WARM_UP;
    const count = async () => {
      const work = await origin.counted(() => withWorker(() => askOneByOne(emails.slice(from, (from += MAILS)))));
      assert.equal(workingRounds(work.trips), MAILS);
      t.diagnostic([...new Set(work.trips.map(({ statement }) => statement))].join(", "));
      return costsOfMails(work, { mails: MAILS, requests: MAILS });
    };
    assertGates(t, "mail, alone", await leastCounts("mail, alone", count));
  });

  test("one of many waiting mails", async (t) => {
    await plantRequests(origin, accounts.slice(-QUEUE));
    const work = await origin.counted(() => withWorker(() => settles(QUEUE)));
    assert.equal(workingRounds(work.trips), QUEUE / IN_A_ROUND);
    t.diagnostic(`${QUEUE} mails in ${settlements(work.trips).length} settlements`);
    assertGates(t, "mail, of many", costsOfRounds(work, { mails: QUEUE, requests: 0 }));
  });

  test("a request for an address on the suppression list", async (t) => {
    const emails = accounts.slice(WARM_UP + ATTEMPTS * MAILS, WARM_UP + (ATTEMPTS + 1) * MAILS).map(({ email }) => email);
    await origin.database.run(`INSERT INTO suppressed_addresses (email) SELECT unnest(ARRAY['${emails.join("', '")}'])`);
    const work = await origin.counted(() => withWorker(() => askOneByOne(emails)));
    assert.equal(workingRounds(work.trips), MAILS);
    const ended = "SELECT count(*)::integer AS requests FROM reset_requests WHERE state = 'suppressed'";
    assert.equal((await origin.database.row(ended)).requests, MAILS);
    assertGates(t, "mail, suppressed", costsOfMails(work, { mails: MAILS, requests: MAILS }));
  });

  test("a request without an account", async (t) => {
    const emails = accounts.slice(0, MAILS).map(({ email }) => `no-${email}`);
    const work = await origin.counted(() => withWorker(() => askOneByOne(emails)));
    assert.equal(workingRounds(work.trips), MAILS);
    assertGates(t, "mail, no account", costsOfMails(work, { mails: MAILS, requests: MAILS }));
  });
});

test("every gate of mails is checked", () => assertAllLookedAt("mail, "));
