// Origins come and go under a load of every kind of call, beside raw workerd: none of the calls is lost, and none is done twice.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";

import { Rig } from "../rig/rig.mjs";
import { MixedLoad } from "./mixed_load.mjs";

const CALLS_A_SECOND = Number(process.env.REKEY_ROLLING_RATE ?? 60);
const ROUNDS = Number(process.env.REKEY_ROLLING_ROUNDS ?? 1);
const PAUSE = 1500; // both origins serve before the next one goes

/** @type {Rig} */
let rig;
before(async () => {
  rig = await Rig.start({ origins: 2, originSettings: { ARGON2_MEMORY_KIB: "7168", ARGON2_PASSES: "1" } });
});
after(() => rig?.stop());

/** @param {NodeJS.Signals} signal @returns {Promise<MixedLoad>} after each origin has gone and come back ROUNDS times */
async function rollUnderLoad(signal) {
  const load = new MixedLoad(rig);
  await load.prepare();
  load.start(CALLS_A_SECOND);
  for (let round = 0; round < ROUNDS; ++round) {
    for (const origin of rig.origins) {
      await wait(PAUSE);
      await origin.end(signal);
      await wait(PAUSE / 3); // for calls to meet a closed port
      await origin.start();
    }
  }
  await wait(PAUSE);
  await load.stop();
  return load;
}

/** @param {string} event of the audit log */
const recorded = async (event) => Number(await rig.database.run(`SELECT count(*) FROM audit_log WHERE event = '${event}'`));

describe("under a load of every kind of call", () => {
  /** @type {Record<string, NodeJS.Signals>} */
  const ends = { "restarted one after the other": "SIGTERM", "killed one after the other": "SIGKILL" };
  for (const [how, signal] of Object.entries(ends)) {
    test(`origins that are ${how} lose no call`, async (t) => {
      await rig.database.run("TRUNCATE users, sessions, audit_log, reset_requests, deliveries CASCADE");
      const load = await rollUnderLoad(signal);
      const served = Object.fromEntries(load.served);
      t.diagnostic(`${JSON.stringify(served)}, the slowest in ${Math.round(load.slowest)} ms`);
      assert.deepEqual(load.failures, []);
      assert.ok(Object.keys(served).length === 12 && Object.values(served).every((count) => count >= 5), "every kind of call was made");
      assert.equal(await recorded("password.reset"), served.reset);
      assert.equal(await recorded("password.changed"), served.change);
      assert.equal(await recorded("user.registered"), served.register);
      assert.equal(await recorded("session.opened"), served["log-in"]);
    });
  }
});
