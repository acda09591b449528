// The phrases of a language, from templates/languages, for tests that check the words of pages and mails.
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { checkout } from "./stack.mjs";

/**
 * @param {string} language tag of a file in templates/languages
 * @returns {Record<string, string>} its phrases by key
 */
export function phrasesOf(language) {
  const lines = readFileSync(join(checkout, "templates", "languages", `${language}.txt`), "utf8").split("\n");
  return Object.fromEntries(lines.filter((line) => / = /.test(line)).map((line) => line.split(/ = (.*)/s).slice(0, 2)));
}
