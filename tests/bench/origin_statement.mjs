// Reads the product's SQL from its sources, so that the reference runs exactly the origin's statement.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { checkout } from "../system/stack.mjs";

const FOLDER = join(checkout, "origin/postgres");

/** A raw literal, a plain one, or a macro's name with its arguments; in this order, since R begins a name, too. */
const PIECE = /R"\((.*?)\)"|"((?:[^"\\]|\\.)*)"|([A-Z][A-Z0-9_]*)(?:\(((?:[^()"]|"[^"]*")*)\))?/gs;

/**
 * @param {string} name as in `SqlStatement kX{"name", ...}`
 * @returns {string} with its parameters $1 and so on
 */
export function statementOfProduct(name) {
  const sources = readdirSync(FOLDER).map((file) => readFileSync(join(FOLDER, file), "utf8"));
  return statementIn(sources, name);
}

/**
 * @param {string[]} sources
 * @param {string} name
 * @returns {string}
 */
export function statementIn(sources, name) {
  const found = sources.map((text) => new RegExp(`SqlStatement k\\w+\\{\\s*"${name}",(.*?)\\};`, "s").exec(text)).find(Boolean);
  if (!found) throw new Error(`no source in origin/postgres has the statement ${name}`);
  return joined(found[1], sources).replace(/\s+/g, " ").trim();
}

/** @param {string} pieces of C++ @param {string[]} sources that define the macros among them @returns {string} */
function joined(pieces, sources) {
  const textOf = (/** @type {string[]} */ [, raw, plain, macro, given]) => raw ?? plain?.replace(/\\(.)/g, "$1") ?? macroOf(macro, given, sources);
  return [...pieces.matchAll(PIECE)].map(textOf).join("");
}

/** @param {string} name @param {string | undefined} given literals, for its parameters @param {string[]} sources @returns {string} */
function macroOf(name, given, sources) {
  const definition = new RegExp(`^#define ${name}(?:\\(([^)]*)\\))?\\s((?:.*\\\\\\n)*.*)$`, "m");
  const found = sources.map((text) => definition.exec(text)).find(Boolean);
  if (!found) throw new Error(`no source in origin/postgres defines ${name}`);
  const literals = given?.match(/"[^"]*"/g) ?? [];
  const values = new Map(found[1]?.split(", ").map((parameter, index) => [parameter, literals[index]]));
  const body = found[2].replaceAll("\\\n", "\n").replace(/"(?:[^"\\]|\\.)*"|\b\w+\b/g, (word) => values.get(word) ?? word);
  return joined(body, sources);
}
