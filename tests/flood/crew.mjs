// Starts and ends the processes of a flood, and keeps the newest report of each. Used by arena.mjs.
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/**
 * @typedef {import("./requests.mjs").Secrets} Secrets
 * @typedef {{part: "lanes", requests: string, secrets: Secrets} & import("./lanes.mjs").LanesPlan} LanesPart
 * @typedef {{part: "steady", calls: string, secrets: Secrets} & import("./steady.mjs").SteadyPlan} SteadyPart
 * @typedef {{part: "slow", at: "edge" | "origin", secrets: Secrets} & import("./slow_sockets.mjs").SlowPlan} SlowPart
 * @typedef {LanesPart | SteadyPart | SlowPart} Plan
 *
 * @typedef {object} Report
 * @property {import("./tally.mjs").Tally} tally
 * @property {number} sent requests, or opened sockets
 * @property {number} [connected] sockets that are open now
 * @property {number} [mostConnected]
 * @property {number} [closed] sockets that the server closed
 */

const STOP_DEADLINE = 20_000;

export class CrewMember {
  /** @type {Report | undefined} the newest */
  report;
  #child;

  /** @param {Plan} plan */
  constructor(plan) {
    this.plan = plan;
    this.#child = fork(join(import.meta.dirname, "crew_member.mjs"), { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    this.#child.on("message", (/** @type {{report?: Report, last?: Report}} */ message) => (this.report = message.last ?? message.report));
    this.#child.send(plan);
    process.once("exit", this.#kill);
  }

  #kill = () => this.#child.kill("SIGKILL");

  /** @returns {Promise<Report>} its last report */
  async stop() {
    const late = setTimeout(this.#kill, STOP_DEADLINE);
    const ended = once(this.#child, "exit");
    if (this.#child.connected) this.#child.send({ stop: true });
    const [code] = await ended;
    clearTimeout(late);
    process.off("exit", this.#kill);
    if (code !== 0 || !this.report) throw new Error(`a process of the flood ended with ${code}: ${this.plan.part}`);
    return this.report;
  }
}
