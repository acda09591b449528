// The OpenAPI document before two validators, each with its usual rules, and before a generator of clients. That each answer has an
// example, in the edge's own words, is in tests/pages/openapi.test.mjs.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";

import { Validator } from "@seriousme/openapi-schema-validator";

import { fillDocument } from "../../edge/host/document.js";
import { checkout, read } from "./document.mjs";

const folder = mkdtempSync(join(tmpdir(), "rekey-openapi-"));
after(() => rmSync(folder, { recursive: true }));

const texts = { auth_prefix: "/auth", password_min_length: "8", product_name: "Rekey", login_url: "/login" };

/** @param {string} accounts not empty with all features */
const documentWith = (accounts) => fillDocument(read("templates/openapi.json"), new Map(Object.entries({ ...texts, accounts })));

/** Runs a program of an npm package. No linter calls home from a test. @param {string} name @param {string[]} words */
function run(name, ...words) {
  const env = { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true", NO_COLOR: "1" };
  const { status, stdout, stderr } = spawnSync(join(checkout, "node_modules", ".bin", name), words, { cwd: folder, env, encoding: "utf8" });
  return { status, output: stdout + stderr };
}

for (const [features, document] of Object.entries({ all: documentWith("yes"), recovery: documentWith("") })) {
  describe(`the OpenAPI document with FEATURES=${features}`, () => {
    const name = `${features}.json`;
    const path = join(folder, name);
    writeFileSync(path, document);

    test("fits the schema of OpenAPI 3.1", async () => {
      const { valid, errors } = await new Validator().validate(JSON.parse(document));
      assert.ok(valid, JSON.stringify(errors));
    });

    test("passes Redocly's recommended rules without an error or a warning", () => {
      const { status, output } = run("redocly", "lint", name, "--format=json");
      const { totals, problems } = JSON.parse(output.slice(output.indexOf("{"), output.lastIndexOf("}") + 1));
      assert.deepEqual([status, totals.errors, totals.warnings], [0, 0, 0], JSON.stringify(problems));
    });

    test("makes a client's types, which compile, and which know each call", () => {
      const generated = run("openapi-typescript", name, "--output", `${features}.ts`);
      assert.equal(generated.status, 0, generated.output);
      const paths = Object.keys(JSON.parse(document).paths);
      const types = paths.map((each, i) => `export type Call${i} = paths[${JSON.stringify(each)}];`);
      writeFileSync(join(folder, `${features}_calls.ts`), [`import type { paths } from "./${features}.js";`, ...types, ""].join("\n"));
      const compiled = run("tsc", "--noEmit", "--strict", "--module", "NodeNext", "--target", "ES2024", `${features}.ts`, `${features}_calls.ts`);
      assert.equal(compiled.status, 0, compiled.output);
    });
  });
}
