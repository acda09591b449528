// The real Worker with limiters that fail: for tests only.
import { DurableObject } from "cloudflare:workers";

export { default } from "../../edge/host/worker.js";

export class Limiter extends DurableObject {
  /** @returns {Promise<Uint8Array>} */
  async take() {
    throw new Error("planted: no storage");
  }
}
