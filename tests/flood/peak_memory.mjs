// The peak of a process's resident memory between two moments. The kernel records it, so memory freed in between counts, too.
// Used by probing.mjs. Source: proc(5), clear_refs and VmHWM.
import { existsSync, readFileSync, writeFileSync } from "node:fs";

const RESET_PEAK = "5";

export class PeakMemory {
  #pid;
  #before;

  /** Resets the peak. @param {number} pid */
  constructor(pid) {
    this.#pid = pid;
    if (existsSync(`/proc/${pid}`)) writeFileSync(`/proc/${pid}/clear_refs`, RESET_PEAK);
    this.#before = peakOf(pid);
  }

  /** @returns {number} KiB above the memory at the start; NaN if the process has ended */
  grownKiB() {
    return peakOf(this.#pid) - this.#before;
  }
}

/** @param {number} pid @returns {number} KiB; NaN if there is no such process */
function peakOf(pid) {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? NaN);
  } catch {
    return NaN;
  }
}
