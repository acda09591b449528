// What `rekey-origin site` writes: an asset's name depends on its content, a language is one file, and a brand needs no build.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";

import { build, checkout, importSite, sitePath, tagsOf } from "./built_site.mjs";

const { assets } = await importSite();

/** @param {string} path of an asset */
const bodyOf = (path) => readFileSync(join(sitePath, path));

describe("the site for the Worker", () => {
  test("names the file of each asset", () => {
    const listed = Object.keys(assets).map((path) => path.slice("/assets/".length));
    const files = readdirSync(join(sitePath, "assets"));
    assert.deepEqual(listed.filter((name) => !files.includes(name)), []);
    assert.deepEqual(readdirSync(sitePath).sort(), ["assets", "site.json"]);
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

/** @type {string} */
let folder;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "rekey-site-"));
  cpSync(join(checkout, "templates"), join(folder, "templates"), { recursive: true });
  cpSync(join(build, "site", "parts"), join(folder, "parts"), { recursive: true });
  for (const name of ["swagger-ui-bundle.js", "swagger-ui.css"]) writeFileSync(join(folder, "parts", name), `/* ${name} */`);
});
after(() => rmSync(folder, { recursive: true }));

const program = join(build, "native", "origin", "rekey-origin");
const out = () => join(folder, "out");
const commandLine = () => ["--env-file", "/dev/null", "site", out(), "--parts", join(folder, "parts")];
/** @param {Record<string, string>} settings */
const environment = (settings) => ({ PATH: process.env.PATH, TEMPLATES_DIR: join(folder, "templates"), ...settings });

/** @param {Record<string, string>} [settings] @returns {import("./built_site.mjs").Site & {product_name?: string}} */
function render(settings = {}) {
  execFileSync(program, commandLine(), { encoding: "utf8", stdio: "pipe", env: environment(settings) });
  return JSON.parse(readFileSync(join(out(), "site.json"), "utf8"));
}

/** @param {Record<string, string>} settings @returns {string[]} the lines of the refusal */
function refusal(settings) {
  const { status, stderr } = spawnSync(program, commandLine(), { encoding: "utf8", env: environment(settings) });
  assert.equal(status, 1, stderr);
  return stderr.trim().split("\n");
}

