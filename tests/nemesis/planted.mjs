// `scripts/prove planted [name]`: the control of the nemesis. A bug is planted in both origins, and a short run, whose faults and stories
// reveal that bug, must find a violation of the promise that it breaks. One such run without a bug, `none`, must find nothing. Exit code 1
// if one fails.
import { describe } from "./checker.mjs";
import { plantedOrigin } from "./planted_origin.mjs";
import { runNemesis } from "./nemesis_run.mjs";

/**
 * @typedef {import("./nemesis_run.mjs").Wanted} Wanted
 * @typedef {import("./nemesis_run.mjs").Result} Result
 *
 * @typedef {object} Planted
 * @property {readonly string[]} claims the checks, of which one must find the bug
 * @property {Pick<Wanted, "seconds" | "schedule" | "stories">} run
 */

const fault = (/** @type {string} */ name, /** @type {string} */ target, /** @type {number} */ at, lasts = 0, detail = {}) => ({ at, lasts, name, target, detail });

/** Origins die while the relay is slow, so that their deliveries stay leased. */
const DEATHS_UNDER_SLOW_MAILS = [
  fault("relay_trickles", "relay", 2000, 5000, { share: 1 }),
  ...[3500, 5500].flatMap((at) => [fault("kill", "origin 0", at), fault("kill", "origin 1", at + 1000)]),
];

/** A receiver that refuses the half: what follows a refused webhook must wait. */
const REFUSALS = [fault("receiver_refuses", "receiver", 1500, 5000, { share: 0.5 })];

/** @type {Record<string, Planted>} */
export const PLANTED = {
  consume_not_atomic: { claims: ["linksWorkOnce"], run: { seconds: 14, schedule: [], stories: ["resetTwiceAtOnce"] } },
  lease_never_returned: { claims: ["acceptedRequestsEnd"], run: { seconds: 12, schedule: DEATHS_UNDER_SLOW_MAILS, stories: ["reset", "flood"] } },
  token_kept_after_use: { claims: ["linksWorkOnce"], run: { seconds: 9, schedule: [], stories: ["reset", "resetByOlderLink"] } },
  session_kept: { claims: ["earlierSessionsEnd"], run: { seconds: 9, schedule: [], stories: ["reset", "changePassword"] } },
  webhook_overtakes: { claims: ["webhooksComeInOrder"], run: { seconds: 12, schedule: REFUSALS, stories: ["reset", "changePassword"] } },
  any_code_right: { claims: ["answersAreDocumented"], run: { seconds: 12, schedule: [], stories: ["resetByCode"] } },
  answer_forgotten: { claims: ["repeatsAreAnsweredAlike"], run: { seconds: 12, schedule: [], stories: ["reset", "changePassword"] } },
  secret_logged: { claims: ["nothingSecretIsWritten"], run: { seconds: 9, schedule: [], stories: ["reset"] } },
};

/** @param {string} name @returns {Promise<{found: boolean, claims: string[]}>} the claims that the run found broken */
export async function findPlanted(name) {
  const { claims, run } = PLANTED[name];
  const result = await runNemesis({ seed: name, originBinary: plantedOrigin(name), ...run });
  result.forget();
  const broken = [...new Set(result.violations.map(({ claim }) => claim))];
  return { found: broken.some((claim) => claims.includes(claim)), claims: broken };
}

const NO_BUG = "none";

/** Runs the plan with the most faults, without a planted bug. @returns {Promise<string>} the violations; "" for none */
export async function runWithoutBug() {
  const { violations, forget } = await runNemesis({ seed: NO_BUG, ...PLANTED.lease_never_returned.run });
  forget();
  return violations.map(describe).join("\n");
}

/** @param {string} name @returns {Promise<boolean>} whether the result is right */
async function tellOf(name) {
  if (name === NO_BUG) {
    const violations = await runWithoutBug();
    console.log(`${name.padEnd(22)} ${violations ? `NOT CLEAN\n${violations}` : "clean"}`);
    return violations === "";
  }
  const { found, claims } = await findPlanted(name);
  console.log(`${name.padEnd(22)} ${found ? "found" : "NOT FOUND"}   ${claims.join(", ") || "no violation"}`);
  return found;
}

async function main() {
  const all = [...Object.keys(PLANTED), NO_BUG];
  const names = process.argv[2] ? [process.argv[2]] : all;
  const unknown = names.find((name) => !all.includes(name));
  if (unknown) throw new Error(`no such bug: ${unknown} (${all.join(", ")})`);
  let missed = 0;
  for (const name of names) missed += (await tellOf(name)) ? 0 : 1;
  process.exit(missed > 0 ? 1 : 0);
}

if (process.argv[1] === import.meta.filename) await main();
