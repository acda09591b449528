// The built pages, one by one: nothing inline, nothing from another site, no dead reference, a label for each field.
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { filled, importSite, pageSources, tagsOf } from "./built_site.mjs";

const { pages: built, assets, languages } = await importSite();
const kept = { product_name: "{{product_name}}", password_min_length: "{{password_min_length}}" };
const pages = Object.fromEntries(Object.entries(built).map(([name, html]) => [name, filled(html, kept)]));
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
        if (attributes.get("type") === "hidden") continue;
        const id = attributes.get("id") ?? "";
        assert.ok(attributes.get("autocomplete"), id);
        if (attributes.get("aria-hidden") === "true") continue;
        assert.ok(labelled.has(id), id);
        assert.ok((attributes.get("aria-describedby") ?? "").split(" ").includes(`${id}-error`), id);
        if (attributes.get("type") === "password") assert.match(attributes.get("autocomplete") ?? "", /^(current|new)-password$/);
      }
    });

    // Without its script a form must not put a password into a URL, nor seem to work where it does not (edge/host/page_form.js).
    test("sends no form without its script, but for recovery by code", () => {
      const works = name.startsWith("forgot-password.");
      for (const { attributes } of all(tags, "form")) assert.equal(attributes.get("method"), "post");
      for (const { attributes } of all(tags, "button")) {
        if (attributes.get("type") === "submit") assert.equal(attributes.has("disabled"), !works, "enabled before its script");
        else assert.equal(attributes.get("type"), "button");
      }
      if (all(tags, "script").length > 0) assert.equal(all(tags, "noscript").length, works ? 0 : 1);
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

describe("with FEATURES=recovery", () => {
  const names = ["forgot-password", "reset-password", "cancel", "not-found"];
  const there = new Set(["/forgot-password", "/reset-password", "/reset-password/cancel"]);
  const accounts = /"(start|login|register|account|docs)[.-]/;
  const login = "https://app.example.com/in?a=1&amp;b=2";

  for (const name of names.flatMap((each) => languages.map((language) => `${each}.${language}`))) {
    /** @param {string} url */
    const targets = (url) => tagsOf(filled(built[name], { accounts: "", login_url: url })).flatMap(({ name: tag, attributes }) =>
      ["src", "href", "action"].filter((attribute) => attributes.has(attribute)).map((attribute) => ({ tag, target: attributes.get(attribute) ?? "" })));

    test(`the page ${name} links to recovery alone, and loads nothing of other pages`, () => {
      for (const { target } of targets("")) assert.ok(target in assets ? !accounts.test(`"${target.slice("/assets/".length)}`) : there.has(target), target);
    });

    test(`the page ${name} links to LOGIN_URL where the log-in was, and elsewhere not`, () => {
      const linked = targets(login).filter(({ target }) => target === login);
      const before = tagsOf(filled(built[name], {})).filter(({ attributes }) => attributes.get("href") === "/login");
      assert.equal(linked.length, before.length);
      assert.deepEqual(targets(login).filter(({ target }) => target !== login), targets(""));
    });

    test(`the page ${name} is whole: each id once, a title, a heading, no placeholder, and as with all features but for links`, () => {
      const html = filled(built[name], { accounts: "", login_url: "" });
      const tags = tagsOf(html);
      assert.equal(tags.length, (html.match(/<[a-z]/g) ?? []).length);
      const ids = tags.map((tag) => tag.attributes.get("id")).filter((id) => id !== undefined);
      assert.equal(new Set(ids).size, ids.length);
      assert.doesNotMatch(withoutSpokenPhrases(html), /\{\{/);
      const others = ids.filter((id) => !/to-login|to-forgot-password$/.test(id));
      const all = tagsOf(pages[name]).map((tag) => tag.attributes.get("id")).filter((id) => id !== undefined && !/to-login|to-start|to-forgot-password$/.test(id));
      assert.deepEqual(others, all);
    });

    test(`the page ${name} has no phrase of accounts`, () => {
      assert.doesNotMatch(filled(built[name], { accounts: "", login_url: "" }), /session|Sitzung/i);
      const spoken = [...filled(built[name], { accounts: "", login_url: "" }).matchAll(/data-phrase="(\w+)"/g)].map(([, key]) => key);
      if (name.startsWith("not-found")) return assert.deepEqual(spoken, []);
      assert.ok(spoken.length > 15);
      for (const key of spoken) assert.doesNotMatch(key, /username|registered|taken|credentials|session|log|current_password|^password_(changed|reset|missing)$/);
    });
  }

  test("the pages say that recovery is off where it is, and show no form then", () => {
    for (const name of ["forgot-password", "reset-password"].flatMap((each) => languages.map((language) => `${each}.${language}`))) {
      const isHidden = (/** @type {Record<string, string>} */ texts, /** @type {string} */ id) =>
        tagsOf(filled(built[name], texts)).find(({ attributes }) => attributes.get("id") === id)?.attributes.has("hidden");
      const [asked, form] = name.startsWith("reset") ? ["set", "reset-password-form"] : ["ask", "ask"];
      for (const accounts of ["yes", ""]) {
        const states = (/** @type {string} */ recovery_off) => ["off", asked, form].map((id) => isHidden({ accounts, recovery_off }, id));
        assert.deepEqual([states("yes"), states("")], [[false, true, true], [true, false, false]], name);
      }
    }
  });

  test("cancelling is there while recovery is off, too", () => {
    for (const language of languages) assert.equal(filled(built[`cancel.${language}`], { recovery_off: "yes" }), filled(built[`cancel.${language}`], {}));
  });

  const sources = pageSources(".js");
  const imports = (/** @type {string} */ name) => [...sources[name].matchAll(/^import [^;]*?"\.\/([\w-]+\.js)";$/gm)].map(([, each]) => each);
  /** Their scripts, and what these import. @type {Set<string>} */
  const loaded = new Set(["forgot-password.js", "reset-password.js", "cancel.js"]);
  for (const name of loaded) for (const each of imports(name)) loaded.add(each); // a Set's loop takes in what is added

  test("no script of these pages imports one of another page, which the edge hides", () => {
    assert.ok(loaded.size > 10);
    for (const name of loaded) assert.doesNotMatch(`"${name}`, accounts);
  });

  test("each phrase that a script of these pages says is still there", () => {
    const ofOthers = /^(username_|password_missing|current_)/; // of fields that these pages lack
    const said = (/** @type {string} */ name) => [...sources[name].matchAll(/\b(?:say|missing)\((?:text, )?"([a-z_]+)"/g)].map(([, key]) => key);
    const refusals = [...(/kRefusals = [^]*?\}\);/.exec(sources["typed_rules.js"])?.[0] ?? "").matchAll(/: "([a-z_]+)"/g)].map(([, key]) => key);
    const keys = [...loaded].flatMap(said).filter((key) => !ofOthers.test(key));
    assert.ok(refusals.length === 7 && keys.length > 10, `${refusals} ${keys}`);
    for (const name of ["forgot-password", "reset-password", "cancel"]) {
      const page = filled(built[`${name}.${languages[0]}`], { accounts: "", login_url: "" });
      for (const key of [...keys, ...refusals, "password_refused"]) assert.ok(page.includes(`data-phrase="${key}"`), `${name}: ${key}`);
    }
  });
});
