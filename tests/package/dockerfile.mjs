// Reads the Dockerfiles of origin/package/docker: no comments, continued lines joined.
import { read } from "../documents/document.mjs";

/** @param {string} part `origin` or `edge` @returns {{word: string, rest: string}[]} the instructions */
export function instructions(part) {
  const text = read(`origin/package/docker/${part}.Dockerfile`);
  const lines = text.replace(/^#.*\n/gm, "").replace(/\\\n/g, "").split("\n").filter((line) => line.trim());
  return lines.map((line) => ({ word: line.trim().split(" ")[0], rest: line.trim().replace(/^\S+\s+/, "") }));
}
