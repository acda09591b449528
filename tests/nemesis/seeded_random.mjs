// Random numbers that depend on a seed, for the schedule of the faults and the clients' choices. The generator is sfc32 (Chris
// Doty-Humphrey, PractRand), initialised with a SHA-256 of the seed.
import { createHash } from "node:crypto";

export class SeededRandom {
  #state;

  /** @param {string} seed */
  constructor(seed) {
    const digest = createHash("sha256").update(seed).digest();
    this.#state = Uint32Array.from([0, 4, 8, 12], (offset) => digest.readUInt32LE(offset));
  }

  /** @returns {number} from 0, below 1 */
  next() {
    const s = this.#state;
    const out = (s[0] + s[1] + s[3]) >>> 0;
    s[3] += 1;
    s[0] = s[1] ^ (s[1] >>> 9);
    s[1] = s[2] + (s[2] << 3);
    s[2] = ((s[2] << 21) | (s[2] >>> 11)) + out;
    return out / 2 ** 32;
  }

  /** @param {number} least @param {number} most @returns {number} a whole number, both ends included */
  whole(least, most) {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  /** @param {number} least @param {number} most */
  between(least, most) {
    return least + this.next() * (most - least);
  }

  /** @param {number} share the probability of true, 0 to 1 */
  chance(share) {
    return this.next() < share;
  }

  /** @template T @param {readonly T[]} list @returns {T} */
  pick(list) {
    return list[this.whole(0, list.length - 1)];
  }

  /** @template T @param {readonly T[]} list @returns {T[]} the same in another order */
  shuffled(list) {
    const out = [...list];
    for (let end = out.length - 1; end > 0; --end) {
      const other = this.whole(0, end);
      [out[end], out[other]] = [out[other], out[end]];
    }
    return out;
  }

  /** @returns {string} 24 characters, all allowed in passwords */
  word() {
    return Array.from({ length: 24 }, () => this.pick([..."abcdefghijklmnopqrstuvwxyz0123456789"])).join("");
  }
}
