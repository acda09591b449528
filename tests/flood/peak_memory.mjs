// The highest resident memory of a process between two moments: the kernel keeps it, so nothing that is given back in between is missed.
// Used by probing.mjs. Source: proc(5), clear_refs and VmHWM.
import { existsSync, readFileSync, writeFileSync } from "node:fs";

const RESET_PEAK = "5";

export class PeakMemory {
  #pid;
  #before;

  /** Forgets the peak so far. @param {number} pid */
  constructor(pid) {
    this.#pid = pid;
    if (existsSync(`/proc/${pid}`)) writeFileSync(`/proc/${pid}/clear_refs`, RESET_PEAK);
    this.#before = peakOf(pid);
  }

  /** @returns {number} KiB above the memory at the start; NaN where the process is gone */
  grownKiB() {
    return peakOf(this.#pid) - this.#before;
  }
}

/** @param {number} pid @returns {number} KiB; NaN where there is no such process */
function peakOf(pid) {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? NaN);
  } catch {
    return NaN;
  }
}
