// The circumstances of a figure: the machine, its load before the measurement, and the versions of the measured programs.
import { execFileSync } from "node:child_process";
import { cpus, loadavg, release, totalmem } from "node:os";
import { join } from "node:path";
import { readFileSync } from "node:fs";

import { postgresProgram } from "../system/postgres_programs.mjs";
import { checkout } from "../system/stack.mjs";

/**
 * @typedef {object} Machine
 * @property {string} cpu @property {number} cores @property {number} memoryMiB
 * @property {string} system @property {string} kernel
 * @property {string} postgresql @property {string} workerd @property {string} node
 * @property {number[]} loadAverage of one, five and fifteen minutes; a high one before the measurement shows other work
 */

/** @returns {Machine} */
export function describeMachine() {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    system: /^PRETTY_NAME="(.*)"$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "unknown",
    kernel: release(),
    postgresql: said(postgresProgram("postgres"), "--version").replace(/^postgres \(PostgreSQL\) /, ""),
    workerd: said(join(checkout, "node_modules/workerd/bin/workerd"), "--version").replace(/^workerd /, ""),
    node: process.version,
    loadAverage: loadavg().map((load) => +load.toFixed(2)),
  };
}

/** @param {Machine} machine @returns {string} */
export function machineLine({ cpu, cores, memoryMiB, system, kernel, postgresql, workerd, node, loadAverage }) {
  const hardware = `${cpu}, ${cores} cores, ${memoryMiB} MiB`;
  return `${hardware}; ${system}, Linux ${kernel}; PostgreSQL ${postgresql}, workerd ${workerd}, node ${node}; load ${loadAverage.join(" ")}`;
}

/** @returns {string} the commit, with a plus if the checkout differs from it */
export function describeCommit() {
  const commit = said("git", "-C", checkout, "rev-parse", "--short=12", "HEAD");
  if (commit === "") return "unknown";
  return said("git", "-C", checkout, "status", "--porcelain") === "" ? commit : `${commit}+`;
}

/** @param {string} program @param {string[]} words @returns {string} "" if it can't be run */
function said(program, ...words) {
  try {
    return execFileSync(program, words, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return "";
  }
}
