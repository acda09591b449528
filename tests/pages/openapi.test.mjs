// The OpenAPI document: complete in itself, and its problem documents are the edge's answers word for word.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";

import { checkout, importSite } from "./built_site.mjs";

const { openapi } = await importSite();
const document = JSON.parse(openapi.replaceAll("{{auth_prefix}}", "/auth").replaceAll("{{password_min_length}}", "8"));

/** @type {{name: string, operation: any}[]} */
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })));

/** @param {string} reference @returns {any} */
function resolve(reference) {
  assert.match(reference, /^#\//);
  const found = reference.slice(2).split("/").reduce((at, name) => at?.[name], document);
  assert.ok(found, reference);
  return found;
}

/** @param {any} node @returns {any} */
const follow = (node) => (node.$ref ? resolve(node.$ref) : node);

/** @param {any} node @param {(node: any) => void} visit */
function walk(node, visit) {
  if (node === null || typeof node !== "object") return;
  visit(node);
  Object.values(node).forEach((child) => walk(child, visit));
}

/** @param {any} media @returns {any[]} */
const examplesOf = (media) => ("example" in media ? [media.example] : Object.values(media.examples ?? {}).map((each) => each.value));

/** Checks a value by the part of JSON Schema that the document uses. @param {any} schema @param {any} value @param {string} where */
function accept(schema, value, where) {
  const rule = follow(schema);
  if (rule.oneOf) return assert.ok(rule.oneOf.some((/** @type {any} */ each) => accepts(each, value)), `${where}: none of them`);
  const kind = value === null ? "null" : Array.isArray(value) ? "array" : Number.isInteger(value) ? "integer" : typeof value;
  assert.equal(kind, rule.type, where);
  if ("const" in rule) assert.equal(value, rule.const, where);
  if (rule.enum) assert.ok(rule.enum.includes(value), `${where}: ${value}`);
  if (rule.pattern) assert.match(value, new RegExp(rule.pattern), where);
  if (kind === "string") assert.ok(value.length >= (rule.minLength ?? 0) && value.length <= (rule.maxLength ?? Infinity), where);
  if (kind === "array") value.forEach((/** @type {any} */ item, /** @type {number} */ i) => accept(rule.items, item, `${where}/${i}`));
  if (kind !== "object") return;
  for (const name of rule.required) assert.ok(name in value, `${where}/${name} is missing`);
  for (const name of Object.keys(value)) accept(rule.properties[name] ?? assert.fail(`${where}/${name} is unknown`), value[name], `${where}/${name}`);
}

/** @param {any} schema @param {any} value */
function accepts(schema, value) {
  try {
    accept(schema, value, "");
    return true;
  } catch (error) {
    if (error instanceof assert.AssertionError) return false;
    throw error;
  }
}

describe("the OpenAPI document", () => {
  test("is OpenAPI 3.1, with a title and a version", () => {
    assert.match(document.openapi, /^3\.1\.\d+$/);
    assert.ok(document.info.title && document.info.version);
  });

  test("refers to nothing missing, and defines nothing unused", () => {
    const referred = new Set();
    walk(document, (node) => node.$ref && referred.add(node.$ref) && resolve(node.$ref));
    for (const kind of ["schemas", "responses", "headers"]) {
      for (const name of Object.keys(document.components[kind])) assert.ok(referred.has(`#/components/${kind}/${name}`), `${kind}/${name}`);
    }
  });

  test("A9: has the routes under AUTH_PREFIX, under a tag of their own", () => {
    assert.ok(openapi.includes('"{{auth_prefix}}/forgot-password"') && openapi.includes('"{{auth_prefix}}/reset-password"'));
    for (const { operation } of operations.filter(({ name }) => name.includes(" /auth/"))) assert.deepEqual(operation.tags, ["fastapi-users"]);
  });

  test("has each operation once by its id, under a tag that is described", () => {
    const tags = new Set(document.tags.map((/** @type {{name: string}} */ tag) => tag.name));
    assert.equal(new Set(operations.map(({ operation }) => operation.operationId)).size, operations.length);
    for (const { name, operation } of operations) {
      assert.ok(operation.operationId && operation.summary && operation.description, name);
      assert.ok(operation.tags.length === 1 && tags.has(operation.tags[0]), name);
    }
  });

  test("requires only security schemes that it defines, with a token route that it describes", () => {
    const schemes = document.components.securitySchemes;
    for (const { operation } of operations) {
      for (const need of operation.security ?? []) for (const name of Object.keys(need)) assert.ok(name in schemes, name);
    }
    assert.ok(document.paths[schemes.bearer.flows.password.tokenUrl].post);
    assert.equal(schemes.cookie.name, "__Host-rekey");
  });
});

for (const { name, operation } of operations) {
  describe(name, () => {
    const responses = Object.entries(operation.responses).map(([status, response]) => ({ status, response: follow(response) }));

    test("describes one success and the refusals that every call can meet", () => {
      assert.equal(responses.filter(({ status }) => status.startsWith("2")).length, 1);
      for (const status of ["400", "403", "405", "429", "503"]) assert.ok(status in operation.responses, status);
      for (const status of ["408", "413", "415", "422"]) assert.equal(status in operation.responses, Boolean(operation.requestBody), status);
      assert.equal(operation.security?.every((/** @type {object} */ need) => Object.keys(need).length > 0) ?? false, "401" in operation.responses && !/token|login/.test(name));
    });

    test("has at least one example for each body and answer, and each fits its schema", () => {
      const bodies = operation.requestBody ? [["request", operation.requestBody]] : [];
      for (const [where, { content = {} }] of [...bodies, ...responses.map(({ status, response }) => [status, response])]) {
        for (const [type, media] of Object.entries(content)) {
          assert.ok(examplesOf(media).length > 0, `${where} ${type}`);
          for (const example of examplesOf(media)) accept(media.schema, example, `${where} ${type}`);
        }
      }
    });
  });
}

describe("problem documents in examples", () => {
  const source = readFileSync(join(checkout, "edge", "core", "problem.h"), "utf8");
  const titleCases = readFileSync(join(checkout, "shared", "http_status.cpp"), "utf8").matchAll(/\{(\d{3}), "([^"]+)"\}/g);
  const titles = new Map([...titleCases].map(([, status, title]) => [status, title]));
  const rows = source.matchAll(/Problem k\w+\{\s*(\d{3}),\s*"([a-z-]+)",\s*"([^"]+)"/g);
  const answered = new Set([...rows].map(([, status, type, detail]) => JSON.stringify([Number(status), `urn:rekey:problem:${type}`, titles.get(status), detail])));

  /** @type {{status: string, problem: any}[]} */
  const shown = [];
  const collect = (/** @type {string} */ status, /** @type {any} */ response) => {
    const media = response.content?.["application/problem+json"];
    if (media) shown.push(...examplesOf(media).map((problem) => ({ status, problem })));
  };
  for (const { operation } of operations) for (const [status, response] of Object.entries(operation.responses)) collect(status, follow(response));

  test("are word for word the edge's answers, under the edge's status", () => {
    assert.ok(shown.length > 50 && answered.size > 15);
    for (const { status, problem } of shown) {
      assert.equal(String(problem.status), status);
      assert.ok(answered.has(JSON.stringify([problem.status, problem.type, problem.title, problem.detail])), JSON.stringify(problem));
    }
  });

  test("describe fields in the edge's words, and list its reasons", () => {
    const table = /kExplanations\[\] = \{([\s\S]*?)\n\};/.exec(readFileSync(join(checkout, "edge", "core", "problem.cpp"), "utf8"))?.[1] ?? "";
    const sentences = new Map([...table.matchAll(/\{\s*"([a-z_]+)",\s*"([^"]+)"\s*\}/g)].map((match) => [match[1], match[2]]));
    assert.deepEqual([...document.components.schemas.FieldError.properties.reason.enum].sort(), [...sentences.keys()].sort());
    for (const { problem } of shown) for (const { reason, detail } of problem.errors ?? []) assert.equal(detail, sentences.get(reason), reason);
  });
});
