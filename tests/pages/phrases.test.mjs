// The phrases of the pages: complete in every language, and none unused.
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { importSite, languageFiles, pageSources, phrasesOf } from "./built_site.mjs";

const spoken = "page.say.";
const english = phrasesOf("en");
const pageKeys = [...english.keys()].filter((key) => key.startsWith("page."));
const templates = Object.values(pageSources(".html")).join("\n");
const scripts = Object.values(pageSources(".js")).join("\n");

/** @param {string} text @param {RegExp} pattern @returns {string[]} */
const found = (text, pattern) => [...new Set([...text.matchAll(pattern)].map((match) => match[1]))].sort();

/** @param {string} text */
const placeholders = (text) => found(text, /\{\{(\w+)\}\}/g);

describe("phrases", () => {
  test("that templates name exist", () => {
    const named = found(templates, /\{\{(page\.[a-z_.]+)\}\}/g);
    assert.ok(named.length > 40);
    for (const key of named) assert.ok(english.has(key), key);
  });

  test("that scripts say exist", () => {
    const said = found(scripts, /\b(?:say|missing)\((?:text, )?"([a-z_]+)"/g);
    assert.ok(said.length > 15);
    for (const key of said) assert.ok(english.has(spoken + key), key);
  });

  test("are all used: by a template, by a script, or as a page's title", () => {
    const strings = new Set(found(scripts, /"([a-z_]+)"/g));
    const titles = new Set(Object.keys(pageSources(".html")).map((name) => `page.${name.replace(".html", "").replaceAll("-", "_")}.title`));
    for (const key of pageKeys) {
      const isUsed = templates.includes(`{{${key}}}`) || titles.has(key) || (key.startsWith(spoken) && strings.has(key.slice(spoken.length)));
      assert.ok(isUsed, `${key} is not used`);
    }
  });

  for (const language of languageFiles()) {
    test(`of the API are in ${language}, too, and without placeholders: the site gives them to the edge by the English ones`, async () => {
      const phrases = phrasesOf(language);
      const keys = [...english.keys()].filter((key) => key.startsWith("api."));
      assert.deepEqual([...phrases.keys()].filter((key) => key.startsWith("api.")).sort(), keys.sort());
      for (const key of keys) assert.deepEqual(placeholders(phrases.get(key) ?? ""), [], key);
      const differing = keys.filter((key) => phrases.get(key) !== english.get(key));
      assert.deepEqual((await importSite()).texts[language], Object.fromEntries(differing.map((key) => [english.get(key), phrases.get(key)])));
    });

    test(`of ${language} are those of English, with the same placeholders`, () => {
      const phrases = phrasesOf(language);
      assert.deepEqual([...phrases.keys()].filter((key) => key.startsWith("page.")).sort(), [...pageKeys].sort());
      for (const key of pageKeys) assert.deepEqual(placeholders(phrases.get(key) ?? ""), placeholders(english.get(key) ?? ""), key);
    });
  }

  test("hold no markup: that belongs into templates", () => {
    for (const language of languageFiles()) {
      for (const [key, text] of phrasesOf(language)) if (key.startsWith("page.")) assert.doesNotMatch(text, /[<>]|&\w+;/, `${language} ${key}`);
    }
  });

  // The reader of a page about a dead link, or somebody else, may have changed the password with it.
  test("about a refused or cancelled link do not claim that the password is unchanged", () => {
    for (const language of languageFiles()) {
      for (const [key, text] of phrasesOf(language)) if (/^page\.(reset_password\.bad|cancel\.(bad|done))_/.test(key)) assert.doesNotMatch(text, /unchanged|unverändert/, `${language} ${key}`);
    }
  });

  test("of every language file are built into pages, English first", async () => {
    const { languages, pages } = await importSite();
    assert.equal(languages[0], "en");
    assert.deepEqual([...languages].sort(), languageFiles().sort());
    const names = Object.keys(pageSources(".html")).map((name) => name.replace(".html", "")).filter((name) => name !== "layout");
    assert.deepEqual(Object.keys(pages).sort(), names.flatMap((name) => languages.map((language) => `${name}.${language}`)).sort());
  });
});
