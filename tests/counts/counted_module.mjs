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
const ARENA = 1024 * 1024; // edge/exports.cpp
const MARKED = ARENA / 2; // the most that can be counted
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

/** The free part of the arena. Another module, such as that of the pages' rules, has none. */
class Arena {
  #memory;
  #free = -1;

  /** @param {{buffer: ArrayBuffer}} memory */
  constructor(memory) {
    this.#memory = memory;
  }

  mark() {
    const bytes = new Uint8Array(this.#memory.buffer);
    if (this.#free < 0) this.#free = Math.ceil(arenaZeros(bytes) / 16) * 16;
    if (this.#free > 0) bytes.fill(MARK, this.#free + GUARD, this.#free + MARKED);
  }

  used() {
    if (this.#free === 0) return 0;
    const bytes = new Uint8Array(this.#memory.buffer, this.#free, MARKED);
    const last = bytes.lastIndexOf(0);
    return last < GUARD ? 0 : last + 1;
  }
}

/**
 * The run of zeros that is about as long as the arena: the limiter's empty table is a longer one, and the buffers are shorter.
 * @param {Uint8Array} bytes @returns {number} where it begins; 0 for none
 */
function arenaZeros(bytes) {
  for (let start = 0; start < bytes.length; ) {
    let end = start;
    while (bytes[end] === 0) ++end;
    if (end - start > 0.75 * ARENA && end - start < 1.25 * ARENA) return start;
    start = end + 1;
  }
  return 0;
}
