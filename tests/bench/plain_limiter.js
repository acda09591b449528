// The plain Worker's main module under workerd: its handler, and its limiter, which must be a class of the platform.
import { DurableObject } from "cloudflare:workers";
import plain, { takeTurn } from "./plain_worker.js";

export default plain;

export class PlainLimiter extends DurableObject {
  /** @param {import("./plain_worker.js").Limit} limit */
  async take(limit) {
    const { kv } = this.ctx.storage;
    const turn = takeTurn(Number(kv.get("nextFree") ?? 0), limit, Date.now());
    if (turn.isAllowed) kv.put("nextFree", turn.nextFree);
    return turn;
  }
}
