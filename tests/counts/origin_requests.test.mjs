// Counts the cost of a request to the database, for each use case of the origin. The mail worker is held, so that only requests work.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { until } from "../system/polling.mjs";
import { CountedOrigin } from "./counted_origin.mjs";
import { assertAllLookedAt, assertGates } from "./gate.mjs";
import { newHash, plantAccounts, plantAnswers, plantCodes, plantSessions, plantTokens } from "./planted_rows.mjs";

/** @typedef {import("./planted_rows.mjs").Account} Account */

const WARM_UP = 8; // PostgreSQL settles on a generic plan after five executions
const ROUNDS = 20;
const AT_ONCE = 16;
const WRITERS = 4; // of forgot requests: GroupCommitSettings in origin/postgres/group_commit.h

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
 * @param {() => string | undefined} [repeat] of an Idempotency-Key
 */
async function countRequests(t, subject, useCase, outcome, inputFor, repeat = () => undefined) {
  const inputs = accounts.map(inputFor);
  const call = async (/** @type {Record<string, unknown>} */ input) => assert.equal((await origin.call(useCase, input, repeat())).outcome, outcome);
  for (const input of inputs.slice(0, WARM_UP)) await call(input);
  const work = await origin.counted(async () => {
    for (const input of inputs.slice(WARM_UP)) await call(input);
  });
  assertWork(t, subject, work, ROUNDS);
}

/**
 * @param {import("node:test").TestContext} t
 * @param {string} subject
 * @param {import("./counted_origin.mjs").DatabaseWork} work
 * @param {number} requests that it was done for
 */
function assertWork(t, subject, work, requests) {
  assert.equal(work.trips.length, work.calls, `the proxy and pg_stat_statements count the same statements: ${work.texts}`);
  t.diagnostic(`${subject}: ${[...new Set(work.trips.map(({ statement }) => statement))].join(", ")}`);
  assertGates(t, subject, {
    roundTrips: work.trips.length / requests,
    transactions: work.trips.filter((trip) => trip.endsTransaction).length / requests,
    writingCommits: work.writingCommits / requests,
    rowsRead: work.rows.read / requests,
    rowsWritten: work.rows.written / requests,
    pages: work.pages / requests,
    logBytes: work.logBytes / requests,
  });
}

/**
 * Sixteen forgot requests under way, none of them answered: each writer is held with the INSERT of one request, and all other requests
 * wait for a writer.
 */
async function forgotsThatWait() {
  const isInsert = (/** @type {string} */ statement) => statement.startsWith("insert_reset_request");
  const ask = () => origin.call("forgot-password", { email: "nobody@example.com", suppress: false });
  /** @type {Promise<any>[]} */
  const asked = [];
  for (let writer = 0; writer < WRITERS; ++writer) {
    const held = origin.proxy.hold(isInsert);
    asked.push(ask());
    await held;
  }
  while (asked.length < AT_ONCE) asked.push(ask());
  await until("all others wait", async () => (await origin.metric("rekey_commit_queue")) === AT_ONCE - WRITERS, { every: 5 });
  return {
    async answered() {
      origin.proxy.release(isInsert);
      for (const answer of await Promise.all(asked)) assert.equal(answer.outcome, "accepted");
    },
  };
}

describe("a request costs the database no more than its gate", () => {
  test("forgot", (t) =>
    countRequests(t, "origin, forgot", "forgot-password", "accepted", ({ email }) => ({ email, suppress: false })));

  test("forgots that come at once", async (t) => {
    for (let round = 0; round < WARM_UP; ++round) await (await forgotsThatWait()).answered();
    const waiting = await forgotsThatWait();
    const work = await origin.counted(() => waiting.answered());
    assertWork(t, "origin, forgot, 16 at once", work, AT_ONCE);
  });

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

  test("a wrong code", async (t) => {
    const requests = await plantCodes(origin, accounts);
    await countRequests(t, "origin, wrong code", "check-code", "bad_token", (_, index) => ({ recovery: requests[index], code: "1:0000000000000000" }));
  });

  test("a reset", async (t) => {
    const tokens = await plantTokens(origin, accounts);
    await countRequests(t, "origin, reset", "reset-password", "ok", (_, index) =>
      ({ token: tokens[index], new_password: "a walk in the rain" }));
  });

  test("a reset under an Idempotency-Key", async (t) => {
    const tokens = await plantTokens(origin, accounts);
    await plantAnswers(origin, 10_000);
    await countRequests(t, "origin, reset, under a key", "reset-password", "ok", (_, index) =>
      ({ token: tokens[index], new_password: "a walk in the snow" }), () => newHash() + newHash());
  });

  test("the list of sessions", async (t) => {
    const sessions = await plantSessions(origin, accounts);
    await countRequests(t, "origin, sessions", "sessions", "ok", (_, index) => ({ session: sessions[index] }));
  });

  test("a session that is over", (t) =>
    countRequests(t, "origin, me, no session", "me", "no_session", () => ({ session: newHash(), renewal: "" })));
});

test("every gate of the origin's requests is checked", () => assertAllLookedAt("origin, "));
