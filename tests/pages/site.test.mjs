// The output of render_site: the module and the files are the same, an asset's name depends on its content, and a language is one file.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";

import { build, checkout, importSite, sitePath } from "./built_site.mjs";

const { assets, pages, openapi } = await importSite();

/** @param {string} path of an asset */
const bodyOf = (path) => readFileSync(join(sitePath, "public", path));

describe("the module for the Worker", () => {
  test("holds the same pages as the files beside it, and names each asset's file", () => {
    for (const [name, html] of Object.entries(pages)) assert.equal(readFileSync(join(sitePath, `${name}.html`), "utf8"), html);
    assert.equal(readFileSync(join(sitePath, "openapi.json"), "utf8"), openapi);
    assert.deepEqual(readdirSync(join(sitePath, "public/assets")).sort(), Object.keys(assets).map((path) => path.slice("/assets/".length)).sort());
  });

  test("names each asset by its content, so that a cached one is never outdated", () => {
    for (const path of Object.keys(assets)) {
      assert.equal(path.split(".").at(-2), createHash("sha256").update(bodyOf(path)).digest("hex").slice(0, 16), path);
    }
  });

  test("refers scripts to existing assets by their final names", () => {
    const ours = Object.keys(assets).filter((path) => path.endsWith(".js") && !path.includes("swagger-ui"));
    for (const path of ours) {
      for (const [, name] of String(bodyOf(path)).matchAll(/"\.\/([^"]+)"/g)) assert.ok(`/assets/${name}` in assets, `${path}: ${name}`);
    }
    assert.ok(ours.some((path) => /verdicts\.[0-9a-f]{16}\.wasm/.test(String(bodyOf(path)))));
  });
});

describe("render_site", () => {
  /** @type {string} */
  let folder;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "rekey-site-"));
    cpSync(join(checkout, "templates"), join(folder, "templates"), { recursive: true });
    cpSync(sitePath, join(folder, "swagger"), { recursive: true });
    for (const name of ["swagger-ui-bundle.js", "swagger-ui.css"]) writeFileSync(join(folder, "swagger", name), `/* ${name} */`);
  });
  after(() => rmSync(folder, { recursive: true }));

  const french = () => join(folder, "templates", "languages", "fr.txt");
  const render = () =>
    execFileSync(join(build, "native", "templates", "render_site"),
      [join(folder, "templates"), join(build, "pages", "templates", "verdicts.wasm"), join(folder, "swagger"), join(folder, "out")],
      { encoding: "utf8", stdio: "pipe" });

  test("makes a language of an added phrase file", async () => {
    cpSync(join(folder, "templates", "languages", "en.txt"), french());
    render();
    const site = await import(pathToFileURL(join(folder, "out", "site.js")).href);
    assert.ok(site.languages.includes("fr"));
    assert.match(site.pages["login.fr"], /<html lang="fr"/);
  });

  test("refuses a language that lacks a phrase, and names the phrase", () => {
    const phrases = readFileSync(join(folder, "templates", "languages", "en.txt"), "utf8");
    writeFileSync(french(), phrases.replace(/^page\.login\.submit = .*\n/m, ""));
    assert.throws(render, /language fr lacks the phrase page\.login\.submit/);
  });

  test("refuses a page that uses an unknown phrase", () => {
    rmSync(french());
    appendFileSync(join(folder, "templates", "pages", "login.html"), "{{page.login.nowhere}}\n");
    assert.throws(render, /page\.login\.nowhere/);
  });
});
