// Reads the repository for the document tests: its list of files, and the parts of a Markdown page.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const checkout = join(import.meta.dirname, "..", "..");

/** @param {string} path below the checkout */
export function read(path) {
  return readFileSync(join(checkout, path), "utf8");
}

/** @param {string} path below the checkout */
export function exists(path) {
  return existsSync(join(checkout, path));
}

const notOurs = new Set([".git", ".rekey", ".wrangler", "build", "node_modules", ".env", ".dev.vars"]);

/** @returns {string[]} every file of the repository, as a path below the checkout */
export function everyFile(folder = "") {
  return readdirSync(join(checkout, folder), { withFileTypes: true })
    .filter((entry) => folder !== "" || !notOurs.has(entry.name))
    .flatMap((entry) => (entry.isDirectory() ? everyFile(join(folder, entry.name)) : [join(folder, entry.name)]));
}

/** @returns {string[]} */
export function everyPage() {
  return everyFile().filter((path) => path.endsWith(".md"));
}

/** @param {string} text @returns {{line: number, depth: number, words: string}[]} the headings, without comments in code blocks */
export function headings(text) {
  let inBlock = false;
  return text.split("\n").flatMap((content, line) => {
    if (content.startsWith("```")) inBlock = !inBlock;
    const found = /^(#+) (.*)$/.exec(content);
    return found && !inBlock ? [{ line, depth: found[1].length, words: found[2] }] : [];
  });
}

/**
 * @param {string} text of a page
 * @param {string} words of a heading
 * @returns {string} the text under it, deeper headings included
 */
export function section(text, words) {
  const all = headings(text);
  const start = all.findIndex((heading) => heading.words === words);
  if (start < 0) throw new Error(`there is no heading "${words}"`);
  const end = all.slice(start + 1).find((heading) => heading.depth <= all[start].depth);
  return text.split("\n").slice(all[start].line + 1, end?.line).join("\n");
}

/**
 * @param {string} text
 * @returns {string[][]} the cells of each row of its tables, headings and rulers left out
 */
export function tableRows(text) {
  const rows = text.split("\n").filter((line) => line.startsWith("|"));
  return rows
    .filter((line, index) => !/^\|[\s:|-]+\|$/.test(line) && !/^\|[\s:|-]+\|$/.test(rows[index + 1] ?? ""))
    .map((line) => line.slice(1, -1).split(/(?<!\\)\|/).map((cell) => cell.trim()));
}

/** @param {string} cell such as "`NAME`" */
export function bare(cell) {
  return cell.replaceAll("`", "");
}

/**
 * @param {string} text
 * @returns {string[]} the texts between single backticks, without code blocks
 */
export function inlineCode(text) {
  return [...withoutBlocks(text).matchAll(/`([^`\n]+)`/g)].map((match) => match[1]);
}

/** @param {string} text */
export function withoutBlocks(text) {
  return text.replace(/^```[\s\S]*?^```/gm, "");
}

/** @param {string[]} command of the origin's program */
export function origin(...command) {
  const binary = process.env.REKEY_ORIGIN_BINARY ?? join(checkout, "build", "native", "origin", "rekey-origin");
  return execFileSync(binary, command, { encoding: "utf8" });
}
