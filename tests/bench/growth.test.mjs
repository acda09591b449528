// The pieces of the growth part: its copies of the product's statements and constants are up to date, and figures and charts are right.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { checkout } from "../system/stack.mjs";
import { describeCost, rowsRead } from "./growth_database_cost.mjs";
import { amountFigure, growthChart, latencyFigure } from "./growth_figures.mjs";
import { KEEP, PRUNED, PRUNE_PIECE } from "./growth_requests.mjs";
import { statementOfProduct } from "./origin_statement.mjs";

/** @param {string} file @param {RegExp} pattern */
function inSource(file, pattern) {
  return Number(pattern.exec(readFileSync(join(checkout, file), "utf8"))?.[1].replaceAll("'", ""));
}

test("the measured pruning is the origin's, with its period and its piece", () => {
  for (const [name, table] of PRUNED) assert.match(statementOfProduct(name), new RegExp(`\\bDELETE FROM rekey\\.${table} .*LIMIT \\$2.*RETURNING `, "s"));
  assert.equal(KEEP, 3600 * inSource("origin/ports/store.h", /seconds requests = std::chrono::hours\((\d+)\)/));
  assert.equal(PRUNE_PIECE, inSource("origin/ports/store.h", /kPrunePiece = ([\d']+);/));
});

const cost = {
  statements: [
    { text: "SELECT 1", calls: 10, totalMs: 75, pages: 30 },
    { text: "SELECT 2", calls: 20, totalMs: 25, pages: 10 },
    { text: "SELECT 3", calls: 1, totalMs: 0, pages: 0 },
  ],
  reads: [{ table: "users", sequential: 100, indexed: 20 }, { table: "sessions", sequential: 0, indexed: 3 }],
};

test("costs are described by share of the time and by rows for each unit; tables with hardly any reads are left out", () => {
  assert.equal(describeCost(cost, 2, 10),
    'statements by time: 75 % 10 x 7.50 ms "SELECT 1"; 25 % 20 x 1.25 ms "SELECT 2". Rows read for each: users 10.0 by sequential scans and 2.0 by index');
  assert.equal(rowsRead(cost, "users"), 120);
  assert.equal(rowsRead(cost, "nobody"), 0);
});

test("a chart of growth has a line for each quantity of its unit, and none of another size or unit", () => {
  const sizes = [10, 1000].map((size) => ({ of: "users", size }));
  const figures = [
    ...sizes.map((size) => latencyFigure("me", size, [1, 2, 3], "")),
    ...sizes.map((size) => latencyFigure("forgot of a known, old client", size, [4], "")),
    ...sizes.map((size) => amountFigure("memory", size, 5, "MiB")),
    latencyFigure("health", { of: "idle connections", size: 10 }, [6], ""),
  ];
  assert.deepEqual(figures[1], { name: "me, 1,000 users", unit: "ms", better: "less", ours: [2], latency: [{ p50: 2, p99: 3 }], x: 1000, note: "" });
  const chart = growthChart(figures, "title", "users", "ms");
  assert.match(chart, />me</);
  assert.match(chart, />forgot of a known, old client</);
  assert.doesNotMatch(chart, /memory|health/);
});
