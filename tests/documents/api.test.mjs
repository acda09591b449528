// Routes and errors: the README, the OpenAPI document and the edge agree.
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { fillDocument } from "../../edge/host/document.js";
import { bare, read, section, tableRows } from "./document.mjs";

const readme = read("README.md");

/** @param {string[]} names */
const sorted = (names) => [...new Set(names)].sort();

/** The OpenAPI document of an edge with all features, as a program reads it. */
const openapi = JSON.parse(fillDocument(read("templates/openapi.json"), new Map([["auth_prefix", "/auth"], ["password_min_length", "8"], ["accounts", "yes"]])));

/** @returns {string[]} "POST /api/users" and so on, as the OpenAPI document lists them */
function describedRoutes() {
  return Object.entries(openapi.paths).flatMap(([path, item]) =>
    Object.keys(item)
      .filter((method) => ["get", "post", "put", "patch", "delete"].includes(method))
      .map((method) => `${method.toUpperCase()} ${path}`),
  );
}

/** @returns {string[]} the calls of the edge's table of features */
function servedCalls() {
  const calls = read("edge/core/features.h").matchAll(/\{"([A-Z]+)", "([^"]+)", k(Api|Fastapi),/g);
  return [...calls].map(([, method, path, dialect]) => `${method} ${dialect === "Fastapi" ? "/auth" : ""}${path}${path.endsWith("/") ? "{id}" : ""}`);
}

/** @returns {string[]} the pages and documents of the edge's table */
function servedPages() {
  const pages = read("edge/core/site.cpp").matchAll(/^ {4}\{"(\/[^"]*)", "|path == "(\/[^"]*)"/gm);
  return [...pages].map(([, page, document]) => `GET ${page ?? document}`);
}

describe("routes", () => {
  const documented = tableRows(section(readme, "Calls")).map((cells) => bare(cells[0]));

  test("the README lists each route that the edge serves, and no other", () => {
    assert.ok(servedCalls().length > 10 && servedPages().length > 5);
    assert.deepEqual(sorted(documented), sorted([...servedCalls(), ...servedPages()]));
  });

  test("the OpenAPI document describes each call", () => {
    assert.deepEqual(servedCalls().filter((route) => !describedRoutes().includes(route)), []);
  });

  test("the OpenAPI document describes nothing that is not served", () => {
    const served = [...servedCalls(), ...servedPages()];
    assert.deepEqual(describedRoutes().filter((route) => !served.includes(route)), []);
  });
});

describe("errors", () => {
  const source = read("edge/core/problem.h");
  const answered = [...source.matchAll(/Problem k\w+\{\s*(\d{3}),\s*"([a-z-]+)"/g)].map(([, status, type]) => `${status} ${type}`);
  const documented = tableRows(section(readme, "Errors")).map((cells) => `${bare(cells[0])} ${bare(cells[1])}`);

  test("the README lists each kind of problem that the edge answers with, and no other", () => {
    assert.ok(answered.length > 10);
    assert.deepEqual(sorted(documented), sorted(answered));
  });

  test("the README lists each reason of a refused field, and no other", () => {
    const table = /kExplanations\[\] = \{([\s\S]*?)\n\};/.exec(read("edge/core/problem.cpp"))?.[1] ?? "";
    const reasons = [...table.matchAll(/\{"([a-z_]+)", /g)].map((match) => match[1]);
    assert.ok(reasons.length > 5);
    assert.deepEqual(sorted(tableRows(section(readme, "Refused fields")).map((cells) => bare(cells[0]))), sorted(reasons));
  });
});

describe("user names", () => {
  /** @param {string} text as the vectors write it */
  const unescaped = (text) => Buffer.from(text.replace(/\\\{(\d+)\*(.)\}/g, (_, count, letter) => letter.repeat(Number(count)))
    .replace(/\\n/g, "\n").replace(/\\x([0-9a-f]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16))), "latin1").toString();

  test("that the OpenAPI document allows are those that the program accepts", () => {
    const rule = openapi.components.schemas.Username;
    const pattern = new RegExp(rule.pattern, "u");
    const allows = (/** @type {string} */ name) => pattern.test(name) && name.length >= rule.minLength && name.length <= rule.maxLength;
    const vectors = [...read("tests/vectors/username.txt").matchAll(/^input =(?: (.*))?\nexpect = (\w+)$/gm)];
    assert.ok(vectors.length > 20);
    for (const [, input = "", expected] of vectors) assert.equal(allows(unescaped(input)), expected === "ok", input);
  });
});
