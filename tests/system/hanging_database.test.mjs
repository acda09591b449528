// PostgreSQL hangs: its processes are paused with all their connections, and no time-out of theirs ends anything. The operation
// listener answers all the same, calls are refused in time, a stop ends, and all goes on when the database does.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";

import { logIn, newPerson } from "./account.mjs";
import { valuesOf } from "./metrics_text.mjs";
import { until } from "./polling.mjs";
import { PostgresServer } from "./postgres_server.mjs";
import { startStack } from "./stack.mjs";

/** @type {import("./stack.mjs").Stack} */
let stack;
/** @type {PostgresServer} */
let server;
/** @type {import("./account.mjs").Person} */
let person;

before(async () => {
  stack = await startStack({ DATABASE_STATEMENT_MS: "2500" }); // calls are under way for as long as the edge waits
  server = await PostgresServer.of(stack.database);
  person = await newPerson(stack);
});
after(() => stack?.stop());

const forgot = () => stack.post("/api/users/forgot-password", { email: person.email });
const ops = (/** @type {string} */ path) => fetch(stack.opsUrl + path);
const metrics = async () => (await ops("/metrics")).text();
const value = (/** @type {string} */ text, /** @type {string} */ name) => valuesOf(text).get(name) ?? NaN;

describe("while it hangs", () => {
  beforeEach(() => server.signal("SIGSTOP"));
  afterEach(async () => {
    server.signal("SIGCONT");
    await until("the origin has a connection again", async () => (await ops("/readyz")).status === 200);
  });

  test("F24: health and metrics are answered, without the gauges of the database, and each failure is counted", async () => {
    const before = value(await metrics(), 'rekey_unavailable_total{what="metrics"}');
    const text = await metrics();
    assert.equal(value(text, "rekey_database_up"), 0);
    assert.doesNotMatch(text, /^rekey_(reset_requests|oldest_waiting_seconds|mails_of_the_hour|database_clock_ahead_seconds)[ {]/m);
    assert.equal(value(text, 'rekey_unavailable_total{what="metrics"}'), before + 1);
    assert.equal((await ops("/healthz")).status, 200);
    assert.equal((await ops("/readyz")).status, 503);
  });

  test("F24: calls are answered with 503, and the threads that waited for the database are free again", async () => {
    const answers = await Promise.all([forgot(), logIn(stack, person.email, person.password), stack.get("/healthz")]);
    assert.deepEqual(answers.map(({ status }) => status), [503, 503, 503]);
    await until("no connection is in use", async () => value(await metrics(), 'rekey_pool_in_use{pool="requests"}') === 0);
  });

  test("F24: SIGTERM ends the origin, with calls under way", async () => {
    const calls = Promise.all([forgot(), logIn(stack, person.email, person.password)]);
    await until("calls wait for the database", async () => value(await metrics(), 'rekey_pool_in_use{pool="requests"}') > 0);
    await stack.origin.end("SIGTERM");
    for (const { status } of await calls) assert.equal(status, 503);
    server.signal("SIGCONT");
    await stack.origin.start();
  });
});

test("when it goes on, so does the origin, without a restart", async () => {
  await until("a request is accepted", async () => (await forgot()).status === 202);
  await stack.metrics();
  await until("it is ready", async () => (await ops("/readyz")).status === 200);
});

test("of many readings of the metrics one alone asks the database", async () => {
  await stack.database.holding("LOCK TABLE gauge_lease IN ACCESS EXCLUSIVE MODE", async () => {
    const texts = await Promise.all(Array.from({ length: 4 }, metrics));
    assert.deepEqual(texts.map((text) => value(text, "rekey_database_up")), Array(4).fill(0));
    const waiting = await stack.database.run("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%gauge_lease%'");
    assert.ok(Number(waiting) <= 1, waiting);
  });
});
