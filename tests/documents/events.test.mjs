// The edge's events: some source writes each word of edge/core/event.h, and the host writes no others.
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { everyFile, inlineCode, read } from "./document.mjs";

const header = read("edge/core/event.h");
const enumerators = [...(/enum class Event [^{]*\{([\s\S]*?)\n\};/.exec(header)?.[1] ?? "").matchAll(/^ {2}(k\w+),/gm)].map(([, name]) => name);
const words = [...(/kEventWords\[\] = \{([\s\S]*?)\};/.exec(header)?.[1] ?? "").matchAll(/"([^"]*)"/g)].map(([, word]) => word);

const sources = everyFile("edge").filter((path) => /\.(h|cpp)$/.test(path) && path !== "edge/core/event.h").map(read).join("\n");
const host = everyFile("edge/host").filter((path) => path.endsWith(".js")).map(read).join("\n");

describe("the edge's events", () => {
  test("have one word each", () => {
    assert.ok(enumerators.length > 20);
    assert.equal(words.length, enumerators.length);
    assert.equal(new Set(words).size, words.length);
  });

  for (const name of enumerators) {
    test(`${name} is written`, () => assert.match(sources, new RegExp(`Event::${name}\\b`)));
  }

  test("of the host are those of event.h", () => {
    const written = [...host.matchAll(/event: "([a-z_.]+)"/g)].map(([, word]) => word);
    const comment = header.slice(0, header.indexOf("#pragma once"));
    assert.deepEqual([...new Set(written)].sort(), inlineCode(comment).sort());
  });
});
