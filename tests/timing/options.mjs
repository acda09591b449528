// The command line of `scripts/prove timing`.
import { parseArgs } from "node:util";

import { ADOPTABLE } from "../system/foreign_accounts.mjs";
import { FLOWS } from "./flows.mjs";
import { PEOPLE } from "./world.mjs";

export const USAGE = `scripts/prove timing [PAIRS] [options]      (PAIRS: 30000)
  --flow NAMES          of ${Object.keys(FLOWS).join(", ")}; forgot times the six calls after it, too (all)
  --place NAMES         of origin, edge (both)
  --situation NAMES     of idle, storm (both)
  --rare N              1, 3, 7 or 9: one of N groups holds the controls, and one the inactive addresses (3; under a storm, and for login and check, every group)
  --storm-pairs N       pairs under a mail storm (4000, or PAIRS if that is less)
  --data memory|disk    where PostgreSQL and the limiters keep their data; memory is free of a disk's noise (memory)
  --accounts PRODUCT    over the table of another product: ${ADOPTABLE.join(" or ")} (Rekey's own)
  --delay MICROSECONDS  for which the proxy holds each request of the positive control (50)
  --storm-delay MICROSECONDS  the same under a mail storm (500)
  --out FOLDER          for timing.json and the charts (build/prove)
Exit code 0: no difference was found. 1: classes can be told apart. 2: a control failed, or answers were wrong.`;

const STORM_PAIRS = 4000;
const LEAST_PAIRS = 100;

/**
 * @typedef {object} Options
 * @property {number} pairs
 * @property {number} stormPairs
 * @property {Record<import("./stage.mjs").Situation, number>} rareEvery one of so many groups holds the controls
 * @property {string[]} flows
 * @property {import("./flows.mjs").Place[]} places
 * @property {import("./stage.mjs").Situation[]} situations
 * @property {Record<import("./stage.mjs").Situation, number>} delays
 * @property {"memory" | "disk"} data
 * @property {string | undefined} accounts of another product
 * @property {string} out
 */

/**
 * @param {string[]} words
 * @returns {Options}
 * @throws {Error} naming the faulty argument
 */
export function readOptions(words) {
  const text = { type: /** @type {const} */ ("string") };
  const { values, positionals } = parseArgs({
    args: words,
    allowPositionals: true,
    options: { flow: text, place: text, situation: text, rare: text, "storm-pairs": text, delay: text, "storm-delay": text, data: text, accounts: text, out: text },
  });
  if (positionals.length > 1) throw new Error(`there must be one number of pairs, not several: ${positionals.join(" ")}`);
  const pairs = numberOf("PAIRS", positionals[0] ?? "30000", LEAST_PAIRS);
  return {
    pairs,
    stormPairs: numberOf("--storm-pairs", values["storm-pairs"] ?? String(Math.min(pairs, STORM_PAIRS)), LEAST_PAIRS),
    rareEvery: { idle: partOf("--rare", values.rare ?? "3"), storm: 1 },
    flows: namesOf("--flow", values.flow, Object.keys(FLOWS)),
    places: /** @type {import("./flows.mjs").Place[]} */ (namesOf("--place", values.place, ["origin", "edge"])),
    situations: /** @type {import("./stage.mjs").Situation[]} */ (namesOf("--situation", values.situation, ["idle", "storm"])),
    delays: { idle: numberOf("--delay", values.delay ?? "50", 1), storm: numberOf("--storm-delay", values["storm-delay"] ?? "500", 1) },
    data: /** @type {"memory" | "disk"} */ (namesOf("--data", values.data ?? "memory", ["memory", "disk"])[0]),
    accounts: values.accounts === undefined ? undefined : namesOf("--accounts", values.accounts, ADOPTABLE)[0],
    out: values.out ?? "build/prove",
  };
}

/** @param {string} name @param {string} text @param {number} least */
function numberOf(name, text, least) {
  const number = /^\d{1,7}$/.test(text) ? Number(text) : -1;
  if (number < least) throw new Error(`${name} must be a number of at least ${least}, not ${text}`);
  return number;
}

/** A divisor of the number of addresses, so that a rare class uses all of its addresses equally often. @param {string} name @param {string} text */
function partOf(name, text) {
  const number = numberOf(name, text, 1);
  if (PEOPLE % number !== 0) throw new Error(`${name} must be a divisor of ${PEOPLE}, not ${text}`);
  return number;
}

/** @param {string} option @param {string | undefined} text @param {string[]} known @returns {string[]} all known ones if there is no text */
function namesOf(option, text, known) {
  const names = text?.split(",") ?? known;
  const stranger = names.find((name) => !known.includes(name));
  if (stranger !== undefined) throw new Error(`${option} must be of ${known.join(", ")}, not ${stranger}`);
  return names;
}
