// The README lists every setting with its default, and no others.
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
  const source = read("edge/core/settings.cpp");
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
    test(`the README has the default of ${name}`, () => assert.equal(documented.get(name), value));
  }

  test("the origin takes each for a setting, its own or the edge's, when both share a .env", () => {
    const known = read("origin/settings/settings_source.cpp") + read("origin/settings/setting_names.cpp");
    for (const name of defaults.keys()) assert.ok(name.startsWith("LIMIT_") || known.includes(`"${name}"`), name);
  });

  test("wrangler.toml sets nothing that the edge doesn't read", () => {
    const vars = /^\[vars\]\n([\s\S]*?)(?=^\[|$(?![\s\S]))/m.exec(read("wrangler.toml"))?.[1] ?? "";
    const names = [...vars.matchAll(/^([A-Z_]+) *=/gm)].map((match) => match[1]);
    assert.ok(names.length > 0);
    assert.deepEqual(names.filter((name) => !defaults.has(name)), []);
  });

  test("workerd.capnp passes on each from the environment under its own name", () => {
    const bindings = [...read("edge/host/workerd.capnp").matchAll(/name = "(\w+)", fromEnvironment = "(\w+)"/g)];
    assert.deepEqual(bindings.map(([, name]) => name).sort(), [...defaults.keys()].sort());
    for (const [, name, variable] of bindings) assert.equal(variable, name);
  });
});

test("wrangler.toml and workerd.capnp run the same Worker: same date, same objects", () => {
  const [wrangler, workerd] = [read("wrangler.toml"), read("edge/host/workerd.capnp")];
  /** @param {string} text @param {RegExp} pattern */
  const told = (text, pattern) => pattern.exec(text)?.[1] ?? assert.fail(String(pattern));
  assert.equal(told(workerd, /compatibilityDate = "([\d-]+)"/), told(wrangler, /^compatibility_date = "([\d-]+)"/m));
  assert.equal(told(workerd, /className = "(\w+)"/), told(wrangler, /^class_name = "(\w+)"/m));
  assert.equal(told(workerd, /name = "(\w+)", durableObjectNamespace/), told(wrangler, /^name = "(\w+)"\nclass_name/m));
  assert.doesNotMatch(wrangler, /compatibility_flags/);
});

test("only workerd.capnp says that there is a single isolate: elsewhere each isolate would grant the whole limit", () => {
  assert.match(read("edge/host/workerd.capnp"), /\(name = "SINGLE_ISOLATE", text = "yes"\)/);
  assert.doesNotMatch(read("wrangler.toml"), /SINGLE_ISOLATE/);
});
