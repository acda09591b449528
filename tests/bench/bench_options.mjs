// The command line of scripts/bench.

/** @typedef {{parts: string[], rounds?: number, seconds?: number, isForRecord: boolean}} Options */

export const PARTS = ["edge", "origin", "mail", "growth", "memory", "desk", "accounts"];

/** The defaults; all parts together take about half an hour. */
const USUAL = { rounds: 5, seconds: 5 };
const USUAL_OF = new Map([["edge", { rounds: 5, seconds: 3 }], ["origin", { rounds: 5, seconds: 4 }], ["accounts", { rounds: 5, seconds: 4 }]]);

/** A part's minutes with the defaults, on two cores. */
const MINUTES = new Map([["edge", 9], ["origin", 7], ["mail", 4], ["growth", 4], ["memory", 1], ["desk", 4], ["accounts", 5]]);

export const USAGE = `scripts/bench [${[...PARTS, "all"].join("|")}] [--rounds N] [--seconds N] [--quick] [--record]
  takes about ${PARTS.map((part) => `${MINUTES.get(part)} minutes for ${part}`).join(", ")}
  --rounds N    edge, origin and accounts: 5 by default; the other parts measure once
  --seconds N   of each measurement: 3 for edge, 4 for origin and accounts, else 5; with fewer, all but origin and memory take smaller sizes
  --quick       a trial: 1 round of 1 second
  --record      writes the results to tests/bench/results, too`;

export class UsageError extends Error {}

/** @param {string} part @param {Options} options */
export function extentOf(part, { rounds, seconds }) {
  const usual = USUAL_OF.get(part) ?? USUAL;
  return { rounds: rounds ?? usual.rounds, seconds: seconds ?? usual.seconds };
}

/** @param {string[]} words @returns {Options} */
export function readOptions(words) {
  /** @type {Options} */
  const options = { parts: [], isForRecord: false };
  const rest = words.values();
  for (const word of rest) readWord(options, word, () => String(rest.next().value ?? ""));
  return { ...options, parts: partsFrom(options.parts) };
}

/** @param {Options} options @param {string} word @param {() => string} next */
function readWord(options, word, next) {
  if (word === "--rounds") options.rounds = positive(word, next());
  else if (word === "--seconds") options.seconds = positive(word, next());
  else if (word === "--quick") Object.assign(options, { rounds: 1, seconds: 1 });
  else if (word === "--record") options.isForRecord = true;
  else if (word === "all" || PARTS.includes(word)) options.parts.push(word);
  else throw new UsageError(`${word} is neither a part nor an option.`);
}

/** @param {string[]} named @returns {string[]} each once, in the order of PARTS */
function partsFrom(named) {
  return named.length === 0 || named.includes("all") ? PARTS : PARTS.filter((part) => named.includes(part));
}

/** @param {string} option @param {string} text */
function positive(option, text) {
  if (!/^[1-9][0-9]{0,3}$/.test(text)) throw new UsageError(`${option} must be a number from 1 to 9999.`);
  return Number(text);
}
