// One instance of rekey.wasm, and how it is called: a message is written to its buffer, and the answer is copied out. After a trap
// the caller must discard it.
import { Fields } from "./message.js";

/**
 * @typedef {{
 *   memory: {buffer: ArrayBuffer}, _initialize(): void, rekey_buffer(): number, rekey_configure(size: number): number,
 *   rekey_step(size: number): number, rekey_limiter_load(size: number): number, rekey_limiter_take(size: number): number,
 *   rekey_limiter_save(size: number): number,
 * }} Exports
 * @typedef {Exclude<keyof Exports, "memory" | "_initialize" | "rekey_buffer">} Entry
 */

export class ModuleInstance {
  #exports;

  /** @param {WebAssembly.Module} module */
  constructor(module) {
    this.#exports = /** @type {Exports} */ (/** @type {unknown} */ (new WebAssembly.Instance(module, {}).exports));
    this.#exports._initialize();
  }

  /** @param {Entry} entry @param {import("./message.js").Message} message */
  call(entry, message) {
    const buffer = new Uint8Array(this.#exports.memory.buffer, this.#exports.rekey_buffer());
    const size = this.#exports[entry](message.writeTo(buffer));
    const fields = new Fields(buffer.subarray(0, size));
    buffer.fill(0, 0, size);
    return fields;
  }
}
