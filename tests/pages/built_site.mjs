// The site that `scripts/build site` has written, for the tests of the pages; under $REKEY_BUILD (default: build).
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { fillDocument } from "../../edge/host/document.js";

export const checkout = join(import.meta.dirname, "..", "..");
export const build = process.env.REKEY_BUILD ?? join(checkout, "build");
export const sitePath = join(build, "site", "public");

/**
 * @typedef {{version: string, languages: string[], pages: Record<string, string>, openapi: string, password_policy: string,
 *   assets: Record<string, {type: string}>, texts: Record<string, Record<string, string>>}} Site
 */

/** @returns {Promise<Site>} the document that the Worker reads */
export async function importSite() {
  return JSON.parse(readFileSync(join(sitePath, "site.json"), "utf8"));
}

const usual = { auth_prefix: "/auth", password_min_length: "8", product_name: "Rekey", accounts: "yes", login_url: "/login", recovery_off: "" };

/** @param {string} document @param {Record<string, string>} texts instead of the usual ones @returns {string} as the edge serves it */
export const filled = (document, texts) => fillDocument(document, new Map(Object.entries({ ...usual, ...texts })));

/** @param {string} language @returns {Map<string, string>} all of its phrases by key */
export function phrasesOf(language) {
  const lines = readFileSync(join(checkout, "templates", "languages", `${language}.txt`), "utf8").split("\n");
  const cut = (/** @type {string} */ line) => /** @type {[string, string]} */ ([line.split(" = ")[0], line.slice(line.indexOf(" = ") + 3)]);
  return new Map(lines.filter((line) => line.includes(" = ") && !line.startsWith("#")).map(cut));
}

/** @returns {string[]} the tags of all languages that have a file */
export function languageFiles() {
  return readdirSync(join(checkout, "templates", "languages")).map((name) => name.replace(".txt", ""));
}

/** @param {string} extension @returns {Record<string, string>} the sources of pages or scripts by file name */
export function pageSources(extension) {
  const folder = join(checkout, "templates", "pages");
  const names = readdirSync(folder).filter((name) => name.endsWith(extension));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}

/** @typedef {{name: string, attributes: Map<string, string>, text: string}} Tag */

/**
 * The start tags of our own HTML, whose attributes are in double quotes or bare. Not a parser for other pages.
 * @param {string} html
 * @returns {Tag[]} `text` is the text up to the next tag
 */
export function tagsOf(html) {
  return [...html.matchAll(/<([a-z][a-z0-9]*)((?:\s+[a-z-]+(?:="[^"]*")?)*)\s*>([^<]*)/g)].map(([, name, attributes, text]) => ({
    name,
    attributes: new Map([...attributes.matchAll(/([a-z-]+)(?:="([^"]*)")?/g)].map((match) => [match[1], match[2] ?? ""])),
    text,
  }));
}
