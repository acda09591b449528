// Runs the empty, the plain-JavaScript and the bare Worker under one raw workerd (reference.capnp): the references of the edge part.
import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { Service } from "../rig/service.mjs";
import { checkout, freePorts } from "../system/stack.mjs";

export class ReferenceWorkers extends Service {
  /** @param {string} folder for log and limiters @param {Record<string, string>} settings the edge's */
  static async start(folder, settings) {
    const workers = new ReferenceWorkers(folder, settings, await freePorts(3));
    await workers.start().catch(async (error) => {
      await workers.end();
      throw error;
    });
    return workers;
  }

  /** @param {string} folder @param {Record<string, string>} settings @param {number} port the first of three */
  constructor(folder, settings, port) {
    const limits = join(folder, "reference-limits");
    mkdirSync(limits, { recursive: true });
    const sockets = ["empty", "plain", "bare"].flatMap((name, index) => ["--socket-addr", `${name}=127.0.0.1:${port + index}`]);
    const words = ["serve", join(checkout, "tests/bench/reference.capnp"), ...sockets, "--directory-path", `limits=${limits}`];
    const command = [join(checkout, "node_modules/workerd/bin/workerd"), ...words];
    const env = { PATH: process.env.PATH ?? "", ...settings };
    super("the reference Workers", join(folder, "reference.log"), () => ({ command, env }), `http://127.0.0.1:${port + 1}/none`);
    process.once("exit", () => this.signal("SIGTERM"));
    this.emptyUrl = `http://127.0.0.1:${port}`;
    this.plainUrl = `http://127.0.0.1:${port + 1}`;
    this.bareUrl = `http://127.0.0.1:${port + 2}`;
  }
}
