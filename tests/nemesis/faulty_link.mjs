// A network link under a test's control: forwards connections to a port or a Unix socket, and cuts, swallows, stalls or delays them.
import { mkdirSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";

/**
 * The handling of connections and their bytes:
 * `open`     bytes pass unchanged
 * `cut`      connections are closed, new ones included
 * `swallow`  bytes vanish silently, in both directions; at the end connections that lost bytes are closed
 * `stall`    bytes are kept, and delivered at the end
 * `delay`    bytes arrive later
 * @typedef {"open" | "cut" | "swallow" | "stall" | "delay"} Mode
 *
 * @typedef {{port: number, host: string} | {path: string}} Address
 */

export class FaultyLink {
  /** @type {Mode} */
  mode = "open";
  milliseconds = 0;
  /** @type {Set<Carriage>} */
  carriages = new Set();
  #server = createServer({ allowHalfOpen: true }, (near) => this.#carry(near));

  /** @param {() => Address} target called for each connection */
  constructor(target) {
    this.target = target;
  }

  /** @returns {Promise<number>} the port on 127.0.0.1 */
  async listen() {
    await new Promise((resolve) => this.#server.listen(0, "127.0.0.1", () => resolve(undefined)));
    return /** @type {import("node:net").AddressInfo} */ (this.#server.address()).port;
  }

  /** @param {string} folder which is created; a DATABASE_URL may name it as its host */
  async listenAsPostgres(folder) {
    mkdirSync(folder, { mode: 0o700 });
    await new Promise((resolve) => this.#server.listen(join(folder, ".s.PGSQL.5432"), () => resolve(undefined)));
  }

  /** @param {Mode} mode @param {number} [milliseconds] of a delay */
  become(mode, milliseconds = 0) {
    const before = this.mode;
    this.mode = mode;
    this.milliseconds = milliseconds;
    for (const carriage of this.carriages) {
      if (mode === "cut" || (before === "swallow" && carriage.lostBytes)) carriage.close();
      else if (before === "stall") carriage.deliver();
    }
  }

  close() {
    for (const carriage of this.carriages) carriage.close();
    this.#server.close();
  }

  /** @param {import("node:net").Socket} near */
  #carry(near) {
    if (this.mode === "cut") {
      near.on("error", () => {});
      near.destroy();
      return;
    }
    const far = connect({ allowHalfOpen: true, ...this.target() });
    this.carriages.add(new Carriage(this, near, far));
  }
}

/** One connection, with the bytes under way in each direction. */
class Carriage {
  lostBytes = false;
  /** @type {{to: import("node:net").Socket, bytes: Buffer | null}[]} in order; null is the end of one side's bytes */
  #kept = [];

  /** @param {FaultyLink} link @param {import("node:net").Socket} near @param {import("node:net").Socket} far */
  constructor(link, near, far) {
    this.link = link;
    this.sockets = [near, far];
    for (const [from, to] of [[near, far], [far, near]]) {
      from.setNoDelay(true);
      from.on("data", (/** @type {Buffer} */ bytes) => this.#pass(to, bytes));
      from.on("end", () => this.#pass(to, null));
      from.on("error", () => this.close());
      from.on("close", () => this.#closed());
    }
  }

  close() {
    for (const socket of this.sockets) socket.destroy();
    this.link.carriages.delete(this);
  }

  /** Forwards everything that was kept. */
  deliver() {
    for (; this.#kept.length > 0; ) this.#deliverOne();
  }

  #closed() {
    if (this.link.mode === "open") this.deliver();
    if (this.sockets.every((socket) => socket.destroyed)) this.link.carriages.delete(this);
    else if (this.#kept.length === 0 && !this.lostBytes) this.close();
  }

  /** @param {import("node:net").Socket} to @param {Buffer | null} bytes */
  #pass(to, bytes) {
    const { mode, milliseconds } = this.link;
    if (mode === "swallow") {
      this.lostBytes = true;
    } else if (!this.lostBytes) {
      this.#kept.push({ to, bytes });
      if (mode === "delay") setTimeout(() => this.#deliverOne(), milliseconds);
      else if (mode !== "stall") this.deliver();
    }
  }

  #deliverOne() {
    const next = this.#kept.shift();
    if (!next || next.to.destroyed) return;
    if (next.bytes) next.to.write(next.bytes);
    else next.to.end();
  }
}
