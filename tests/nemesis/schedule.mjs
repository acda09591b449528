// Plans the faults: a pure function of the seed and the run's length. Storms of overlapping faults alternate with calms without faults,
// so that calls succeed, too. fault_acts.mjs carries out the plan.
import { SeededRandom } from "./seeded_random.mjs";

/**
 * @typedef {Record<string, string | number>} Detail
 *
 * @typedef {object} PlannedFault
 * @property {number} at milliseconds since the schedule's start
 * @property {number} lasts milliseconds; a restart takes as long as it takes
 * @property {string} name in the catalogue
 * @property {string} target
 * @property {Detail} detail
 *
 * @typedef {object} Kind a fault in the catalogue
 * @property {string} name
 * @property {number} weight its number of cards in the deck
 * @property {readonly string[]} targets
 * @property {[number, number]} seconds its shortest and longest duration
 * @property {(random: SeededRandom) => Detail} [detail]
 * @property {number} [leastRun] seconds: shorter runs leave it out
 *
 * @typedef {object} Phases seconds since the schedule's start: by then the accounts are open
 * @property {number} quiet the first fault comes after this
 * @property {number} faultsEnd
 * @property {number} callsEnd
 */

export const ORIGINS = ["origin 0", "origin 1"];
export const EDGES = ["edge 0", "edge 1"];
export const PARTS = [...ORIGINS, ...EDGES, "database"];
export const LINKS = [
  ...EDGES.flatMap((edge) => ORIGINS.map((origin) => `${edge} to ${origin}`)),
  ...ORIGINS.map((origin) => `${origin} to database`),
  ...ORIGINS.map((origin) => `${origin} to relay`),
];
const DISKS = ["disk of edge 0", "disk of edge 1", "disk of database"];

/** @param {SeededRandom} random @returns {Detail} the share of affected mails, or webhooks */
const someMails = (random) => ({ share: random.pick([0.3, 0.6, 1]) });

/** @type {readonly Kind[]} */
export const CATALOGUE = [
  { name: "kill", weight: 5, targets: PARTS, seconds: [0, 2] },
  { name: "restart", weight: 3, targets: PARTS, seconds: [0, 1] },
  { name: "pause", weight: 3, targets: PARTS, seconds: [1, 7] },
  { name: "cut", weight: 2, targets: LINKS, seconds: [1, 6] },
  { name: "swallow", weight: 2, targets: LINKS, seconds: [1, 8] },
  { name: "stall", weight: 2, targets: LINKS, seconds: [1, 8] },
  { name: "delay", weight: 2, targets: LINKS, seconds: [3, 9], detail: (random) => ({ milliseconds: random.whole(20, 600) }) },
  { name: "fill_disk", weight: 2, targets: DISKS, seconds: [2, 5] },
  { name: "step_clock", weight: 2, targets: PARTS, seconds: [3, 9], detail: (random) => ({ seconds: random.pick([-5, -3, -1, 1, 3, 5]) }) },
  {
    name: "leap_clock", weight: 1, targets: PARTS, seconds: [3, 9], leastRun: 600,
    detail: (random) => ({ seconds: random.pick([-1, 1]) * random.whole(3600, 3 * 3600) }),
  },
  { name: "relay_defers_recipient", weight: 1, targets: ["relay"], seconds: [3, 9], detail: someMails },
  { name: "relay_refuses_recipient", weight: 1, targets: ["relay"], seconds: [3, 9], detail: someMails },
  { name: "relay_defers_mail", weight: 1, targets: ["relay"], seconds: [3, 9], detail: someMails },
  { name: "relay_refuses_mail", weight: 1, targets: ["relay"], seconds: [3, 9], detail: someMails },
  { name: "relay_hangs", weight: 1, targets: ["relay"], seconds: [3, 9], detail: someMails },
  { name: "relay_drops_before_reply", weight: 2, targets: ["relay"], seconds: [3, 9], detail: someMails },
  { name: "relay_drops_after_reply", weight: 1, targets: ["relay"], seconds: [3, 9], detail: someMails },
  { name: "relay_greylists", weight: 1, targets: ["relay"], seconds: [5, 9], detail: () => ({ share: 1 }) },
  { name: "relay_trickles", weight: 1, targets: ["relay"], seconds: [3, 9], detail: someMails },
  { name: "relay_refuses_us", weight: 1, targets: ["relay"], seconds: [1, 2], leastRun: 600, detail: () => ({ share: 1 }) },
  { name: "receiver_refuses", weight: 1, targets: ["receiver"], seconds: [1, 5], detail: someMails },
  { name: "receiver_drops", weight: 1, targets: ["receiver"], seconds: [1, 5], detail: someMails },
  { name: "receiver_away", weight: 1, targets: ["receiver"], seconds: [1, 5], detail: () => ({ share: 1 }) },
  { name: "rotate_token_keys", weight: 1, targets: ["keys"], seconds: [0, 0] },
  { name: "rotate_call_keys", weight: 1, targets: ["keys"], seconds: [0, 0] },
  { name: "migrate", weight: 1, targets: ["schema"], seconds: [0, 0] },
];