describe("rekey-origin site", () => {
  const french = () => join(folder, "templates", "languages", "fr.txt");

  test("names the version that wrote the site", () => {
    assert.equal(render().version, /project\(rekey VERSION ([\d.]+)/.exec(readFileSync(join(checkout, "CMakeLists.txt"), "utf8"))?.[1]);
  });

  test("says which brand it wrote, or that there is none", () => {
    const brand = join(checkout, "templates", "brand-example");
    const said = (/** @type {Record<string, string>} */ settings) => execFileSync(program, commandLine(), { encoding: "utf8", env: environment(settings) });
    assert.match(said({ BRAND_DIR: brand }), new RegExp(`^wrote \\d+ pages and \\d+ assets to ${out()}, with the brand of ${brand}\n$`));
    assert.match(said({}), new RegExp(`^wrote \\d+ pages and \\d+ assets to ${out()}, without a brand: BRAND_DIR is empty\n$`));
  });

  test("makes a language of an added phrase file", () => {
    cpSync(join(folder, "templates", "languages", "en.txt"), french());
    const site = render();
    assert.ok(site.languages.includes("fr"));
    assert.match(site.pages["login.fr"], /<html lang="fr"/);
  });

  test("refuses a language that lacks a phrase, and names the phrase", () => {
    const phrases = readFileSync(join(folder, "templates", "languages", "en.txt"), "utf8");
    writeFileSync(french(), phrases.replace(/^page\.login\.submit = .*\n/m, ""));
    assert.match(refusal({})[0], /language fr lacks the phrase page\.login\.submit/);
  });

  test("refuses a page that uses an unknown phrase", () => {
    rmSync(french());
    const page = join(folder, "templates", "pages", "login.html");
    const text = readFileSync(page, "utf8");
    appendFileSync(page, "{{page.login.nowhere}}\n");
    assert.match(refusal({})[0], /page\.login\.nowhere/);
    writeFileSync(page, text);
  });

  test("refuses a folder with other files, and leaves it alone", () => {
    rmSync(out(), { recursive: true });
    cpSync(join(folder, "templates", "email"), out(), { recursive: true });
    assert.match(refusal({})[0], /holds other files than a site/);
    assert.deepEqual(readdirSync(out()), readdirSync(join(folder, "templates", "email")));
    rmSync(out(), { recursive: true });
  });
});

describe("a brand", () => {
  const brand = () => join(folder, "brand");
  const settings = () => ({ BRAND_DIR: brand() });
  /** @param {unknown} content */
  const write = (content) => writeFileSync(join(brand(), "brand.json"), JSON.stringify(content));
  beforeEach(() => {
    rmSync(brand(), { recursive: true, force: true });
    cpSync(join(checkout, "templates", "brand-example"), brand(), { recursive: true });
  });

  /** @param {import("./built_site.mjs").Site} site @param {RegExp} name */
  const assetOf = (site, name) => Object.keys(site.assets).find((path) => name.test(path)) ?? assert.fail(`no asset ${name}`);

  test("may word the API's answers; the edge finds its sentences by the module's own", () => {
    const own = "This link or code is not valid. Ask for a new one.";
    for (const [tag, text] of [["en", "Please ask at the desk."], ["de", "Bitte fragen Sie am Tresen."]])
      writeFileSync(join(brand(), "languages", `${tag}.txt`), `api.problem.bad_token = ${text}\n`);
    const { texts } = render(settings());
    assert.deepEqual(texts.en, { [own]: "Please ask at the desk." });
    assert.equal(texts.de[own], "Bitte fragen Sie am Tresen.");
    assert.equal(texts.de["Log in first."], "Melden Sie sich zuerst an.");
  });

  test("is on every page: logo with its size, links in the page's language, phrases; and the edge gets its name", () => {
    const site = render(settings());
    assert.equal(site.product_name, "Example Library");
    const logo = assetOf(site, /^\/assets\/logo\.[0-9a-f]{16}\.svg$/);
    for (const [name, html] of Object.entries(site.pages)) {
      const tags = tagsOf(html);
      const image = tags.find((tag) => tag.name === "img")?.attributes;
      assert.deepEqual([image?.get("src"), image?.get("width"), image?.get("height")], [logo, "48", "32"], name);
      assert.equal(tags.find((tag) => tag.attributes.get("rel") === "icon")?.attributes.get("href"), logo);
      const footer = tags.filter((tag) => ["to-help", "to-privacy"].includes(tag.attributes.get("id") ?? ""));
      const german = name.endsWith(".de");
      assert.deepEqual(footer.map((tag) => [tag.attributes.get("href"), tag.text]), [
        ["https://www.example.com/help", german ? "Fragen Sie uns" : "Ask a librarian"],
        [`https://www.example.com/${german ? "datenschutz" : "privacy"}`, german ? "Datenschutz" : "Privacy"],
      ]);
      assert.doesNotMatch(html, /favicon/);
    }
    assert.match(site.pages["start.de"], /<h1>Ihr Leserkonto bei der \{\{product_name\}\}<\/h1>/);
  });

  test("has its colours in the one style sheet, for both schemes, after those that they replace", () => {
    const site = render(settings());
    const css = readFileSync(join(out(), assetOf(site, /\/pages\.[0-9a-f]{16}\.css$/)), "utf8");
    assert.ok(css.startsWith(readFileSync(join(checkout, "templates", "pages", "pages.css"), "utf8")));
    assert.match(css, /:root \{ --ground: #f7f2f5; --accent: #8a1c5b; [^}]*\}\n@media \(prefers-color-scheme: dark\) \{\n {2}:root \{ --ground: #1a1017; --accent: #f0a6d2; [^}]*\}\n\}\n$/);
    assert.ok(site.pages["login.en"].includes(assetOf(site, /\/pages\.[0-9a-f]{16}\.css$/)));
  });

  test("that is gone leaves the site as it was without it", () => {
    render(settings());
    const { product_name, ...site } = render();
    assert.equal(product_name, undefined);
    assert.ok(assetOf(site, /favicon/));
    assert.doesNotMatch(JSON.stringify(site), /www\.example\.com|to-help|assets\/logo\./);
  });

  test("that is broken is refused by all its faults, and the site stays as it was", () => {
    render(settings());
    const before = readdirSync(out(), { recursive: true }).map(String).filter((name) => existsSync(join(out(), name))).sort();
    const document = readFileSync(join(out(), "site.json"), "utf8");
    write({ name: "", logo: "logo.svg", colors: { light: { accent: "#ffcc00" } }, links: { help: "javascript:alert(1)" } });
    writeFileSync(join(brand(), "logo.svg"), '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1" onload="alert(1)"/>');
    writeFileSync(join(brand(), "languages", "fr.txt"), "page.login.submit = Entrer\n");
    const lines = refusal(settings());
    for (const expected of [
      /^rekey-origin: BRAND_DIR: brand\.json: name: must have 1 to 60 bytes$/,
      /^BRAND_DIR: brand\.json: colors\.light\.accent: #ffcc00 and the sheet #ffffff have a contrast of 1\.\d\d:1, and need 4\.50:1$/,
      /^BRAND_DIR: brand\.json: links\.help: must be https:/,
      /^BRAND_DIR: logo\.svg: has the handler onload/,
      /^BRAND_DIR: languages\/fr\.txt: there is no such language; known are de, en$/,
    ]) assert.ok(lines.some((line) => expected.test(line)), `${expected}\n${lines.join("\n")}`);
    assert.deepEqual(readdirSync(out(), { recursive: true }).map(String).sort(), before);
    assert.equal(readFileSync(join(out(), "site.json"), "utf8"), document);
  });

  test("and PRODUCT_NAME must not differ", () => {
    assert.deepEqual(refusal({ ...settings(), PRODUCT_NAME: "Other" }), ["rekey-origin: PRODUCT_NAME contradicts the name in BRAND_DIR: set only one of them"]);
    render({ ...settings(), PRODUCT_NAME: "Example Library" });
    write({});
    assert.equal(render({ ...settings(), PRODUCT_NAME: "Other" }).product_name, undefined);
  });

  test("cannot put markup into pages: its name is the edge's to escape, and its phrases are escaped", () => {
    write({ name: "<b>&\"'" });
    writeFileSync(join(brand(), "languages", "en.txt"), 'page.login.heading = <script>alert("1")</script>\npage.say.show = <b>\n');
    const site = render(settings());
    assert.equal(site.product_name, "<b>&\"'");
    assert.match(site.pages["login.en"], /<h1>&lt;script&gt;alert\(&quot;1&quot;\)&lt;\/script&gt;<\/h1>/);
    assert.match(site.pages["login.en"], /<p data-phrase="show">&lt;b&gt;<\/p>/);
    assert.ok(!JSON.stringify(site.pages).includes("<b>&"));
  });

  test("shows in the preview of mails", () => {
    const preview = execFileSync(program, ["--env-file", "/dev/null", "preview", "reset", "--language", "de"], { encoding: "utf8", env: environment(settings()) });
    assert.match(preview, /^Ihr neues Passwort für die Example Library\n/);
    assert.match(preview, /\nDatenschutz: https:\/\/www\.example\.com\/datenschutz\n$/);
  });

  test("that is broken keeps the origin from starting: each fault is a line of its log", () => {
    write({ name: "", links: { privacy: "/privacy" } });
    const keys = [1, 2, 3].map((byte) => Buffer.alloc(32, byte).toString("base64url"));
    const others = {
      DATABASE_URL: "postgresql://nobody@127.0.0.1:1/none", FRONTEND_URL: "https://account.example.com", MAIL_SERVER: "mail.example.com",
      MAIL_FROM: "rekey@example.com", EDGE_ORIGIN_KEYS: keys[0], RESET_PASSWORD_TOKEN_SECRET: keys[1], SEED_SECRET: keys[2],
    };
    const { status, stderr } = spawnSync(program, ["--env-file", "/dev/null", "serve"], { encoding: "utf8", env: environment({ ...settings(), ...others }) });
    assert.equal(status, 2);
    assert.deepEqual(stderr.trim().split("\n").map((line) => JSON.parse(line).reason), [
      "BRAND_DIR: brand.json: name: must have 1 to 60 bytes",
      "BRAND_DIR: brand.json: links.privacy: must be https://... or mailto:address in ASCII, with at most 500 characters",
    ]);
  });

  test("that is broken stops the preview, too", () => {
    write({ logo: "none.png" });
    const { status, stderr } = spawnSync(program, ["--env-file", "/dev/null", "preview", "reset"], { encoding: "utf8", env: environment(settings()) });
    assert.equal(status, 1);
    assert.equal(stderr, "rekey-origin: BRAND_DIR: none.png: can't be read\n");
  });
});
