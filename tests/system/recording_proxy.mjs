// A TCP proxy that records every byte of both directions, between the edge and the origin.
import { connect, createServer } from "node:net";

export class RecordingProxy {
  constructor() {
    /** The target of all connections; set before the first one. */
    this.target = { host: "127.0.0.1", port: 0 };
    /** @type {Buffer[]} */
    this.chunks = [];
    /** @type {Set<import("node:net").Socket>} */
    this.sockets = new Set();
    this.server = createServer((near) => {
      const far = connect(this.target);
      this.#record(near, far);
      this.#record(far, near);
    });
  }

  /** @returns {Promise<number>} the port on 127.0.0.1 */
  async listen() {
    await new Promise((resolve) => this.server.listen(0, "127.0.0.1", () => resolve(undefined)));
    return /** @type {import("node:net").AddressInfo} */ (this.server.address()).port;
  }

  /** @returns {Buffer} all bytes so far */
  recorded() {
    return Buffer.concat(this.chunks);
  }

  async close() {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /**
   * @param {import("node:net").Socket} from
   * @param {import("node:net").Socket} to
   */
  #record(from, to) {
    this.sockets.add(from);
    from.on("data", (/** @type {Buffer} */ chunk) => this.chunks.push(chunk));
    from.on("error", () => to.destroy());
    from.on("close", () => this.sockets.delete(from));
    from.pipe(to);
  }
}
