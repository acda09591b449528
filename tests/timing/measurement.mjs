// Takes the times of one flow at one place, through the proxy: groups come in pieces, each made and sent within a signature's lifetime.
import { join } from "node:path";

import { FLOWS, HELD, TWIN } from "./flows.mjs";
import { addSamples, pairsOf, plannedGroup } from "./pairing.mjs";
import { figuresOf, probe } from "./programs.mjs";

/**
 * @typedef {import("./flows.mjs").Flow} Flow
 * @typedef {import("./flows.mjs").Place} Place
 * @typedef {import("./programs.mjs").Figures} Figures
 * @typedef {"claim" | "note" | "null control" | "positive control"} Role
 *
 * @typedef {object} Comparison
 * @property {string} measure
 * @property {string} a the class
 * @property {string} b the baseline
 * @property {Role} role
 * @property {Figures} figures about a - b
 *
 * @typedef {import("./stage.mjs").Stage} Stage
 * @typedef {import("./stage.mjs").Situation} Situation
 */

/** A call's signature expires after 60 s. That leaves time to make a piece, and for one that takes twice as long as expected. */
const PIECE_SECONDS = 20;
const FIRST_PIECE = 40;

export class Measurement {
  /** @type {import("./pairing.mjs").Samples} */
  samples = new Map();
  /** @type {string[]} wrong answers */
  faults = [];
  secondsPerGroup = 0;
  #next = 0;

  /**
   * @param {Stage} stage
   * @param {Flow} flow
   * @param {Place} place
   * @param {Situation} situation
   * @param {number} rareEvery one of so many groups also holds the controls, and one the rare subjects
   */
  constructor(stage, flow, place, situation, rareEvery) {
    this.stage = stage;
    this.flow = flow;
    this.place = place;
    this.situation = situation;
    this.rareEvery = flow.rareEvery ?? rareEvery;
  }

  /** Takes groups that do not count: they warm connections, caches and limiters up, and show the pace. @param {number} groups */
  async warmUp(groups) {
    await this.take(groups);
    this.samples.clear();
    this.faults = [];
  }

  /**
   * @param {number} groups
   * @param {(done: number) => void} [tell] called after each piece
   */
  async take(groups, tell = () => {}) {
    for (let done = 0; done < groups; tell(done)) {
      const pace = this.secondsPerGroup > 0 ? Math.ceil(PIECE_SECONDS / this.secondsPerGroup) : FIRST_PIECE;
      const piece = Math.min(groups - done, pace);
      await this.#takePiece(piece);
      done += piece;
    }
  }

  /** Computes all figures and discards the times. @returns {Comparison[]} */
  takeComparisons() {
    const comparisons = this.#comparisons();
    this.samples.clear();
    return comparisons;
  }

  /** @returns {Comparison[]} */
  #comparisons() {
    const { baseline, subjects, rareSubjects, notes, measures } = this.flow;
    const compared = [
      ...ofRole([...subjects, ...rareSubjects], "claim"),
      ...ofRole(notes, "note"),
      ...ofRole([TWIN], "null control"),
      ...ofRole([HELD], "positive control"),
    ];
    return measures.flatMap(({ name, first, end }) => compared.map(({ of, role }) => {
      const figures = figuresOf(pairsOf(this.samples, of, baseline, first, end));
      return { measure: name, a: of, b: baseline, role, figures };
    }));
  }

  /** @param {number} groups */
  async #takePiece(groups) {
    const { world, folder } = this.stage;
    if (this.flow === FLOWS.reset) await world.plantTokens();
    if (this.flow === FLOWS.check) await world.plantRecoveries(groups);
    const plan = Array.from({ length: groups }, (_, i) => this.#plannedGroup(this.#next + i)).flat();
    this.#next += groups;
    const start = performance.now();
    const lines = await probe(this.stage.portFor(this.place, this.situation), plan, join(folder, "plan"));
    this.secondsPerGroup = (performance.now() - start) / 1000 / groups;
    this.faults.push(...addSamples(lines, this.flow.statuses[this.place], this.samples));
  }

  /** @param {number} group */
  #plannedGroup(group) {
    const { requests, pause } = this.flow;
    const member = (/** @type {string} */ of) => ({ of, requests: requests(this.stage.world, this.place, of, group), pause: pause[this.place] });
    return plannedGroup(this.#classesOf(group).map(member), group);
  }

  /** @param {number} group @returns {string[]} controls and rare subjects come in different groups if only some groups hold them */
  #classesOf(group) {
    const { baseline, subjects, rareSubjects, notes } = this.flow;
    const turn = group % this.rareEvery;
    const controls = turn === 0 ? [TWIN, HELD] : [];
    const rare = turn === this.rareEvery - 1 ? rareSubjects : [];
    return [baseline, ...subjects, ...rare, ...notes, ...controls];
  }
}

/** @param {string[]} classes @param {Role} role */
function ofRole(classes, role) {
  return classes.map((of) => ({ of, role }));
}
