// `scripts/prove calm [minutes]`: a mixed load on a Rekey of its own, watched by Debian's Prometheus with the rules and the intervals of
// origin/watch, unaltered. No alert may fire. The load holds near misses: a relay that now and then refuses or defers a mail, mistyped
// passwords, forged links, clients over their limits, an origin that is restarted every ten minutes. At the end, as the control, both
// relays are closed: RekeyNoRelay must fire. The exit code is 1 if an alert fired, or if the control did not.
import { until } from "../system/polling.mjs";
import { UNALTERED } from "./prometheus_service.mjs";
import { beginStories, everydayReply } from "./stories.mjs";
import { WatchedWorld } from "./world.mjs";

/** The limits of README.md's table; the rig's own are wider. */
const LIMITS = {
  LIMIT_FORGOT_PER_CLIENT: "20/60", LIMIT_FORGOT_PER_ACCOUNT: "5/60", LIMIT_RESET_PER_CLIENT: "30/60", LIMIT_LOGIN_PER_CLIENT: "30/60",
  LIMIT_LOGIN_PER_ACCOUNT: "10/300", LIMIT_REGISTER_PER_CLIENT: "10/3600", LIMIT_OTHER_PER_CLIENT: "120/60", LIMIT_FAILURES_PER_CLIENT: "60/60",
};

const MINUTE = 60_000;
const RESTART_EVERY = 10 * MINUTE;
const CONTROL = 5 * MINUTE;

const say = (/** @type {string} */ line) => console.log(`calm: ${line}`);

async function main() {
  const minutes = Number(process.argv[2] ?? 60);
  if (!(minutes >= 1 && minutes <= 24 * 60)) throw new Error("the minutes must be a number from 1 to 1440");
  say(`${minutes} minutes`);
  const world = await WatchedWorld.start(UNALTERED, { origin: { MAIL_LIMIT_TOTAL: "100000" }, edge: LIMITS });
  try {
    process.exitCode = (await run(world, minutes)) ? 0 : 1;
  } finally {
    await world.stop();
  }
}

/** @param {WatchedWorld} world @param {number} minutes @returns {Promise<boolean>} whether all was as it must be */
async function run(world, minutes) {
  world.relay.judge = world.fallback.judge = everydayReply;
  const end = await beginStories(world);
  const seen = await watch(world, minutes);
  const fired = await firedWithin(world, minutes);
  const isSound = await rulesAreSound(world);
  tell(world, fired, seen);
  const rang = await controlRings(world);
  await end();
  return fired.length === 0 && isSound && rang;
}

/** @param {WatchedWorld} world @param {number} minutes @returns {Promise<Set<string>>} alerts that were pending at some time */
async function watch(world, minutes) {
  const seen = new Set(/** @type {string[]} */ ([]));
  const until = Date.now() + minutes * MINUTE;
  let restartAt = Date.now() + Math.min(RESTART_EVERY, (minutes * MINUTE) / 2);
  for (let restarts = 0; Date.now() < until; await new Promise((resolve) => setTimeout(resolve, 5000))) {
    for (const name of await world.prometheus.alerts("pending")) seen.add(name);
    for (const name of await world.prometheus.alerts()) seen.add(`${name} (fired)`);
    if (Date.now() < restartAt) continue;
    restartAt += RESTART_EVERY;
    await restart(world, restarts++ % 2);
  }
  return seen;
}

/** @param {WatchedWorld} world @param {number} index */
async function restart({ rig }, index) {
  await rig.origins[index].end();
  await rig.origins[index].start();
  say(`${rig.origins[index].name} was restarted`);
}

/** @param {WatchedWorld} world @param {number} minutes @returns {Promise<string[]>} */
async function firedWithin({ prometheus }, minutes) {
  const fired = await prometheus.query(`count by (alertname) (count_over_time(ALERTS{alertstate="firing"}[${Math.ceil(minutes) + 5}m]))`);
  return fired.map(({ metric }) => metric.alertname);
}

/** @param {WatchedWorld} world */
async function rulesAreSound({ prometheus }) {
  const broken = (await prometheus.rules()).filter(({ health }) => health !== "ok");
  for (const { name, lastError } of broken) say(`${name} could not be evaluated: ${lastError}`);
  return broken.length === 0;
}

/** @param {WatchedWorld} world @param {string[]} fired @param {Set<string>} seen */
function tell({ clients, relay, fallback }, fired, seen) {
  const answers = [...clients.answers].sort(([a], [b]) => a.localeCompare(b));
  for (const [key, count] of answers) say(`${String(count).padStart(8)}  ${key}`);
  const calls = answers.reduce((sum, [, count]) => sum + count, 0);
  say(`${calls} calls, ${relay.taken + fallback.taken} mails taken`);
  say(`pending at some time: ${[...seen].sort().join(", ") || "none"}`);
  say(`alerts: ${fired.join(", ") || "none"}`);
}

/** @param {WatchedWorld} world */
async function controlRings(world) {
  await Promise.all([world.relay.close(), world.fallback.close()]);
  const rang = await until("RekeyNoRelay fires", async () => (await world.prometheus.alerts()).includes("RekeyNoRelay"), { deadline: CONTROL, every: 1000 }).catch(() => false);
  say(rang ? "control: RekeyNoRelay fired once both relays were closed" : "control: RekeyNoRelay did NOT fire though both relays are closed");
  return rang;
}

await main();
