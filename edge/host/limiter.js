// The Durable Object behind one limiter key. It keeps the state that the module gives it; the module decides (rekey_limit).
// In storage, not in memory: idle objects are evicted. The object empties itself once its state limits nobody any more.
import { DurableObject } from "cloudflare:workers";
import rekey from "../../build/edge/edge/rekey.wasm";
import { TAG } from "./message.js";
import { Rules } from "./rules.js";

const rules = new Rules(rekey, null);
const NOTHING = new Uint8Array();

export class Limiter extends DurableObject {
  /**
   * Reading, deciding and keeping happen without a pause in between, so of any number of simultaneous questions exactly as many
   * pass as the limit says. A verdict is stored before it is told.
   * @param {Uint8Array} question
   * @returns {Promise<Uint8Array>} the verdict
   */
  async take(question) {
    const storage = this.ctx.storage;
    const kept = /** @type {Uint8Array | undefined} */ (storage.kv.get("state"));
    const answer = rules.limit(kept ?? NOTHING, question, Date.now());
    const state = answer.find(TAG.limiterState);
    if (state) {
      const forgetAt = answer.number(TAG.forgetAt);
      storage.kv.put("state", state.slice());
      storage.kv.put("forgetAt", forgetAt);
      if (!kept) await storage.setAlarm(forgetAt);
    }
    return answer.bytes(TAG.verdict).slice();
  }

  async alarm() {
    const forgetAt = /** @type {number | undefined} */ (this.ctx.storage.kv.get("forgetAt"));
    if (forgetAt !== undefined && Date.now() < forgetAt) {
      await this.ctx.storage.setAlarm(forgetAt);
    } else {
      await this.ctx.storage.deleteAll();
    }
  }
}