const STORM = /** @type {[number, number]} */ ([7, 12]);
const CALM = /** @type {[number, number]} */ ([3, 6]);
const FAULTS_IN_A_STORM = /** @type {[number, number]} */ ([4, 7]);

/** @param {number} seconds of the whole run, drain and check included @returns {Phases} */
export function phasesOf(seconds) {
  const callsEnd = seconds - Math.min(25, 0.3 * seconds);
  return { quiet: Math.min(6, 0.15 * seconds), callsEnd, faultsEnd: callsEnd - Math.min(12, 0.15 * seconds) };
}

/**
 * @param {string} seed
 * @param {number} seconds of the whole run
 * @param {readonly string[]} [names] of the faults to choose from; all by default
 * @returns {PlannedFault[]} in order of time
 */
export function makeSchedule(seed, seconds, names) {
  const random = new SeededRandom(`schedule ${seed}`);
  const kinds = CATALOGUE.filter((kind) => (names ? names.includes(kind.name) : seconds >= (kind.leastRun ?? 0)));
  const { quiet, faultsEnd } = phasesOf(seconds);
  const deck = new Deck(kinds, random);
  /** @type {PlannedFault[]} */
  const plan = [];
  for (let begin = quiet; begin < faultsEnd - 1 && kinds.length > 0; ) {
    const end = Math.min(begin + random.between(...STORM), faultsEnd);
    plan.push(...planStorm(deck, random, begin, end));
    begin = end + random.between(...CALM);
  }
  return plan.sort((a, b) => a.at - b.at);
}

/** Deals every kind as often as its weight says before it starts again. */
class Deck {
  /** @type {Kind[]} */
  #cards = [];

  /** @param {readonly Kind[]} kinds @param {SeededRandom} random */
  constructor(kinds, random) {
    this.random = random;
    this.all = kinds.flatMap((kind) => Array.from({ length: kind.weight }, () => kind));
  }

  /** @returns {Kind} */
  deal() {
    if (this.#cards.length === 0) this.#cards = this.random.shuffled(this.all);
    return /** @type {Kind} */ (this.#cards.pop());
  }
}

/**
 * @param {Deck} deck
 * @param {SeededRandom} random
 * @param {number} begin
 * @param {number} end
 * @returns {PlannedFault[]} no two on one target, since each mends what it broke
 */
function planStorm(deck, random, begin, end) {
  /** @type {Map<string, PlannedFault>} */
  const byPlace = new Map();
  // The relay may have several misdeeds at once, and does one of them to each mail: so a short run has time for all of them.
  const placeOf = (/** @type {Kind} */ { name }, /** @type {string} */ target) => (target === "relay" ? name : target);
  for (let left = random.whole(...FAULTS_IN_A_STORM); left > 0; --left) {
    const kind = deck.deal();
    const free = kind.targets.filter((target) => !byPlace.has(placeOf(kind, target)));
    if (free.length === 0) continue;
    const target = random.pick(free);
    byPlace.set(placeOf(kind, target), planFault(kind, target, random, begin, end));
  }
  return [...byPlace.values()];
}

/**
 * @param {Kind} kind
 * @param {string} target
 * @param {SeededRandom} random
 * @param {number} begin
 * @param {number} end
 * @returns {PlannedFault}
 */
function planFault(kind, target, random, begin, end) {
  const at = random.between(begin, begin + (end - begin) / 2);
  const lasts = Math.min(random.between(...kind.seconds), end - at);
  const detail = kind.detail?.(random) ?? {};
  return { at: Math.round(at * 1000), lasts: Math.round(lasts * 1000), name: kind.name, target, detail };
}
