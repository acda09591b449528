// The memory of processes as PSS (/proc/PID/smaps_rollup): shared pages are divided among their processes, so figures can be summed.
import { readFileSync, readdirSync } from "node:fs";

/** @param {number} pid @returns {number} MiB; 0 for a process that has ended */
export function pssMiB(pid) {
  try {
    return Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "latin1"))?.[1] ?? 0) / 1024;
  } catch (error) {
    if (hasEnded(pid)) return 0;
    throw error; // the process runs, but reading is not permitted: 0 would be wrong
  }
}

/** @param {number} pid @returns {number[]} the process and all its descendants */
export function familyOf(pid) {
  const parents = new Map(processes().map((one) => [one, parentOf(one)]));
  const family = [pid];
  for (const member of family) family.push(...[...parents].filter(([, parent]) => parent === member).map(([child]) => child));
  return family;
}

/** @param {number} pid @returns {number} MiB of the whole family */
export function familyPssMiB(pid) {
  return familyOf(pid).reduce((sum, member) => sum + pssMiB(member), 0);
}

function processes() {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number);
}

/** @param {number} pid @returns {number} 0 for a process that has ended */
function parentOf(pid) {
  return Number(statOf(pid)?.[1] ?? 0);
}

/** A zombie has ended. @param {number} pid */
function hasEnded(pid) {
  const state = statOf(pid)?.[0];
  return state === undefined || state === "Z" || state === "X";
}

/** @param {number} pid @returns {string[] | undefined} state, parent, and what follows */
function statOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/stat`, "latin1").replace(/^.*\) /s, "").split(" ");
  } catch {
    return undefined;
  }
}
