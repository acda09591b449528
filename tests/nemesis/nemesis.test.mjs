// The nemesis in the test run: a short torment that must break no promise, and its controls: a schedule that depends on the seed alone,
// planted bugs that must be found, and a run without a bug that must be clean. REKEY_NEMESIS_MINUTES makes the torment longer.
import assert from "node:assert/strict";
import { test } from "node:test";

import { describe } from "./checker.mjs";
import { hasAct } from "./fault_acts.mjs";
import { runNemesis } from "./nemesis_run.mjs";
import { PLANTED, findPlanted, runWithoutBug } from "./planted.mjs";
import { shareAnswered, tablesOf } from "./report.mjs";
import { CATALOGUE, makeSchedule, phasesOf } from "./schedule.mjs";

const SEED = "every-test-run-39";
const MINUTES = Number(process.env.REKEY_NEMESIS_MINUTES ?? 2);

/** The minimum that the checker must judge in a minute, by the names of its counts: a checker that judges nothing finds nothing. @type {Record<string, number>} */
const JUDGED_A_MINUTE = {
  "202 answers": 25,
  "states judged: sent": 20,
  "types of answers": 100,
  "calls whose answer had to be repeated": 10,
  "calls that were refused for another body": 5,
  "uses of links that had to work": 8,
  "passwords that had to work, and did": 20,
  "passwords that had to be refused, and were": 8,
  "uses of sessions that had to work": 5,
  "deliveries": 20,
  "rehearsals": 1,
  "attempts": 20,
  "notices": 10,
  "migrations": 0.5,
  "changes that had to be reported": 20,
  "webhooks that had to wait for an earlier one": 10,
  "secrets looked for": 700,
  "characters of logs and dumps read": 100_000,
};

test("the same seed gives the same schedule, another seed another", () => {
  assert.deepEqual(makeSchedule("a", 600), makeSchedule("a", 600));
  assert.notDeepEqual(makeSchedule("a", 600), makeSchedule("b", 600));
});

test("every fault of the catalogue has an act, and occurs within half an hour with any seed", () => {
  for (const seed of ["a", "b", "c"]) {
    const names = new Set(makeSchedule(seed, 1800).map(({ name }) => name));
    for (const { name } of CATALOGUE) assert.ok(names.has(name) && hasAct(name), `${name} with seed ${seed}`);
  }
});

test("the seed of the torment below plans every fault possible in so short a run", () => {
  const names = new Set(makeSchedule(SEED, 120).map(({ name }) => name));
  const wanted = CATALOGUE.filter(({ leastRun = 0 }) => leastRun <= 120).map(({ name }) => name);
  assert.deepEqual(wanted.filter((name) => !names.has(name)), []);
});

test("faults overlap, end before the calls do, and leave periods without faults", () => {
  const { faultsEnd, callsEnd } = phasesOf(600);
  const plan = makeSchedule("a", 600);
  const broken = Array.from({ length: 600 }, (_, second) => plan.filter(({ at, lasts }) => at <= second * 1000 && second * 1000 <= at + lasts).length);
  assert.ok(faultsEnd < callsEnd && plan.every(({ at, lasts }) => at + lasts <= faultsEnd * 1000 + 1));
  assert.ok(broken.filter((faults) => faults > 1).length > 60, "seconds with more than one fault");
  assert.ok(broken.filter((faults) => faults === 0).length > 120, "seconds with none");
});

test("F23, R12: a torment breaks no promise, and was severe enough", { timeout: MINUTES * 60_000 + 400_000 }, async (t) => {
  const result = await runNemesis({ seconds: MINUTES * 60, seed: SEED });
  const { run, violations, counts } = result;
  t.diagnostic(tablesOf(result));
  if (violations.length === 0) result.forget();
  else assert.fail(`${violations.length} violations, seed ${SEED}, history ${result.path}:\n${violations.slice(0, 5).map(describe).join("\n")}`);
  const calls = (/** @type {string} */ op, /** @type {number} */ status) => run.calls.filter((call) => call.op === op && call.status === status).length;
  const least = (/** @type {string} */ what, /** @type {number} */ found, /** @type {number} */ wanted) =>
    assert.ok(found >= wanted, `${what}: ${found}, must be at least ${wanted}`);
  // A twentieth of the usual numbers, since the machine may be slow and busy. With less it would not be a torment.
  least("accepted requests", calls("forgot", 202), 25 * MINUTES);
  least("resets", calls("reset", 200), 10 * MINUTES);
  least("refused links", calls("reset", 400), 5 * MINUTES);
  least("log-ins", calls("log_in", 200), 25 * MINUTES);
  least("changed passwords", calls("change_password", 200), MINUTES);
  least("mails", run.mails.length, 25 * MINUTES);
  least("faults", run.faults.filter(({ detail }) => !detail.left_out && !detail.trouble).length, 8 * MINUTES);
  least("calls that a fault spoilt", run.calls.filter(({ status }) => status === 0 || status >= 500).length, 3 * MINUTES);
  least("share of calls answered as in good times", shareAnswered(run.calls), 0.2);
  for (const [what, aMinute] of Object.entries(JUDGED_A_MINUTE)) least(what, counts[what] ?? 0, aMinute * MINUTES);
});

test("a torment over the accounts of another product breaks no promise", { timeout: 400_000 }, async (t) => {
  const result = await runNemesis({ seconds: 40, seed: SEED, accounts: "django" });
  const { run, violations } = result;
  t.diagnostic(tablesOf(result));
  result.forget();
  assert.deepEqual(violations.slice(0, 5).map(describe), []);
  const done = (/** @type {string} */ op, /** @type {number} */ status) => run.calls.filter((call) => call.op === op && call.status === status).length;
  assert.ok(done("reset", 200) >= 10 && done("reset", 400) >= 5 && done("log_in", 200) >= 25 && run.mails.length >= 25, "it was no torment");
});

test("a plan that finds a planted bug finds nothing without the bug", { timeout: 300_000 }, async () => {
  assert.equal(await runWithoutBug(), "");
});

for (const name of Object.keys(PLANTED)) {
  test(`a planted bug is found: ${name.replaceAll("_", " ")}`, { timeout: 300_000 }, async () => {
    const { found, claims } = await findPlanted(name);
    assert.ok(found, `found instead: ${claims.join(", ") || "none"}`);
  });
}
