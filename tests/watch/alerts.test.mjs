// Every alert on the real stack: PostgreSQL, two relays, two origins, an edge under workerd, and Debian's Prometheus. Each cause of
// causes.mjs must ring its alert and no other than those it names, and after its end the alert must end.
// One thing is not as operators have it: the rules' times are divided by 60, so that a minute of the rules is a second here, but no `for`
// is shorter than 3 s (a busy machine may be late once). Prometheus reads every 1.5 s: no sooner, since an origin without its database
// answers after 0.8 s. Thresholds and expressions are those of origin/watch; rules.test.mjs tests them with the whole times.
// With REKEY_ALERTS=Name,Name only the causes of these alerts.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";

import { until } from "../system/polling.mjs";
import { CAUSES } from "./causes.mjs";
import { beginEveryday } from "./clients.mjs";
import { expressionsOf } from "./dashboard.mjs";
import { DASHBOARD, longestRange, metricsIn, readRules } from "./rule_file.mjs";
import { WatchedWorld } from "./world.mjs";

const PACE = { factor: 60, interval: "1500ms", evaluation: "500ms" };
const LONGEST = 90_000;
const EVERY = 250;
const CALM = 15_000; // longer than every range of the rules but two

/** Limits that no cause but its own reaches. */
const ORIGIN = { MAIL_LIMIT_TOTAL: "1000000", MAIL_LIMIT_PER_ACCOUNT: "10000/60,100000/3600", MAIL_CADENCE_MS: "100", DATABASE_POOL_SIZE: "10", HASH_PARALLEL: "1" };

const wanted = process.env.REKEY_ALERTS?.split(",");
const causes = CAUSES.filter(({ alert }) => !wanted || wanted.includes(alert));
const rules = readRules();

/** @type {WatchedWorld} */
let world;
/** @type {() => Promise<unknown>} */
let endEveryday = async () => {};
/** Alerts that an earlier cause may have rung, and when that cause ended. @type {Map<string, number>} */
const ended = new Map();
/** An origin probes a relay that was away after pauses of up to a minute, which no pace of the rules shortens; the first probe may fail. */
const PROBED = ["RekeyRelayAway", "RekeyNoRelay"];
/** An alert may go on after its cause for as long as its expression looks back, and some readings. */
const FADE = new Map(rules.map(({ alert, expr }) => [alert, (PROBED.includes(alert) ? 140_000 : 20_000) + longestRange(expr) / PACE.factor]));
const SETTLE = 3000;

before(async () => {
  world = await WatchedWorld.start(PACE, { origin: ORIGIN });
  endEveryday = await beginEveryday(world.clients);
});
after(async () => {
  await endEveryday();
  await world?.stop();
});

/** @param {Iterable<string>} names from now on */
function letFade(names) {
  for (const name of names) ended.set(name, performance.now());
}

/** @param {string} name @param {number} [milliseconds] since the end of its cause */
const hasFaded = (name, milliseconds = FADE.get(name) ?? 0) => performance.now() - (ended.get(name) ?? -Infinity) > milliseconds;

/** @param {string[]} names */
async function describeAlerts(names) {
  const { alerts } = await world.prometheus.ask("alerts");
  return alerts.filter((/** @type {any} */ { labels }) => names.includes(labels.alertname))
    .map((/** @type {any} */ { labels, annotations }) => `${labels.alertname} ${labels.instance ?? ""}: ${annotations.summary}`).join("; ");
}

/** @param {string[]} expected @returns {Promise<{firing: string[], pending: string[]}>} fails if anything else fires */
async function look(expected) {
  const [firing, pending] = await Promise.all([world.prometheus.alerts("firing"), world.prometheus.alerts("pending")]);
  const unexpected = firing.filter((name) => !expected.includes(name) && hasFaded(name));
  if (unexpected.length > 0) letFade(unexpected); // told once
  assert.deepEqual(unexpected, [], `other alerts fire: ${await describeAlerts(unexpected)}`);
  return { firing, pending };
}

/** @param {string} alert */
async function isSilent(alert) {
  const { firing, pending } = await look([]);
  return !firing.includes(alert) && !pending.includes(alert) && hasFaded(alert, SETTLE);
}

/** @param {import("./causes.mjs").Cause} cause */
async function ring({ alert, also = [], begin }) {
  await until(`${alert} has ended`, () => isSilent(alert), { deadline: LONGEST, every: EVERY });
  const expected = [alert, ...also];
  const end = await begin(world);
  try {
    await until(`${alert} fires`, async () => (await look(expected)).firing.includes(alert), { deadline: LONGEST, every: EVERY });
  } finally {
    await end();
    letFade(expected);
  }
}

test("every rule has a cause, and every cause a rule", () => {
  const names = rules.map(({ alert }) => alert);
  assert.deepEqual(names.filter((name) => !CAUSES.some(({ alert }) => alert === name)), []);
  for (const { alert, also = [] } of CAUSES) for (const name of [alert, ...also]) assert.ok(names.includes(name), name);
});

describe("a healthy installation", () => {
  test("rings nothing", async () => {
    const began = performance.now();
    await until("it was calm", async () => (await look([])).firing.length === 0 && performance.now() - began > CALM, { deadline: 2 * CALM, every: EVERY });
    for (const { name, health, lastError } of await world.prometheus.rules()) assert.equal(health, "ok", `${name}: ${lastError}`);
    const targets = await world.prometheus.query("up == 1");
    assert.deepEqual(targets.map(({ metric }) => metric.job).sort(), ["rekey-edge", "rekey-origin", "rekey-origin"]);
  });

  test("shows every metric that the rules and the dashboard name", async () => {
    const shown = new Set(await world.prometheus.metricNames());
    const expressions = [...rules.map(({ expr }) => expr), ...expressionsOf(readFileSync(DASHBOARD, "utf8")).map(({ expr }) => expr)];
    const named = new Set(expressions.flatMap(metricsIn));
    assert.ok(named.size > 40);
    assert.deepEqual([...named].filter((name) => !shown.has(name)), []);
  });

  test("fills every panel of the dashboard", async () => {
    for (const { title, expr } of expressionsOf(readFileSync(DASHBOARD, "utf8"))) {
      const samples = await world.prometheus.query(expr);
      assert.ok(samples.length > 0, `${title}: ${expr}`);
    }
  });
});

describe("rings, and ends with its cause:", () => {
  for (const cause of causes) test(`${cause.alert}: ${cause.what}`, () => ring(cause));

  test("all of them", async () => {
    await until("nothing fires", async () => (await look([])).firing.length === 0, { deadline: LONGEST, every: EVERY });
  });
});
