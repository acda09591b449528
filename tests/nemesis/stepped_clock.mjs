// A wall clock for one part: a small library, preloaded into its program, adds a file's offset to the machine's time.
import { execFileSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, renameSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";

import { checkout } from "../system/stack.mjs";

const SOURCE = join(import.meta.dirname, "stepped_clock.cpp");
const LIBRARY = join(checkout, ".rekey/stepped_clock.so");

export class SteppedClock {
  seconds = 0;
  #file;

  /**
   * @param {string} path of this clock's file
   * @param {string} library a copy of clockLibrary() that the part's user can read
   */
  constructor(path, library) {
    this.path = path;
    this.library = library;
    this.#file = openSync(path, "w", 0o644);
    this.step(0);
  }

  /** Takes effect at once. @param {number} seconds ahead of the machine's clock; negative: behind */
  step(seconds) {
    this.seconds = seconds;
    const nanoseconds = Buffer.alloc(8);
    nanoseconds.writeBigInt64LE(BigInt(seconds) * 1_000_000_000n);
    writeSync(this.#file, nanoseconds, 0, 8, 0);
  }

  /** @returns {Record<string, string>} the environment of a part with this clock */
  environment() {
    return { LD_PRELOAD: this.library, NEMESIS_CLOCK_FILE: this.path };
  }

  close() {
    closeSync(this.#file);
  }
}

/** @returns {string} its path; compiled if it is missing or older than its source */
export function clockLibrary() {
  if (existsSync(LIBRARY) && statSync(LIBRARY).mtimeMs > statSync(SOURCE).mtimeMs) return LIBRARY;
  mkdirSync(join(checkout, ".rekey"), { recursive: true, mode: 0o700 });
  const fresh = `${LIBRARY}.${process.pid}`;
  execFileSync("c++", ["-std=c++20", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", fresh, SOURCE], { stdio: "inherit" });
  renameSync(fresh, LIBRARY);
  return LIBRARY;
}
