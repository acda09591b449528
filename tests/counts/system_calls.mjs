// Counts a program's system calls by strace: how many, the bytes they write to files, and connections. Used on workerd, and on programs
// whose calls are known (system_calls.test.mjs).
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { setTimeout } from "node:timers/promises";

/**
 * @typedef {import("../rig/service.mjs").Program} Program
 *
 * @typedef {object} CallCounts
 * @property {number} all except those that wait, wake or manage memory
 * @property {number} syncs fsync and fdatasync
 * @property {number} bytesWritten to files of data, without logs
 * @property {number} connects
 * @property {number} dropped databases that were closed: a limiter that workerd dropped, idle for ten seconds
 */

/** Their numbers depend on the scheduling of threads and on memory management, not on the work. */
const WAITING = "futex|epoll_p?wait|poll|sched_\\w+|restart_syscall|rt_sig\\w+|getpid|gettid|clone3?|rseq|set_robust_list|prctl|exit";
const MEMORY = "mmap|munmap|mprotect|madvise|mremap|brk";
const OF_CHANCE = new RegExp(`^(${WAITING}|${MEMORY})$`);

const QUIET = 400; // milliseconds without a system call
const LOOK = 50; // milliseconds from one look to the next: with longer ones an idle connection is closed meanwhile

export class SystemCalls {
  /** @param {string} file that strace writes to; it must exist */
  constructor(file) {
    this.file = file;
  }

  /** @param {Program} program @returns {Program} traced with all its threads, with file names beside descriptors and without data */
  traced({ command, env }) {
    return { command: ["strace", "--follow-forks", "--decode-fds=path", "--string-limit=0", `--output=${this.file}`, ...command], env };
  }

  /** Counts until the program is quiet. @param {() => Promise<unknown>} work @returns {Promise<CallCounts>} */
  async during(work) {
    const start = await this.quiet();
    await work();
    return countsOf(readFrom(this.file, start, await this.quiet()));
  }

  /** @param {number} [time] milliseconds without a system call to wait for @returns {Promise<number>} the file's size then */
  async quiet(time = QUIET) {
    const file = openSync(this.file, "r");
    let size = -1;
    for (let since = performance.now(); performance.now() - since < time; await setTimeout(LOOK)) {
      const { size: now } = fstatSync(file);
      if (now === size) continue;
      size = now;
      since = performance.now();
    }
    closeSync(file);
    return size;
  }
}

/** @param {string} path @param {number} start @param {number} end */
function readFrom(path, start, end) {
  const bytes = Buffer.alloc(end - start);
  const file = openSync(path, "r");
  readSync(file, bytes, 0, bytes.length, start);
  closeSync(file);
  return bytes.toString("latin1");
}

/** A call's first line. If another thread's line interrupts it, the rest comes later as "resumed". */
const CALL = /^\d+ +(\w+)\((?:\d+<([^>]*)>, "[^"]*"(?:\.\.\.)?, (\d+))?/;

/** @param {string} trace @returns {CallCounts} */
function countsOf(trace) {
  const counts = { all: 0, syncs: 0, bytesWritten: 0, connects: 0, dropped: 0 };
  for (const line of trace.split("\n")) {
    const [, name, path, size] = CALL.exec(line) ?? [];
    if (!name || OF_CHANCE.test(name) || path === "anon_inode:[eventfd]") continue;
    counts.all += 1;
    if (name === "fsync" || name === "fdatasync") counts.syncs += 1;
    if (name === "connect") counts.connects += 1;
    if (name === "close" && line.includes(".sqlite>")) counts.dropped += 1;
    if (name.includes("write") && path?.startsWith("/") && !path.endsWith(".log")) counts.bytesWritten += Number(size);
  }
  return counts;
}
