// `scripts/prove upgrade [users] [calls a second]`: upgrades a Rekey of its own under load, and rolls its program back. Exit code 1 if a
// call failed, or if an accepted request is not in the database.
import { UpgradePlace } from "./upgrade_place.mjs";
import { runUpgrade } from "./upgrade_run.mjs";
import { LEAST_USERS } from "./load.mjs";

const QUIET = 10; // seconds

async function main() {
  const users = Number(process.argv[2] ?? 1_000_000);
  const perSecond = Number(process.argv[3] ?? 200);
  if (!(users >= LEAST_USERS && users <= 10_000_000)) throw new Error(`the users must be a number from ${LEAST_USERS} to 10000000`);
  if (!(perSecond >= 1 && perSecond <= 2000)) throw new Error("the calls a second must be a number from 1 to 2000");
  const tell = (/** @type {string} */ line) => console.log(`upgrade: ${line}`);
  tell(`${users} users, ${perSecond} calls a second through one edge and two origins`);
  const place = await UpgradePlace.start({ users, perSecond });
  try {
    const report = await runUpgrade(place, { quiet: QUIET, tell });
    print(report);
    process.exitCode = report.failures.length === 0 && report.recorded === report.accepted && report.unfilled === 0 ? 0 : 1;
  } finally {
    await place.stop();
  }
}

/** @param {import("./upgrade_run.mjs").UpgradeReport} report */
function print(report) {
  console.log(report.said.replace(/^/gm, "  ").trimEnd());
  console.log(`calls                      ${report.calls}`);
  console.log(`failed calls               ${report.failures.length}`);
  console.log(`accepted, and recorded     ${report.accepted}, ${report.recorded}`);
  console.log(`accounts without a value   ${report.unfilled}`);
  console.log(`migration                  ${report.migration.toFixed(1)} s`);
  console.log(`longest lock wait seen     ${report.lockWait} ms`);
  for (const [phase, slowest] of report.slowest) console.log(`slowest answer, ${phase.padEnd(10)} ${Math.round(slowest)} ms`);
  for (const failure of report.failures.slice(0, 20)) console.log(`failed: ${JSON.stringify(failure)}`);
}

await main();
