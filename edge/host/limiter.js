// The Durable Object of one limiter key. It stores the module's state; the module decides (rekey_limit).
// The state is stored, not only kept in memory: idle objects are evicted. The object deletes its state once it limits nobody.
import { DurableObject } from "cloudflare:workers";
import rekey from "../../build/edge/edge/rekey.wasm";
import { TAG } from "./message.js";
import { Rules } from "./rules.js";

const rules = new Rules(rekey, null);
const NOTHING = new Uint8Array();

export class Limiter extends DurableObject {
  /**
   * Reads, decides and stores without an await in between: of simultaneous questions exactly as many pass as the limit allows.
   * The state is stored before the verdict is returned.
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
