// README.md, "The edge's metrics", lists all metrics of the edge, all values of their labels, and the columns of a data point.
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { FAMILIES, LIMITER_FAULTS, RESULTS } from "../../edge/host/metrics.js";
import { bare, everyFile, inlineCode, read, section, tableRows } from "./document.mjs";

const readme = section(read("README.md"), "The edge's metrics");
const tally = read("edge/core/tally.h");
const rows = tableRows(readme);

/** @param {string} name @returns {string[]} the words of a text of tally.h */
const words = (name) =>
  (new RegExp(`${name} =\\s*((?:"[^"]*"\\s*)+);`).exec(tally)?.[1] ?? assert.fail(name)).replace(/"\s*"/g, "").replaceAll('"', "").split(" ");

/** @param {string} first cell of a row @returns {string[]} the words of its last cell */
const valuesOf = (first) => inlineCode(rows.find((row) => row[0] === first)?.[1] ?? assert.fail(first));

describe("README.md lists", () => {
  test("every metric of the edge, with its labels and meaning, and no other", () => {
    const listed = rows.filter((row) => row[0].startsWith("`rekey_edge_"));
    assert.deepEqual(listed, Object.values(FAMILIES).map(({ name, labels, help }) => [`\`${name}\``, labels.map((label) => `\`${label}\``).join(", "), help]));
  });

  test("every endpoint", () => {
    assert.deepEqual(valuesOf("`endpoint`"), words("kEndpointWords"));
  });

  test("every outcome, with the class of its status", () => {
    const outcomes = words("kOutcomeWords").map((word) => word.split(":")).map(([word, digit]) => [word, `${digit}xx`]);
    assert.ok(outcomes.length > 20);
    const listed = rows.filter((row) => /^`\dxx`$/.test(row[1])).map((row) => [bare(row[0]), bare(row[1])]);
    assert.deepEqual(listed, outcomes);
  });

  test("every result of a call and fault of a limiter", () => {
    assert.deepEqual(valuesOf("`result`"), RESULTS);
    assert.deepEqual(valuesOf("`what` of limiters"), LIMITER_FAULTS);
  });

  test("every alarm of module and host, except that of a setting, without which there is no page", () => {
    const alarms = [...read("edge/core/event.h").matchAll(/"alarm\.(\w+)"/g), ...read("edge/host/metrics.js").matchAll(/"alarm\.(\w+)"/g)].map(([, word]) => word);
    assert.deepEqual(valuesOf("`what` of alarms").filter((word) => word !== "alarm."), alarms);
    const host = everyFile("edge/host").filter((path) => path.endsWith(".js")).map(read).join("\n");
    const ofHost = [...host.matchAll(/"alarm\.(\w+)"/g)].map(([, word]) => word);
    assert.deepEqual(new Set(ofHost.filter((word) => !alarms.includes(word))), new Set(["invalid_setting"]));
  });

  test("the dataset that the queries ask, which wrangler.toml names, with the binding that the Worker writes to", () => {
    const dataset = /# dataset = "(\w+)"/.exec(read("wrangler.toml"))?.[1];
    assert.ok(dataset && /# binding = "METRICS"/.test(read("wrangler.toml")));
    assert.deepEqual([...new Set([...readme.matchAll(/^FROM (\w+) /gm)].map(([, name]) => name))], [dataset]);
    assert.match(read("edge/host/worker.js"), /\benv\.METRICS\b/);
  });
});
