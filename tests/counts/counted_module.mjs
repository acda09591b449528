// Counts rekey.wasm's work from outside: the host's calls, the bytes in and out, and the memory that a call allocates. A call wipes the
// arena at its end (edge/exports.cpp), so the free arena is marked before the call: bytes that are zero afterwards were allocated.

/**
 * @typedef {object} ModuleCounts
 * @property {number} steps calls of rekey_step
 * @property {number} limits calls of rekey_limiter_take
 * @property {number} bytesIn of the messages to both
 * @property {number} bytesOut
 * @property {number} arenaBytes allocated by the call that allocated most
 */

const MARK = 0xa5;
const MARKED = 512 * 1024; // half of the arena, and the most that can be counted
const GUARD = 256; // zeros at the end of the instance's kept memory look free, but must not be marked

/** @type {ModuleCounts} */
let counts = { steps: 0, limits: 0, bytesIn: 0, bytesOut: 0, arenaBytes: 0 };

/** Counts the work of every instance made from now on. */
export function watchModules() {
  const Instance = WebAssembly.Instance;
  WebAssembly.Instance = /** @type {any} */ (
    function (/** @type {WebAssembly.Module} */ module, /** @type {WebAssembly.Imports} */ imports) {
      return { exports: watched(/** @type {any} */ (new Instance(module, imports).exports)) };
    }
  );
}

/** @param {() => Promise<unknown>} work @returns {Promise<ModuleCounts>} */
export async function countedCalls(work) {
  counts = { steps: 0, limits: 0, bytesIn: 0, bytesOut: 0, arenaBytes: 0 };
  await work();
  return counts;
}

/** @typedef {(size: number) => number} Entry */

/** @param {import("../../edge/host/module_instance.js").Exports} exports */
function watched(exports) {
  const arena = new Arena(exports.memory);
  /** @param {Entry} entry @param {"steps" | "limits"} kind @returns {Entry} */
  const counting = (entry, kind) => (size) => {
    arena.mark();
    const answer = entry(size);
    counts[kind] += 1;
    counts.bytesIn += size;
    counts.bytesOut += answer;
    counts.arenaBytes = Math.max(counts.arenaBytes, arena.used());
    return answer;
  };
  return { ...exports, rekey_step: counting(exports.rekey_step, "steps"), rekey_limiter_take: counting(exports.rekey_limiter_take, "limits") };
}

/** The free part of the arena: the longest run of zeros in the module's memory. */
class Arena {
  #memory;
  #free = -1;

  /** @param {{buffer: ArrayBuffer}} memory */
  constructor(memory) {
    this.#memory = memory;
  }

  mark() {
    const bytes = new Uint8Array(this.#memory.buffer);
    if (this.#free < 0) this.#free = Math.ceil(longestZeros(bytes) / 16) * 16;
    bytes.fill(MARK, this.#free + GUARD, this.#free + MARKED);
  }

  used() {
    const bytes = new Uint8Array(this.#memory.buffer, this.#free, MARKED);
    const last = bytes.lastIndexOf(0);
    return last < GUARD ? 0 : last + 1;
  }
}

/** @param {Uint8Array} bytes @returns {number} where the longest run of zeros begins */
function longestZeros(bytes) {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < bytes.length; ) {
    let end = start;
    while (bytes[end] === 0) ++end;
    if (end - start > best.length) best = { start, length: end - start };
    start = end + 1;
  }
  return best.start;
}
