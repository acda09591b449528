// An upgrade under load in the test run, with few users, and what may disturb one: a transaction that holds the accounts, a migration that is
// killed, two at once, and a migration that breaks the program that runs. Each part goes on with the database of the one before.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { until } from "../system/polling.mjs";
import { LEAST_USERS } from "./load.mjs";
import { NEXT, PREVIOUS, UpgradePlace } from "./upgrade_place.mjs";
import { runUpgrade } from "./upgrade_run.mjs";

const EXTENT = { users: LEAST_USERS + 4000, perSecond: 50 };
const LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff"; // the id of an account that no call uses
const PATIENCE = { deadline: 60_000 };

/** @param {import("./load.mjs").Load} load */
const failed = (load) => load.failures.map((failure) => JSON.stringify(failure)).join("\n");

describe("an upgrade under load", () => {
  /** @type {UpgradePlace} */
  let place;
  before(async () => void (place = await UpgradePlace.start(EXTENT)));
  after(() => place?.stop());

  test("migrate, next program, previous program again: no call fails, and no accepted request is lost", async () => {
    const report = await runUpgrade(place, { quiet: 1, tell: () => {} });
    assert.equal(failed(place.load), "");
    assert.ok(report.calls > 100, `${report.calls} calls`);
    assert.equal(report.recorded, report.accepted);
    assert.equal(report.unfilled, 0);
    assert.match(report.said, /^applied 0002_mail_domain\.sql$/m);
  });
});

describe("a disturbed upgrade", () => {
  /** @type {UpgradePlace} */
  let place;
  before(async () => {
    place = await UpgradePlace.start(EXTENT);
    const { database } = place.rig;
    await database.run(`INSERT INTO users (id, username, email, password_hash)
      SELECT '${LAST}', 'last', 'last@example.net', password_hash FROM users LIMIT 1`);
    place.load.start();
  });
  after(() => place?.stop());

  const steps = () => place.rig.database.run("SELECT steps_done FROM schema_migrations WHERE name LIKE '0002%'");
  const batches = () => place.rig.database.run("SELECT batches_at FROM schema_migrations WHERE name LIKE '0002%'");
  /** Keeps the batches from their end. */
  const holdLast = () => place.rig.database.hold(`SELECT FROM users WHERE id = '${LAST}' FOR UPDATE`);

  /** @param {number} status of both origins' /readyz, in a moment: a busy machine may be late for one question */
  const readyAs = (status) => until(`/readyz answers ${status}`, async () => (await place.readiness()).every((each) => each === status));

  test("--dry-run names the steps, and changes nothing", async () => {
    const run = place.command(NEXT, "migrate", "--dry-run");
    assert.equal(await run.ended, 0);
    assert.equal(run.said.split("\n").filter((line) => /^0002_mail_domain\.sql, step \d of 5 \(.*\), serves programs from schema 0001 on$/.test(line)).length, 5);
    assert.equal(await steps(), "");
  });

  test("while a long transaction reads the accounts, the migration gives way again and again, and calls go on", async () => {
    const session = await place.rig.database.hold("SELECT FROM users LIMIT 1");
    const run = place.command(NEXT, "migrate");
    try {
      await until("the migration gave way three times", () => (run.said.match(/gave way/g) ?? []).length >= 3, PATIENCE);
      const { calls } = place.load;
      await until("calls go on", () => place.load.calls > calls + 50, PATIENCE);
      assert.equal(await steps(), "0");
    } finally {
      run.child.kill("SIGKILL");
      await run.ended;
      await session.close();
    }
    assert.equal(failed(place.load), "");
  });

  test("a migration that is killed among its batches goes on there", async () => {
    await place.rig.database.run(`
      ALTER TABLE users ADD COLUMN mail_domain text, ALTER COLUMN mail_domain SET DEFAULT '';
      UPDATE schema_migrations SET steps_done = 1 WHERE name LIKE '0002%'`); // the first step, which the lock below would keep from its end
    const session = await holdLast();
    const killed = place.command(NEXT, "migrate");
    let at = "";
    try {
      await until("the batches have begun", async () => /gave way/.test(killed.said) && Boolean(at = await batches()), PATIENCE);
    } finally {
      killed.child.kill("SIGKILL");
      await killed.ended;
      await session.close();
    }
    const half = place.command(NEXT, "serve");
    assert.equal(await half.ended, 1);
    assert.match(half.said, /has not finished migration 0002_mail_domain\.sql: run `rekey-origin migrate`/);
    await readyAs(200); // the previous program works with half of the migration
    assert.ok(at <= (await batches()));
  });

  test("of two migrations at once one does the rest, and the other waits for it", async () => {
    const session = await holdLast();
    const runs = [place.command(NEXT, "migrate"), place.command(NEXT, "migrate")];
    try {
      await until("one waits for the other", () => runs.some(({ said }) => /another `migrate` is at work/.test(said)), PATIENCE);
    } finally {
      await session.close();
    }
    assert.deepEqual(await Promise.all(runs.map(({ ended }) => ended)), [0, 0], runs.map(({ said }) => said).join("\n"));
    const printed = runs.map(({ said }) => said.split("\n").filter((line) => /^(applied|nothing)/.test(line)).join()).sort();
    assert.deepEqual(printed, ["applied 0002_mail_domain.sql", "nothing to do"]);
    assert.equal(await place.rig.database.run("SELECT count(*) FROM users WHERE mail_domain IS NULL"), "0");
  });

  test("none of this failed a call", () => assert.equal(failed(place.load), ""));

  test("a migration that breaks the previous program is told by it: /readyz, the log, and a refusal to start", async () => {
    await place.load.stop();
    await place.rig.database.run("UPDATE schema_migrations SET serves_from = 2 WHERE name LIKE '0002%'");
    await readyAs(503);
    const alarms = () => place.rig.origins.map((origin) => origin.logText().split("\n").filter((line) => line.includes('"alarm.schema"')));
    const [[line]] = await until("both origins tell it", () => alarms().every((lines) => lines.length === 1) && alarms());
    assert.match(JSON.parse(line).reason, /0002_mail_domain\.sql, which serves no program older than schema 0002; this one is of schema 0001/);
    const previous = place.command(PREVIOUS, "serve");
    assert.equal(await previous.ended, 1);
    assert.match(previous.said, /run a program that is as new as the database/);
    await place.roll(NEXT, "next");
    await readyAs(200);
  });
});
