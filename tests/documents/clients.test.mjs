// The clients of templates/clients and the OpenAPI document: each path, method, field and member of an answer that a client names exists,
// and each has all calls.
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { fillDocument } from "../../edge/host/document.js";
import { bare, read, section, tableRows } from "./document.mjs";

const document = JSON.parse(fillDocument(read("templates/openapi.json"), new Map([["auth_prefix", "/auth"], ["password_min_length", "8"], ["accounts", "yes"]])));
const { schemas } = document.components;

/** @typedef {{method: string, path: string, fields: string[], hasKey: boolean}} Call */

/** The text of a call's line, behind its path. @param {string} rest @param {RegExp} pattern of a field's name */
const fieldsOf = (rest, pattern) => [...rest.matchAll(pattern)].map((match) => match[1]).sort();

const typescript = read("templates/clients/typescript/rekey.ts");
const kotlin = read("templates/clients/kotlin/Rekey.kt");
const swift = read("templates/clients/swift/Rekey.swift");

/** An id that is appended stands in the document as {id}. @param {string} path */
const withId = (path) => (path.endsWith("/") ? `${path}{id}` : path);

/** @param {string} source @param {RegExp} field @param {RegExp} key @returns {Call[]} */
const callsByConstructor = (source, field, key) =>
  [...source.matchAll(/\bCall\("([A-Z]+)", "([^"]+)"(.*)$/gm)].map(([, method, path, rest]) => ({ method, path: withId(path), fields: fieldsOf(rest, field), hasKey: key.test(rest) }));

/** @returns {Call[]} */
const callsOfTypescript = () =>
  [...typescript.matchAll(/\{ method: "([A-Z]+)", path: ["`]([^"`$]+)(.*)$/gm)].map(([, method, path, rest]) => {
    const fields = /(?:body|form): \{ ([^}]*) \}/.exec(rest)?.[1].split(", ").map((each) => each.split(":")[0]) ?? [];
    return { method, path: withId(path), fields: fields.sort(), hasKey: / key: newKey\(\)/.test(rest) };
  });

/** Members by schema. @returns {Record<string, string[]>} */
const answersOfTypescript = () =>
  Object.fromEntries([...typescript.matchAll(/^export interface (\w+) \{\n([^}]*)\}/gm)].map(([, name, body]) => [name, fieldsOf(body, /^ {2}(\w+)\??:/gm)]));

/** @returns {Record<string, string[]>} */
const answersOfKotlin = () =>
  Object.fromEntries([...kotlin.matchAll(/JSONObject\.to(\w+)\(\) = \w+\(([\s\S]*?)\n(?:\n|$|\)\n)/g)].map(([, name, body]) => [name, [...new Set(fieldsOf(body, /get\w+\("(\w+)"\)/g))]]));

/** @param {string} body of a structure @returns {string[]} its keys, or its properties if they are the keys */
function keysOfSwift(body) {
  const cases = [...body.matchAll(/\bcase ([^\n}]+)/g)].flatMap(([, list]) => list.trim().split(", "));
  if (cases.length > 0) return cases.map((each) => /"(\w+)"/.exec(each)?.[1] ?? each).sort();
  return [...body.matchAll(/\blet ([\w, ]+):/g)].flatMap(([, list]) => list.split(", ")).sort();
}

/** @returns {Record<string, string[]>} */
const answersOfSwift = () =>
  Object.fromEntries([...swift.matchAll(/struct (\w+): Decodable(?:, Sendable)? \{\n([\s\S]*?)\n\}/g)].map(([, name, body]) => [name, keysOfSwift(body)]));

const clients = {
  TypeScript: { source: typescript, calls: callsOfTypescript(), answers: answersOfTypescript() },
  Kotlin: { source: kotlin, calls: callsByConstructor(kotlin, /"(\w+)" to /g, /key = newKey\(\)/), answers: answersOfKotlin() },
  Swift: { source: swift, calls: callsByConstructor(swift, /"(\w+)": /g, /key: newKey\(\)/), answers: answersOfSwift() },
};

/** @param {any} schema @returns {any[]} the shapes that a body may have */
function shapesOf(schema) {
  const rule = schema.$ref ? schemas[schema.$ref.split("/").at(-1)] : schema;
  return rule.oneOf ? rule.oneOf.flatMap(shapesOf) : [rule];
}

/** @param {Call} call */
const nameOf = ({ method, path }) => `${method} ${path}`;

/** The cookie's log-in is for pages; the rest is for operators and other clients. */
const notForApplications = ["POST /api/users/login", "POST /auth/forgot-password", "POST /auth/reset-password", "GET /api/password-policy", "GET /healthz"];

for (const [language, { source, calls, answers }] of Object.entries(clients)) {
  describe(`the client for ${language}`, () => {
    test("has each call for applications, and no other", () => {
      const described = Object.entries(document.paths).flatMap(([path, item]) => Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`));
      const wanted = described.filter((name) => !notForApplications.includes(name));
      assert.ok(wanted.length > 10);
      assert.deepEqual([...new Set(calls.map(nameOf))].sort(), wanted.sort());
    });

    test("sends the fields that a call requires, and none that it does not know", () => {
      for (const call of calls) {
        const content = Object.values(document.paths[call.path][call.method.toLowerCase()].requestBody?.content ?? {})[0];
        const shapes = content ? shapesOf(content.schema) : [{ properties: {}, required: [] }];
        const fits = shapes.some(({ properties, required }) => call.fields.every((name) => name in properties) && required.every((/** @type {string} */ name) => call.fields.includes(name)));
        assert.ok(fits, `${nameOf(call)}: ${call.fields}`);
      }
    });

    test("sends an Idempotency-Key with each call that takes one, and with no other", () => {
      for (const call of calls) {
        const { parameters = [] } = document.paths[call.path][call.method.toLowerCase()];
        assert.equal(call.hasKey, parameters.some((/** @type {{$ref?: string}} */ each) => each.$ref?.endsWith("/IdempotencyKey")), nameOf(call));
      }
    });

    test("reads the members that the answers have", () => {
      for (const name of ["User", "NewUser", "Token", "Session", "FieldError"]) {
        assert.deepEqual(answers[name], Object.keys(schemas[name].properties).sort(), name);
      }
      for (const name of ["recovery_id", "sessions"]) assert.ok(source.includes(name), name);
    });

    test("reads the problem, Retry-After and X-Request-Id, and keeps the device id", () => {
      for (const name of ["type", "title", "detail", "errors", "retry-after", "x-request-id", "rekey-device", "urn:rekey:problem:"])
        assert.ok(source.toLowerCase().includes(name), name);
    });
  });
}

test("R12: the Swift client sends the same bytes again under a key, although a dictionary has no order", () => {
  const encoders = [...swift.matchAll(/JSONEncoder\(\)([\s\S]{0,60})/g)].map(([, next]) => next);
  assert.ok(encoders.length > 0);
  for (const next of encoders) assert.match(next, /outputFormatting = \.sortedKeys/);
});

test("the TypeScript client knows each type of a problem, and no other", () => {
  const union = /export type ProblemType =([^;]+);/.exec(typescript)?.[1] ?? "";
  const documented = tableRows(section(read("README.md"), "Errors")).map((cells) => bare(cells[1]));
  assert.deepEqual(fieldsOf(union, /"([a-z-]+)"/g), [...new Set(documented)].sort());
});
