// The environment of one scenario: a new process of the target with nothing on disk, honest clients beside the attack, and the
// record of both. Used by flood.mjs for every scenario.
import { mkdirSync, rmSync } from "node:fs";

import { CrewMember } from "./crew.mjs";
import { Keeper } from "./keeper.mjs";
import { Sampler } from "./sampler.mjs";
import { total } from "./tally.mjs";

/**
 * @typedef {import("../rig/service.mjs").Service & {limitsFolder?: string}} Target
 * @typedef {import("./tally.mjs").Tally} Tally
 *
 * @typedef {object} Claim
 * @property {string} words what should be seen
 * @property {string} source the sentence of README.md or DESIGN.md, word for word; " ... " between several
 * @property {boolean} holds
 * @property {string} seen
 *
 * @typedef {object} Scenario
 * @property {string} name
 * @property {"edge" | "origin"} at
 * @property {string} what one line about the attack
 * @property {number} seconds by default
 * @property {"mass" | "fixed" | "its own"} length mass: as long as the command line says; fixed: `seconds`, or less if the command line says
 *   less; its own: until its work is done
 * @property {"few descriptors" | "many descriptors"} [room] of the origin
 * @property {(arena: Arena, seconds: number) => Promise<Record<string, unknown> | void>} attack returns the scenario's own findings
 * @property {(result: Result) => Claim[]} claims
 * @property {(result: Result) => string[]} [observations] figures that no document promises
 *
 * @typedef {object} Result
 * @property {string} name
 * @property {"edge" | "origin"} at
 * @property {string} what
 * @property {number} seconds
 * @property {Record<string, import("./crew.mjs").Report>} attackers
 * @property {Tally} honest
 * @property {import("./crew.mjs").Report | undefined} greedy
 * @property {import("./keeper.mjs").Death[]} deaths
 * @property {import("./sampler.mjs").Sample[]} samples
 * @property {Record<string, any>} seen
 * @property {Claim[]} claims
 * @property {string[]} observations
 */

const HONEST_RATE = 10;
export const GREEDY_RATE = 2;
const QUIET_SECONDS = 1; // before the attack, so that the first samples show the process at rest

/** @param {number} seconds */
export function pause(seconds) {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

export class Arena {
  /** @type {Map<string, CrewMember>} */
  #attackers = new Map();

  /**
   * @param {import("../rig/rig.mjs").Rig} rig
   * @param {Target} service the attacked one
   * @param {import("./requests.mjs").Secrets} secrets
   */
  constructor(rig, service, secrets) {
    this.rig = rig;
    this.service = service;
    this.secrets = secrets;
  }

  /** @param {Scenario} scenario @param {number} seconds @returns {Promise<Result>} */
  async run(scenario, seconds) {
    await this.#renew();
    const keeper = new Keeper(this.service, () => this.#answered());
    const sampler = new Sampler(this.service);
    const honest = this.#calls(scenario.at, HONEST_RATE);
    const greedy = scenario.at === "edge" ? this.#calls("greedy", GREEDY_RATE) : undefined;
    sampler.start();
    keeper.start();
    await pause(QUIET_SECONDS);
    const began = performance.now();
    const seen = (await scenario.attack(this, seconds)) ?? {};
    const lasted = Math.round((performance.now() - began) / 1000);
    const attackers = await this.#withdraw();
    const [{ tally }, greed] = await Promise.all([honest.stop(), greedy?.stop()]);
    keeper.stop();
    const result = {
      name: scenario.name, at: scenario.at, what: scenario.what, seconds: lasted, attackers, honest: tally, greedy: greed,
      deaths: keeper.deaths, samples: sampler.stop(), seen, claims: /** @type {Claim[]} */ ([]), observations: /** @type {string[]} */ ([]),
    };
    result.claims = scenario.claims(result);
    result.observations = scenario.observations?.(result) ?? [];
    return result;
  }

  /** @param {string} name @param {string} requests of ATTACKS @param {Partial<import("./lanes.mjs").LanesPlan>} plan */
  attackWithRequests(name, requests, plan) {
    this.#attack(name, { part: "lanes", requests, port: this.service.port, connections: 32, ...plan, secrets: this.secrets });
  }

  /** @param {import("./slow_sockets.mjs").Kind} kind @param {number} sockets @param {"edge" | "origin"} at */
  attackWithSlowSockets(kind, sockets, at) {
    this.#attack(kind, { part: "slow", kind, sockets, at, port: this.service.port, secrets: this.secrets });
  }

  /** @param {string} name @param {import("./crew.mjs").Plan} plan */
  #attack(name, plan) {
    this.#attackers.set(name, new CrewMember(plan));
  }

  /** @param {string} calls of HONEST @param {number} rate */
  #calls(calls, rate) {
    return new CrewMember({ part: "steady", calls, rate, port: this.service.port, secrets: this.secrets });
  }

  #answered() {
    const tallies = [...this.#attackers.values()].flatMap(({ report }) => report?.tally ?? []);
    return tallies.reduce((sum, { served, refused }) => sum + total(served) + total(refused), 0);
  }

  async #withdraw() {
    const reports = await Promise.all([...this.#attackers].map(async ([name, member]) => [name, await member.stop()]));
    this.#attackers.clear();
    return Object.fromEntries(reports);
  }

  async #renew() {
    await this.service.end();
    if (this.service.limitsFolder) {
      rmSync(this.service.limitsFolder, { recursive: true, force: true });
      mkdirSync(this.service.limitsFolder, { recursive: true });
    }
    await this.service.start();
  }
}
