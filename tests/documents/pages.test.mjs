// The pages refer only to existing links, headings, files and commands.
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";

import { everyPage, exists, headings, inlineCode, origin, read, withoutBlocks } from "./document.mjs";

/** @param {string} heading as GitHub and others name it in a link */
function anchor(heading) {
  return heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").trim().replaceAll(" ", "-");
}

/** @param {string} page */
function anchorsOf(page) {
  return headings(read(page)).map((heading) => anchor(heading.words));
}

test("README, DESIGN and CHANGELOG are among the pages that are read", () => {
  assert.deepEqual(["CHANGELOG.md", "DESIGN.md", "README.md"].filter((page) => !everyPage().includes(page)), []);
});

for (const page of everyPage()) {
  describe(page, () => {
    const text = read(page);

    test("each link leads to an existing file and heading", () => {
      for (const [, target] of withoutBlocks(text).matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^https?:/.test(target)) continue;
        const [path, heading] = target.split("#");
        const file = path === "" ? page : join(dirname(page), path);
        assert.ok(exists(file), target);
        if (heading) assert.ok(anchorsOf(file).includes(heading), target);
      }
    });

    test("each file named in the text exists", () => {
      const paths = inlineCode(text).filter((code) => /^(edge|origin|shared|scripts|templates|tests)\/[\w./-]+$/.test(code));
      for (const path of paths) assert.ok(exists(path), path);
    });

    test("each command of rekey-origin exists", () => {
      const commands = new Set([...text.matchAll(/\brekey-origin ((?:[a-z]+ ?)+)/g)].map((match) => match[1].trim()));
      for (const command of commands) {
        assert.match(origin(...command.split(" ").slice(0, 2), "--help"), /usage|options/i, command);
      }
    });
  });
}
