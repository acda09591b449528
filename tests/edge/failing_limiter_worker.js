// The Worker as it is, but with limiters that are down: for tests alone.
import { DurableObject } from "cloudflare:workers";

export { default } from "../../edge/host/worker.js";

export class Limiter extends DurableObject {
  /** @returns {Promise<Uint8Array>} */
  async take() {
    throw new Error("planted: no storage");
  }
}
