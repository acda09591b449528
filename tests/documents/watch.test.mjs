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
    const told = rules.flatMap(({ action }) => [...action.matchAll(/rekey-origin ([a-z]+(?: (?:require-reset|new))?)/g)].map(([, words]) => words));
    assert.ok(told.length > 10);
    for (const words of told) assert.ok(help.includes(words), words);
  });

  test("name settings, events and metrics that there are", () => {
    const words = rules.flatMap(({ action, description }) => [...`${action} ${description}`.matchAll(/\b[A-Z0-9]+_[A-Z0-9_]+\b|\b(?:alarm|origin|relay|login|limiter)\.[a-z_]+\b/g)].map(([word]) => word));
    assert.ok(words.length > 10);
    for (const word of words.filter((each) => each !== "YOUR_ADDRESS")) assert.ok(readme.includes(word) || read("edge/host/exchange.js").includes(word), word);
  });
});

test("the alerts and the dashboard name only metrics that README.md lists", () => {
  const named = [...rules.map(({ expr }) => expr), ...expressionsOf(read("origin/watch/rekey.dashboard.json")).map(({ expr }) => expr)].flatMap(metricsIn);
  for (const name of new Set(named)) {
    const family = name.replace(/_(bucket|count)$/, "");
    assert.ok(name === "up" || readme.includes(`\`${name}\``) || readme.includes(`\`${family}\``), name);
  }
});
