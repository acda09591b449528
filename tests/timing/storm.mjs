// A mail storm beside the measurement: forgot requests for known accounts, directly to an origin, as fast as one connection and a
// short pause allow, to keep the mail worker busy.
import { once } from "node:events";
import { join } from "node:path";

import { startProbe } from "./programs.mjs";
import { originRequest } from "./requests.mjs";
import { clientIp } from "./world.mjs";

/** @typedef {import("./world.mjs").World} World */

/** In one round: few enough to be sent within their signatures' lifetime. */
const REQUESTS = 4000;
/** Microseconds between two requests, which gives some 500 requests a second. */
const PAUSE = 1000;

export class Storm {
  #stopped = false;
  /** @type {import("node:child_process").ChildProcess | undefined} */
  #probe;
  #rounds;

  /** @param {World} world @param {string} folder */
  constructor(world, folder) {
    this.#rounds = this.#run(world, join(folder, "storm"));
    this.#rounds.catch(() => {}); // stop() reports it
  }

  /** @throws {Error} if the storm's probe failed */
  async stop() {
    this.#stopped = true;
    this.#probe?.kill();
    await this.#rounds;
  }

  /** @param {World} world @param {string} path */
  async #run(world, path) {
    for (let round = 0; !this.#stopped; ++round) {
      this.#probe = startProbe(world.rig.origins[0].port, plan(world, round), path);
      this.#probe.stdout?.resume();
      const [code] = await once(this.#probe, "close");
      if (code !== 0 && !this.#stopped) throw new Error(`the storm's probe ended with ${code}`);
    }
  }
}

/** @param {World} world @param {number} round */
function plan(world, round) {
  return Array.from({ length: REQUESTS }, (_, i) => {
    const { email } = world.storm[(round * REQUESTS + i) % world.storm.length];
    const bytes = originRequest(world.rig.settings.EDGE_ORIGIN_KEYS, "forgot-password", { email, suppress: false }, clientIp(i));
    return { label: "storm", pause: PAUSE, bytes };
  });
}
