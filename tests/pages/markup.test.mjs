// The built pages, one by one: nothing inline, nothing from another site, no dead reference, a label for each field.
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { importSite, tagsOf } from "./built_site.mjs";

const { pages, assets, languages } = await importSite();
const routes = new Set(["/", "/login", "/register", "/forgot-password", "/reset-password", "/reset-password/cancel", "/account", "/docs", "/openapi.json"]);
const references = ["for", "aria-describedby", "aria-labelledby", "aria-controls"];
const filledByTheEdge = ["product_name", "password_min_length"];

/** @param {import("./built_site.mjs").Tag[]} tags @param {string} name */
const all = (tags, name) => tags.filter((tag) => tag.name === name);

/** @param {string} html */
const withoutSpokenPhrases = (html) => html.replace(/<template id="phrases">[\s\S]*?<\/template>/, "");

for (const [name, html] of Object.entries(pages)) {
  const tags = tagsOf(html);
  const ids = tags.map((tag) => tag.attributes.get("id")).filter((id) => id !== undefined);

  describe(`the page ${name}`, () => {
    test("holds no inline script, style or handler", () => {
      for (const script of all(tags, "script")) assert.ok(script.attributes.has("src") && script.text.trim() === "");
      assert.equal(all(tags, "style").length, 0);
      for (const { attributes } of tags) {
        for (const [attribute, value] of attributes) {
          assert.ok(attribute !== "style" && !attribute.startsWith("on"), attribute);
          assert.doesNotMatch(value, /^\s*(javascript|data):/i);
        }
      }
    });

    test("was read whole by this test", () => {
      assert.equal(tags.length, (html.match(/<[a-z]/g) ?? []).length);
    });

    test("loads and links to nothing but this site", () => {
      for (const { attributes } of tags) {
        for (const attribute of ["src", "href", "action"]) {
          const target = attributes.get(attribute);
          if (target !== undefined) assert.ok(target in assets || routes.has(target), target);
        }
      }
      assert.doesNotMatch(html, /https?:\/\//);
    });

    test("has each id once, and refers to no missing one", () => {
      assert.equal(new Set(ids).size, ids.length);
      for (const { attributes } of tags) {
        for (const reference of references) {
          for (const id of (attributes.get(reference) ?? "").split(" ").filter(Boolean)) assert.ok(ids.includes(id), `${reference}="${id}"`);
        }
      }
    });

    test("has a language, a title, one main part, a heading, and texts for its images", () => {
      assert.equal(all(tags, "html")[0].attributes.get("lang"), name.split(".")[1]);
      assert.match(all(tags, "title")[0].text, /^.+ · \{\{product_name\}\}$/);
      assert.equal(all(tags, "main").length, 1);
      assert.ok(all(tags, "h1").length >= 1);
      for (const image of all(tags, "img")) assert.ok(image.attributes.has("alt"));
    });

    test("labels each field, tells the browser what it is for, and has a line for complaints", () => {
      const labelled = new Set(all(tags, "label").map((label) => label.attributes.get("for")));
      for (const { attributes } of all(tags, "input")) {
        const id = attributes.get("id") ?? "";
        assert.ok(attributes.get("autocomplete"), id);
        if (attributes.get("aria-hidden") === "true") continue;
        assert.ok(labelled.has(id), id);
        assert.ok((attributes.get("aria-describedby") ?? "").split(" ").includes(`${id}-error`), id);
        if (attributes.get("type") === "password") assert.match(attributes.get("autocomplete") ?? "", /^(current|new)-password$/);
      }
    });

    // Without its script a form must not put a password into a URL, nor seem to work.
    test("sends no form without its script", () => {
      for (const { attributes } of all(tags, "form")) assert.equal(attributes.get("method"), "post");
      for (const { attributes } of all(tags, "button")) {
        if (attributes.get("type") === "submit") assert.ok(attributes.has("disabled"), "enabled before its script");
        else assert.equal(attributes.get("type"), "button");
      }
      if (all(tags, "script").length > 0) assert.equal(all(tags, "noscript").length, 1);
    });

    test("has placeholders for the edge's settings, and no others", () => {
      for (const [, placeholder] of withoutSpokenPhrases(html).matchAll(/\{\{([^}]*)\}\}/g)) assert.ok(filledByTheEdge.includes(placeholder), placeholder);
    });
  });
}

describe("the pages of all languages", () => {
  test("differ only in their texts", () => {
    const shape = (/** @type {string} */ html) => tagsOf(html).map(({ name, attributes }) => `${name}#${attributes.get("id") ?? ""}`);
    for (const name of Object.keys(pages).filter((each) => each.endsWith(`.${languages[0]}`))) {
      for (const language of languages) assert.deepEqual(shape(pages[name.replace(/[^.]+$/, language)]).sort(), shape(pages[name]).sort());
    }
  });
});
