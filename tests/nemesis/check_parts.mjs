// Whether the product's own programs keep running and obey commands, whatever happens to the other parts.
import { databaseMayBeAway, overlaps } from "./check_faults.mjs";

/**
 * @typedef {import("./check_story.mjs").Story} Story
 * @typedef {import("./history.mjs").Violation} Violation
 */

/** The longest time between a fault's end and its last effect on a part. */
const AFTERMATH = 10_000;

/**
 * No fault may end an origin or an edge, or keep it from coming back. PostgreSQL ends if its disk is full.
 * @param {Story} story @returns {Violation[]}
 */
export function partsKeepRunning(story) {
  const claim = partsKeepRunning.name;
  const deaths = Object.entries(story.run.end.endedUnasked ?? {}).filter(([name]) => name !== "database");
  const ended = deaths.flatMap(([name, times]) =>
    times.map((at) => ({
      claim,
      what: `${name} ended ${Math.round(at / 1000)} s after the start, though nobody had asked it to`,
      history: [{ kind: "death", name, at }, ...story.faults.filter((fault) => overlaps(fault, at - AFTERMATH, at))],
    })),
  );
  const unmended = story.faults
    .filter(({ detail }) => detail.trouble)
    .map((fault) => ({ claim, what: `what ${fault.name} at ${fault.target} broke did not come back: ${fault.detail.trouble}`, history: [fault] }));
  return [...ended, ...unmended];
}

/** A second migration fails only if the database does. @param {Story} story @returns {Violation[]} */
export function migrationsCanBeRepeated(story) {
  const migrations = story.faults.filter(({ name }) => name === "migrate");
  story.count("migrations", migrations.length);
  return migrations
    .filter(({ began, ended, detail }) => detail.exit_code && !databaseMayBeAway(story, began, ended))
    .map((fault) => ({ claim: migrationsCanBeRepeated.name, what: `a second migration ended with ${fault.detail.exit_code}`, history: [fault] }));
}
