// The proxy that counts round trips, with a psql whose round trips are known, and with an otherwise idle origin.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { Rig } from "../rig/rig.mjs";
import { Database } from "../system/database.mjs";
import { PostgresMessages } from "./postgres_messages.mjs";
import { PostgresProxy } from "./postgres_proxy.mjs";

/** @type {Rig} */
let rig;
/** @type {PostgresProxy} */
let proxy;

before(async () => {
  rig = await Rig.prepare({ origins: 0, edges: 0 });
  proxy = new PostgresProxy(rig.databaseUrl);
  await proxy.listen();
});
after(async () => {
  await rig?.stop();
  await proxy?.close();
});

describe("the proxy", () => {
  test("counts one round trip for each statement, and knows its outcome", async () => {
    proxy.trips = [];
    await new Database(proxy.url).holding("CREATE TEMPORARY TABLE counted AS SELECT 1 AS number", async () => {});
    const trips = proxy.trips.map(({ statement, tag, endsTransaction }) => [statement.slice(0, 6), tag, endsTransaction]);
    assert.deepEqual(trips, [["BEGIN;", "BEGIN", false], ["CREATE", "SELECT 1", false]]);
  });

  test("holds a statement until it is released", async () => {
    const database = new Database(proxy.url);
    const running = database.run("SELECT 'held'");
    await proxy.hold((statement) => statement.includes("held"));
    proxy.trips = [];
    assert.equal(await database.run("SELECT 'another'"), "another");
    assert.deepEqual(proxy.trips.map(({ statement }) => statement), ["SELECT 'another'"]);
    proxy.release();
    assert.equal(await running, "held");
  });

  test("runs its own queries without counting them and unseen by the origin", async () => {
    const session = await new Database(proxy.url).hold("SELECT 1");
    proxy.trips = [];
    await proxy.askEverywhere("SELECT 'unheard'");
    assert.equal(await session.run("SELECT 'heard'"), "heard");
    assert.equal(proxy.trips.length, 1);
    await session.close();
  });
});

test("messages are the same however their bytes arrive", () => {
  const query = Buffer.from("Q\0\0\0\x0dSELECT 1\0", "latin1");
  const startup = Buffer.from("\0\0\0\x08\0\x03\0\0", "latin1");
  const stream = Buffer.concat([startup, query, query]);
  const whole = [...new PostgresMessages("startup").take(stream)];
  const messages = new PostgresMessages("startup");
  const byByte = [...stream].flatMap((byte) => [...messages.take(Buffer.of(byte))]);
  assert.deepEqual(whole.map(({ type }) => type), ["", "Q", "Q"]);
  assert.deepEqual(byByte.map(({ bytes }) => bytes), whole.map(({ bytes }) => bytes));
  assert.deepEqual(whole[1].texts(1), ["SELECT 1"]);
});
