// README.md lists the alerts of origin/watch; what they tell an operator to run exists.
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { metricsIn, readRules } from "../watch/rule_file.mjs";
import { expressionsOf } from "../watch/dashboard.mjs";
import { origin, read, section, tableRows } from "./document.mjs";

const rules = readRules();
const readme = read("README.md");

describe("the alerts", () => {
  test("are those of README.md, with urgency and meaning", () => {
    const expected = rules.map(({ alert, severity, description }) => [`\`${alert}\``, severity, description]);
    assert.deepEqual(tableRows(section(readme, "Watch")), expected);
  });

  test("tell the operator to run commands that there are", () => {
    const help = origin("manual", "--markdown");
    const told = rules.flatMap(({ action }) => [...action.matchAll(/rekey-origin ([a-z]+(?: (?:require-reset|new|urls|list|restart|resend))?)/g)].map(([, words]) => words));
    assert.ok(told.length > 10);
    for (const words of told) assert.ok(help.includes(words), words);
  });

  test("name settings, events and metrics that there are", () => {
    const words = rules.flatMap(({ action, description }) => [...`${action} ${description}`.matchAll(/\b[A-Z0-9]+_[A-Z0-9_]+\b|\b(?:alarm|origin|relay|login|limiter|webhook)\.[a-z_]+\b/g)].map(([word]) => word));
    assert.ok(words.length > 10);
    for (const word of words.filter((each) => each !== "YOUR_ADDRESS")) assert.ok(readme.includes(word) || read("edge/host/exchange.js").includes(word), word);
  });
});

/** Values of the counters of alarms that no rule needs to name, with the alert that rings. @type {Record<string, Record<string, string>>} */
const RUNG_BY_ANOTHER_METRIC = {
  rekey_alarms_total: { key_known: "RekeyTokenKeyLeaked, by the tokens", mail_budget: "RekeyMailBudgetUsedUp, by the mails of the hour", webhook: "RekeyWebhooksLost, by the URLs that are gone" },
  rekey_edge_alarms_total: {},
};

test("each alarm of the origins and of the edge rings an alert", () => {
  const words = (/** @type {string} */ cell) => [...cell.matchAll(/`([a-z_]+)`/g)].map(([, word]) => word);
  const row = (/** @type {string} */ start) => readme.split("\n").find((line) => line.startsWith(start))?.split("|") ?? [];
  const alarms = { rekey_alarms_total: words(row("| `rekey_alarms_total`")[2]), rekey_edge_alarms_total: words(row("| `what` of alarms |")[2]) };
  for (const [metric, values] of Object.entries(alarms)) {
    const named = rules.flatMap(({ expr }) => [...expr.matchAll(new RegExp(`\\b${metric}\\{what=~?"([^"]*)"`, "g"))].flatMap(([, list]) => list.split("|")));
    const elsewhere = RUNG_BY_ANOTHER_METRIC[metric];
    assert.ok(values.length > 8, metric);
    assert.deepEqual(values.filter((value) => !named.includes(value) && !(value in elsewhere)), [], metric);
    for (const [value, why] of Object.entries(elsewhere)) {
      assert.ok(values.includes(value) && !named.includes(value), value);
      assert.ok(rules.some(({ alert }) => why.startsWith(alert)), why);
    }
  }
});

test("the alerts and the dashboard name only metrics that README.md lists", () => {
  const named = [...rules.map(({ expr }) => expr), ...expressionsOf(read("origin/watch/rekey.dashboard.json")).map(({ expr }) => expr)].flatMap(metricsIn);
  for (const name of new Set(named)) {
    const family = name.replace(/_(bucket|count)$/, "");
    assert.ok(name === "up" || readme.includes(`\`${name}\``) || readme.includes(`\`${family}\``), name);
  }
});
