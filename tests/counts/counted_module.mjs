// rekey.wasm watched from outside: how often a host calls it, the bytes that go in and out, and how far a call's allocations reach.
// Why from outside: the arena is wiped when a call ends (edge/exports.cpp). What was marked before the call and is zero after it was used.

/**
 * @typedef {object} ModuleCounts
 * @property {number} steps calls of rekey_step
 * @property {number} limits calls of rekey_limiter_take
 * @property {number} bytesIn of the messages to both
 * @property {number} bytesOut
 * @property {number} arenaBytes that the greediest call allocated
 */

const MARK = 0xa5;
const MARKED = 512 * 1024; // half of the arena; a call that used more would be seen as using just this
const GUARD = 64; // zeros at the end of what the instance keeps look free, and must not be marked

/** @type {ModuleCounts} */
let counts = { steps: 0, limits: 0, bytesIn: 0, bytesOut: 0, arenaBytes: 0 };

/** Every instance made from now on is watched. */
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

/** The free part of the arena: the longest run of zeros, for nothing else in the module is as large. */
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
