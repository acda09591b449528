// The OpenAPI document: complete in itself, and its problem documents are the edge's answers word for word.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";

import { checkout, filled, importSite } from "./built_site.mjs";

const { openapi, password_policy } = await importSite();
/** With all features. */
const document = JSON.parse(filled(openapi, {}));
const ofRecovery = JSON.parse(filled(openapi, { accounts: "", login_url: "" }));

/** @type {{name: string, operation: any}[]} */
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })));

/** @param {string} reference @returns {any} */
function resolve(reference, from = document) {
  assert.match(reference, /^#\//);
  const found = reference.slice(2).split("/").reduce((at, name) => at?.[name], from);
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

  for (const [features, each] of Object.entries({ all: document, recovery: ofRecovery })) {
    test(`refers to nothing missing, and defines nothing unused, with FEATURES=${features}`, () => {
      const referred = new Set();
      walk(each, (node) => node.$ref && referred.add(node.$ref) && resolve(node.$ref, each));
      for (const kind of ["schemas", "responses", "headers"]) {
        for (const name of Object.keys(each.components[kind])) assert.ok(referred.has(`#/components/${kind}/${name}`), `${kind}/${name}`);
      }
      const used = new Set(Object.values(each.paths).flatMap((item) => Object.values(item).flatMap(({ tags }) => tags)));
      assert.deepEqual(each.tags.map((/** @type {{name: string}} */ tag) => tag.name).sort(), [...used].sort());
    });
  }

  test("with FEATURES=recovery has the calls of recovery word for word but for sessions, and no word of accounts, log-in or sessions of ours", () => {
    const paths = ["/api/users/forgot-password", "/api/users/reset-password", "/api/users/recovery/check", "/api/users/reset-password/cancel", "/auth/forgot-password", "/auth/reset-password", "/api/password-policy", "/healthz"];
    assert.deepEqual(Object.keys(ofRecovery.paths), Object.keys(document.paths).filter((path) => paths.includes(path)));
    const sessions = / and all sessions(?= of the account)|, and opens no session|"access_token_expire_minutes":30,/g;
    for (const path of paths) assert.equal(JSON.stringify(ofRecovery.paths[path]), JSON.stringify(document.paths[path]).replace(sessions, ""));
    const text = JSON.stringify(ofRecovery);
    for (const path of Object.keys(document.paths)) if (!paths.includes(path)) assert.ok(!text.includes(`${path}"`) && !text.includes(`${path}\``), path);
    assert.doesNotMatch(text, /cookie|bearer|session|securitySchemes|regist|user[ _]?name|log-?ged|no-session|credentials|access_token|features/i);
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
      const isDocument = name === "GET /api/password-policy"; // which needs no limiter and no origin
      for (const status of isDocument ? ["405"] : ["400", "403", "405", "429", "503"]) assert.ok(status in operation.responses, status);
      for (const status of ["408", "413", "415", "422"]) assert.equal(status in operation.responses, Boolean(operation.requestBody), status);
      assert.equal(operation.security?.every((/** @type {object} */ need) => Object.keys(need).length > 0) ?? false, "401" in operation.responses && !/(token|login)$/.test(name));
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

describe("the password policy", () => {
  const rules = (/** @type {Record<string, string>} */ texts) => JSON.parse(filled(password_policy, { password_min_length: "12", password_max_bytes: "", ...texts }));
  const header = readFileSync(join(checkout, "shared", "password_policy.h"), "utf8");
  const source = readFileSync(join(checkout, "shared", "password_policy.cpp"), "utf8");
  const words = [...source.slice(source.indexOf("password_reason(")).matchAll(/return "([a-z_]+)";/g)].map(([, word]) => word);

  test("fits the schema, with the bytes of bcrypt and without", () => {
    for (const bytes of ["", "72"]) accept({ $ref: "#/components/schemas/PasswordPolicy" }, rules({ password_max_bytes: bytes }), `policy ${bytes}`);
    assert.deepEqual([rules({}).max_bytes, rules({ password_max_bytes: "72" }).max_bytes], [null, 72]);
  });

  test("has the lengths of the setting and of the program", () => {
    assert.equal(rules({}).min_length, 12);
    assert.equal(rules({}).max_length, Number(/kPasswordMaxLength = (\d+);/.exec(header)?.[1]));
  });

  test("names each reason of a refusal in the edge's words, too_many_bytes only where there is a limit", () => {
    assert.ok(words.length > 5);
    words[words.indexOf("not_text")] = "control_character"; // JSON with anything else that is no text is unreadable as a whole
    const table = /kExplanations\[\] = \{([\s\S]*?)\n\};/.exec(readFileSync(join(checkout, "edge", "core", "problem.cpp"), "utf8"))?.[1] ?? "";
    const sentences = new Map([...table.matchAll(/\{\s*"([a-z_]+)",\s*"([^"]+)"\s*\}/g)].map((match) => [match[1], match[2]]));
    const told = (/** @type {string} */ bytes) => rules({ password_max_bytes: bytes }).reasons;
    assert.deepEqual(told("72"), words.map((reason) => ({ reason, detail: sentences.get(reason) })));
    assert.deepEqual(told(""), told("72").filter((/** @type {{reason: string}} */ { reason }) => reason !== "too_many_bytes"));
  });
});
