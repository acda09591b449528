// The rules of the service, for checks while the user types: calls verdicts.wasm, which is built from the same sources as the edge and
// the origin. If it can't be loaded every check passes, and only the service decides.
import { asciiAddress } from "./international_domain.js";

/** Numbers of `Error` in shared/result.h. */
const kReasons = /** @type {Record<number, string>} */ ({
  6: "too_short",
  7: "too_long",
  8: "not_text",
  9: "common",
  10: "personal",
});
const kTokenExpired = 13;

/**
 * @typedef {{memory: WebAssembly.Memory, _initialize?: () => void, slot_address: (slot: number) => number, slot_size: () => number,
 *   check_email: (size: number) => number, check_username: (size: number) => number,
 *   check_password: (...numbers: number[]) => number, check_token: (size: number, now: number) => number}} Exports
 */

/** Names that a password must not equal; "" if not known. @typedef {{email?: string, username?: string}} Owner */

/** @param {BufferSource} bytes */
export async function makeVerdicts(bytes) {
  const { instance } = await WebAssembly.instantiate(bytes, {});
  const module = /** @type {Exports} */ (/** @type {unknown} */ (instance.exports));
  module._initialize?.();
  return new Verdicts(module);
}

export class Verdicts {
  /** @param {Exports} module */
  constructor(module) {
    this.module = module;
  }

  /** @param {string} address */
  emailIsGood(address) {
    return this.module.check_email(this.#put(0, asciiAddress(address))) === 0;
  }

  /** @param {string} name */
  usernameIsGood(name) {
    return this.module.check_username(this.#put(0, name)) === 0;
  }

  /**
   * Judges the NFC form, and compares with the address's A-label form, as the origin does: those are the forms that it stores.
   * Returns: "" for a good password, else the policy's word.
   * @param {string} password @param {number} minLength @param {string} product @param {Owner} [owner]
   */
  refusalOfPassword(password, minLength, product, owner = {}) {
    const context = [this.#put(1, asciiAddress(owner.email ?? "")), this.#put(2, owner.username ?? ""), this.#put(3, product), minLength];
    if (/\p{Surrogate}/u.test(password)) return kReasons[8];
    const verdict = this.module.check_password(this.#put(0, password.normalize("NFC")), ...context);
    return verdict === 0 ? "" : (kReasons[verdict] ?? "refused");
  }

  /** @param {string} token @param {number} now Unix seconds @returns {"good" | "malformed" | "expired"} */
  stateOfToken(token, now) {
    const verdict = this.module.check_token(this.#put(0, token), now);
    if (verdict === 0) return "good";
    return verdict === kTokenExpired ? "expired" : "malformed";
  }

  /** @param {number} slot @param {string} text @returns {number} the bytes written: whole characters, as many as fit */
  #put(slot, text) {
    return new TextEncoder().encodeInto(text, this.#slot(slot)).written;
  }

  /** @param {number} slot */
  #slot(slot) {
    return new Uint8Array(this.module.memory.buffer, this.module.slot_address(slot), this.module.slot_size());
  }
}
