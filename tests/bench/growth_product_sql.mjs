// A statement of the product, read from its source by its name: what the origin runs on its own time is measured by the same text.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { checkout } from "../system/stack.mjs";

const FOLDER = join(checkout, "origin/adapters");

/**
 * @param {string} name as in `SqlStatement kX{"name", R"(...)"}`
 * @returns {string}
 * @throws where no source has it, or its text is put together of pieces
 */
export function productStatement(name) {
  const pattern = new RegExp(`SqlStatement k\\w+\\{"${name}",\\s*R"\\(((?:(?!\\)").)*)\\)"\\}`, "s");
  for (const file of readdirSync(FOLDER).filter((one) => one.endsWith(".cpp"))) {
    const found = pattern.exec(readFileSync(join(FOLDER, file), "utf8"));
    if (found) return found[1].trim();
  }
  throw new Error(`no source in origin/adapters has the statement ${name}`);
}
