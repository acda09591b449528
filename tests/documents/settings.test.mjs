// Every setting stands in the README with its default, and nothing else does.
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { bare, origin, read, section, tableRows } from "./document.mjs";

const readme = read("README.md");

describe("the origin's settings", () => {
  const documented = tableRows(section(readme, "Settings of the origin"));

  test("the README's table is what `rekey-origin settings --markdown` prints", () => {
    assert.deepEqual(documented, tableRows(origin("settings", "--markdown")));
  });
});

describe("the edge's settings", () => {
  const source = read("edge/settings.cpp");
  const defaults = new Map(
    [...source.matchAll(/raw\.get\("([A-Z_]+)", "([^"]*)"\)/g), ...source.matchAll(/\{"(LIMIT_[A-Z_]+)", "[^"]*", "([^"]*)"\}/g)].map(
      (match) => [match[1], match[2]],
    ),
  );
  const documented = new Map(tableRows(section(readme, "Settings of the edge")).map((cells) => [bare(cells[0]), bare(cells[1])]));

  test("each that the edge reads is in the README, and each in the README is read", () => {
    assert.ok(defaults.size > 10);
    assert.deepEqual([...documented.keys()].sort(), [...defaults.keys()].sort());
  });

  for (const [name, value] of defaults) {
    test(`the README tells the default of ${name}`, () => assert.equal(documented.get(name), value));
  }

  test("wrangler.toml sets nothing that the edge doesn't read", () => {
    const vars = /^\[vars\]\n([\s\S]*?)(?=^\[|$(?![\s\S]))/m.exec(read("wrangler.toml"))?.[1] ?? "";
    for (const [, name] of vars.matchAll(/^([A-Z_]+) *=/gm)) assert.ok(defaults.has(name), name);
  });
});
