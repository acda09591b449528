// Counts the cost of a request to the database, for each use case of the origin. The mail worker is held, so that only requests work.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { CountedOrigin } from "./counted_origin.mjs";
import { assertAllLookedAt, assertGates } from "./gate.mjs";
import { newHash, plantAccounts, plantSessions, plantTokens } from "./planted_rows.mjs";

/** @typedef {import("./planted_rows.mjs").Account} Account */

const WARM_UP = 8; // PostgreSQL settles on a generic plan after five executions
const ROUNDS = 20;

/** @type {CountedOrigin} */
let origin;
/** @type {Account[]} one for each round of a flow */
let accounts;

before(async () => {
  origin = await CountedOrigin.start();
  accounts = await plantAccounts(origin, WARM_UP + ROUNDS);
});
after(() => origin?.stop());

/**
 * Runs a use case for one account after the other, and checks its cost against its gates.
 * @param {import("node:test").TestContext} t
 * @param {string} subject
 * @param {string} useCase
 * @param {string} outcome that each call must have
 * @param {(account: Account, index: number) => Record<string, unknown>} inputFor
 */
async function countRequests(t, subject, useCase, outcome, inputFor) {
  const inputs = accounts.map(inputFor);
  const call = async (/** @type {Record<string, unknown>} */ input) => assert.equal((await origin.call(useCase, input)).outcome, outcome);
  for (const input of inputs.slice(0, WARM_UP)) await call(input);
  const work = await origin.counted(async () => {
    for (const input of inputs.slice(WARM_UP)) await call(input);
  });
  assert.equal(work.trips.length, work.calls, "the proxy and pg_stat_statements count the same statements");
  t.diagnostic(`${subject}: ${[...new Set(work.trips.map(({ statement }) => statement))].join(", ")}`);
  assertGates(t, subject, {
    roundTrips: work.trips.length / ROUNDS,
    transactions: work.trips.filter((trip) => trip.endsTransaction).length / ROUNDS,
    writingCommits: work.writingCommits / ROUNDS,
    rowsRead: work.rows.read / ROUNDS,
    rowsWritten: work.rows.written / ROUNDS,
    pages: work.pages / ROUNDS,
    logBytes: work.logBytes / ROUNDS,
  });
}

describe("a request costs the database no more than its gate", () => {
  test("forgot", (t) =>
    countRequests(t, "origin, forgot", "forgot-password", "accepted", ({ email }) => ({ email, suppress: false })));

  test("a log-in", (t) =>
    countRequests(t, "origin, log-in", "login", "ok", ({ email, password }) => ({ email, password, session: newHash() })));

  test("a refused log-in of a known address", (t) =>
    countRequests(t, "origin, log-in refused, known", "login", "bad_credentials", ({ email }) =>
      ({ email, password: "not the password", session: newHash() })));

  test("a refused log-in of an unknown address", (t) =>
    countRequests(t, "origin, log-in refused, unknown", "login", "bad_credentials", ({ email }) =>
      ({ email: `no-${email}`, password: "not the password", session: newHash() })));

  test("me", async (t) => {
    const sessions = await plantSessions(origin, accounts);
    await countRequests(t, "origin, me", "me", "ok", (_, index) => ({ session: sessions[index], renewal: "" }));
  });

  test("me, with a renewal of the session", async (t) => {
    const sessions = await plantSessions(origin, accounts);
    await countRequests(t, "origin, me, renewed", "me", "ok", (_, index) => ({ session: sessions[index], renewal: newHash() }));
  });

  test("a log-out", async (t) => {
    const sessions = await plantSessions(origin, accounts);
    await countRequests(t, "origin, log-out", "logout", "ok", (_, index) => ({ session: sessions[index] }));
  });

  test("a cancelled reset", async (t) => {
    const tokens = await plantTokens(origin, accounts);
    await countRequests(t, "origin, cancel", "cancel-reset", "ok", ({ email }, index) => ({ token: tokens[index], email }));
  });

  test("a reset with an unknown token", (t) =>
    countRequests(t, "origin, reset, unknown token", "reset-password", "bad_token", () =>
      ({ token: newHash(), new_password: "an umbrella at last" })));

  test("a change of the password", async (t) => {
    const sessions = await plantSessions(origin, accounts);
    await countRequests(t, "origin, change password", "change-password", "ok", ({ password }, index) =>
      ({ session: sessions[index], current_password: password, new_password: "an umbrella at last" }));
  });

  test("a reset", async (t) => {
    const tokens = await plantTokens(origin, accounts);
    await countRequests(t, "origin, reset", "reset-password", "ok", (_, index) =>
      ({ token: tokens[index], new_password: "a walk in the rain" }));
  });
});

test("every gate of the origin's requests is checked", () => assertAllLookedAt("origin, "));
