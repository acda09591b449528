// The whole upgrade under load, and back: migrate, replace the origins one after the other by the next program, and again by the previous one.
import { setTimeout as sleep } from "node:timers/promises";

import { NEXT, PREVIOUS } from "./upgrade_place.mjs";

/**
 * @typedef {import("./upgrade_place.mjs").UpgradePlace} UpgradePlace
 * @typedef {import("./load.mjs").Failure} Failure
 *
 * @typedef {object} UpgradeReport
 * @property {number} calls
 * @property {Failure[]} failures
 * @property {number} accepted 202 answers
 * @property {number} recorded forgot requests in the database
 * @property {Map<string, number>} slowest milliseconds of the slowest answer, by phase
 * @property {number} lockWait milliseconds: the longest wait of a call for a lock that was seen
 * @property {number} migration its seconds
 * @property {string} said what migrate printed
 * @property {number} unfilled accounts that the migration did not reach
 */

/**
 * @param {UpgradePlace} place whose load has not begun
 * @param {{quiet: number, tell: (line: string) => void}} pace seconds of load alone around each part
 * @returns {Promise<UpgradeReport>}
 */
export async function runUpgrade(place, { quiet, tell }) {
  const { load } = place;
  load.start();
  await sleep(quiet * 1000);
  tell("the schema is migrated");
  const migration = await migrate(place);
  tell("the origins become the next program");
  await roll(place, NEXT, "next", "0002", quiet);
  tell("the origins become the previous program again");
  await roll(place, PREVIOUS, "back", "0001", quiet);
  await load.stop();
  return { ...migration, ...(await count(place)) };
}

/** @param {UpgradePlace} place */
async function migrate(place) {
  place.load.phase = "migrate";
  const begun = performance.now();
  const run = place.command(NEXT, "migrate");
  const code = await run.ended;
  if (code !== 0) throw new Error(`migrate ended with ${code}:\n${run.said}`);
  return { migration: (performance.now() - begun) / 1000, said: run.said };
}

/** @param {UpgradePlace} place @param {string} program @param {string} phase @param {string} schema @param {number} quiet */
async function roll(place, program, phase, schema, quiet) {
  await place.roll(program, phase);
  await sleep(quiet * 1000);
  const schemas = await place.schemas();
  if (schemas.some((one) => one !== schema)) throw new Error(`the origins know the schemas ${schemas.join(" and ")}, not ${schema}`);
}

/** @param {UpgradePlace} place */
async function count({ load, locks, rig }) {
  const { calls, failures, accepted, slowest } = load;
  const recorded = Number(await rig.database.run("SELECT count(*) FROM reset_requests WHERE user_agent <> 'planted'"));
  const unfilled = Number(await rig.database.run("SELECT count(*) FROM users WHERE mail_domain IS NULL"));
  return { calls, failures, accepted, recorded, slowest, lockWait: locks.longest, unfilled };
}
