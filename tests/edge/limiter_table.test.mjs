// The pages of a limiter's counts, as the host stores them.
import assert from "node:assert/strict";
import { test } from "node:test";

import { LimiterTable, PAGES_AT_ONCE, SEED_SIZE } from "../../edge/host/limiter_table.js";
import { questionOf } from "./limiter_question.mjs";
import { module } from "./node_edge.mjs";

const PAGES = 512;
const SEED = new Uint8Array(SEED_SIZE);
const NOW = 1_800_000_000_000;

/** @param {LimiterTable} table @param {number} key */
const take = (table, key) => table.take(questionOf([{ key: `key ${key}`, count: 5, seconds: 3600 }]), NOW);

/** So many that every page holds one. @param {LimiterTable} table */
function takeMany(table) {
  for (let key = 0; key < 20 * PAGES; ++key) take(table, key);
}

/** @param {LimiterTable} table */
const allOf = (table) => Array.from({ length: Math.ceil(PAGES / PAGES_AT_ONCE) }, (_, part) => (part === 0 ? table.allPages() : table.changedPages()));

test("pages are told in parts, each page once", () => {
  const table = new LimiterTable(module, SEED);
  takeMany(table);
  const numbers = [];
  for (let pages = table.changedPages(); pages.size > 0; pages = table.changedPages()) {
    assert.ok(pages.size <= PAGES_AT_ONCE);
    numbers.push(...pages.keys());
  }
  assert.deepEqual(numbers.toSorted((a, b) => a - b), Array.from({ length: PAGES }, (_, number) => number));
});

test("a page gets its turn although those before it change again before each part", () => {
  const table = new LimiterTable(module, SEED);
  const told = new Set();
  for (let part = 0; part * PAGES_AT_ONCE < PAGES; ++part) {
    takeMany(table);
    for (const number of table.changedPages().keys()) told.add(number);
  }
  assert.equal(told.size, PAGES);
});

test("all pages, read again, hold all counts", () => {
  const table = new LimiterTable(module, SEED);
  takeMany(table);
  while (table.changedPages().size > 0);
  const parts = allOf(table);
  assert.equal(table.changedPages().size, 0);
  const copy = new LimiterTable(module, SEED, parts.flatMap((pages) => [...pages]));
  for (let key = 0; key < 100; ++key) assert.deepEqual(take(copy, key), take(table, key));
});
