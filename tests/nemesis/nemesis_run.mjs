// One run of the nemesis: the world is built, tormented by the schedule while clients call, mended, drained and checked. nemesis.mjs
// prints the result; the tests and planted.mjs use its figures. The history of a run that is interrupted, or fails before its end, is
// deleted, since it can't be checked.
import { join } from "node:path";

import { checkout } from "../system/stack.mjs";
import { check } from "./checker.mjs";
import { ClientLanes } from "./client_lanes.mjs";
import { drain, endOf, writingsOf } from "./drain.mjs";
import { EdgeClient } from "./edge_client.mjs";
import { carryOut } from "./fault_acts.mjs";
import { ForeignProduct } from "./foreign_product.mjs";
import { Recorder } from "./recorder.mjs";
import { makeSchedule, phasesOf } from "./schedule.mjs";
import { SeededRandom } from "./seeded_random.mjs";
import { World } from "./world.mjs";

/**
 * @typedef {import("./history.mjs").Run} Run
 * @typedef {import("./history.mjs").Violation} Violation
 * @typedef {import("./schedule.mjs").PlannedFault} PlannedFault
 *
 * @typedef {object} Wanted
 * @property {number} seconds of the whole run
 * @property {string} seed
 * @property {string} [originBinary]
 * @property {string} [accounts] of another product (foreign_accounts.mjs); Rekey's own by default
 * @property {PlannedFault[]} [schedule] instead of the seed's
 * @property {readonly import("./client_lanes.mjs").StoryName[]} [stories] the clients' stories; all by default
 * @property {(line: string) => void} [tell] reports the run's progress
 *
 * @typedef {object} Result
 * @property {Run} run
 * @property {Violation[]} violations
 * @property {Record<string, any>} counts of the checker
 * @property {string} path of the kept history
 * @property {() => void} forget deletes it
 */

const KEPT = join(checkout, ".rekey/nemesis");

/** @param {Wanted} wanted @returns {Promise<Result>} */
export async function runNemesis({ seconds, seed, originBinary, accounts, schedule = makeSchedule(seed, seconds), stories, tell = () => {} }) {
  const recorder = new Recorder(join(KEPT, `${new Date().toISOString().replaceAll(/[:.]/g, "-")}-${seed}.jsonl`), seed);
  const run = await recordRun({ recorder, seed, originBinary, accounts, schedule, stories, seconds, tell }).catch(async (error) => {
    await recorder.close();
    recorder.forget();
    throw error;
  });
  tell("checking");
  const { violations, counts } = check(run);
  return { run, violations, counts, path: recorder.path, forget: () => recorder.forget() };
}

/**
 * @param {Required<Pick<Wanted, "seconds" | "seed" | "schedule" | "tell">> & Pick<Wanted, "originBinary" | "accounts" | "stories"> & {recorder: Recorder}} wanted
 * @returns {Promise<Run>}
 */
async function recordRun({ recorder, seed, originBinary, accounts, schedule, stories, seconds, tell }) {
  const world = await World.start(recorder, new SeededRandom(`relay ${seed}`), { originBinary, accounts });
  const client = new EdgeClient(() => world.edgeUrls, recorder, new SeededRandom(`calls ${seed}`));
  try {
    const opener = accounts ? new ForeignProduct(world.rig.database, recorder) : client;
    await torment(world, new ClientLanes(client, opener, new SeededRandom(`stories ${seed}`), stories), schedule, seconds, tell);
    tell("everything is mended; waiting until no mail is left to send");
    await drain(world);
    const end = await endOf(world);
    const frontendUrl = world.rig.settings.FRONTEND_URL;
    return await recorder.finish({ end, writings: await writingsOf(world), secrets: world.secrets(), frontendUrl });
  } finally {
    client.close();
    await world.stop();
  }
}

/**
 * @param {World} world
 * @param {ClientLanes} lanes
 * @param {PlannedFault[]} schedule
 * @param {number} seconds
 * @param {(line: string) => void} tell
 */
async function torment(world, lanes, schedule, seconds, tell) {
  const { recorder } = world;
  recorder.begin();
  await lanes.openAccounts();
  tell(`${lanes.book.accounts.length} accounts are open; ${schedule.length} faults are planned`);
  const callsEnd = recorder.now() + phasesOf(seconds).callsEnd * 1000;
  await Promise.all([lanes.run(callsEnd), carryOut(world, schedule)]);
  await world.isWhole();
  await lanes.lookAtTheEnd();
}
