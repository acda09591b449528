// The catalogue of attacks, tests/attacks.md, and the tests' names agree: each id in a name has a row, each row has its tests.
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { bare, everyFile, exists, read, section, tableRows } from "./document.mjs";

const catalogue = read("tests/attacks.md");
const rows = tableRows(catalogue);
const byInstrument = tableRows(section(catalogue, "Met by an instrument"));
const byTest = rows.filter((row) => !byInstrument.some(([id]) => id === row[0]));

/** How to find the names of tests in a file: in JavaScript, in Catch2 with tags, and the reasons of vectors. */
const names = [
  { files: /\.test\.mjs$/, name: /\b(?:describe|test)\(\s*(["`])((?:(?!\1)[^\\]|\\.)*)\1/g },
  { files: /_test\.cpp$/, name: /\b(?:SECTION|TEST_CASE)\(((?:\s*"(?:[^"\\]|\\.)*",?)+)/g },
  { files: /^tests\/vectors\/\w+\.txt$/, name: /^why = ([A-Z]\d\d): /gm },
];

/** @returns {Map<string, string[]>} the ids in the names of a file's tests, by the file's path */
function idsByFile() {
  const found = new Map();
  for (const { files, name } of names) {
    for (const path of everyFile("tests").filter((each) => files.test(each))) {
      const ids = [...read(path).matchAll(name)].flatMap((match) => match.slice(1).join(" ").match(/\b[A-Z]\d{1,2}\b/g) ?? []);
      found.set(path, ids);
    }
  }
  return found;
}

describe("the catalogue of attacks", () => {
  const tests = idsByFile();

  test("is read, and tests of each kind are found", () => {
    assert.ok(byTest.length > 150 && byInstrument.length > 0);
    for (const file of ["tests/system/limits.test.mjs", "tests/shared/token_test.cpp", "tests/vectors/email.txt"]) assert.ok((tests.get(file) ?? []).length > 0, file);
  });

  test("has each id once, with an attack and what must be seen", () => {
    const ids = rows.map(([id]) => id);
    assert.deepEqual(ids.filter((id, index) => ids.indexOf(id) !== index), []);
    for (const [id, attack, seen, where] of rows) assert.ok(/^[A-Z]\d{1,2}$/.test(id) && attack && seen && where, id);
  });

  test("has a row for each id in the name of a test", () => {
    const known = new Set(rows.map(([id]) => id));
    const strangers = [...tests].flatMap(([file, ids]) => ids.filter((id) => !known.has(id)).map((id) => `${id} in ${file}`));
    assert.deepEqual(strangers, []);
  });

  test("names for each row only files with a test that has its id", () => {
    const claims = byTest.flatMap(([id, , , where]) => bare(where).split(", ").map((file) => ({ id, file })));
    const empty = claims.filter(({ id, file }) => !tests.get(file)?.includes(id));
    assert.deepEqual(empty.map(({ id, file }) => `${id}: ${file}`), []);
  });

  test("names commands that exist where an instrument meets a row", () => {
    for (const [id, , , command] of byInstrument) assert.ok(exists(bare(command)), id);
  });
});
