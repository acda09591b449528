// Which faults can explain a finding: by their target and their time. A fault that cannot have caused it is no excuse.

/**
 * @typedef {import("./check_story.mjs").Story} Story
 * @typedef {import("./history.mjs").Fault} Fault
 */

/** A moved clock has its effect within seconds, and seconds after its end a fault's effects are over. */
const AFTERMATH = 10_000;

/** @param {Fault} fault @param {number} from @param {number} until */
export function overlaps(fault, from, until) {
  return fault.began <= until && fault.ended >= from;
}

/** @param {Fault} fault @returns {boolean} whether it can affect an origin, the database, the relay, or a link between them */
export function befallsMails(fault) {
  return !/^edge \d|^disk of edge|^schema$/.test(fault.target);
}

/** @param {Fault} fault @returns {boolean} whether it broke the database or its disk; a moved clock breaks neither */
function befallsDatabase(fault) {
  return /^(disk of )?database$/.test(fault.target) && !fault.name.includes("clock");
}

/** @param {Story} story @param {number} from @param {number} until @returns {boolean} whether the database may have been unavailable in that period */
export function databaseMayBeAway(story, from, until) {
  const deaths = story.run.end.endedUnasked?.database ?? [];
  return story.faults.some((fault) => befallsDatabase(fault) && overlaps(fault, from - AFTERMATH, until)) || deaths.some((at) => from - AFTERMATH <= at && at <= until);
}

/**
 * Whether an edge may have refused a call, or marked it, because of a limit. The run's calls alone don't reach the limits. But when a
 * clock leaps back by more than the limit's period, the stored time stamps lie too far ahead, and each refuses one call when it is next
 * read, perhaps only after the edge's next start.
 * @param {Story} story
 * @param {number | undefined} edge any if undefined
 * @param {number} from
 * @param {number} until
 */
export function limitMayBeReached(story, edge, from, until) {
  const { count, seconds } = story.edgeLimit;
  if (story.mostCallsWithin(seconds * 1000) >= count) return true;
  const isOfEdge = (/** @type {Fault} */ { target }) => (edge === undefined ? target.startsWith("edge ") : target === `edge ${edge}`);
  return story.clockFaults.some((fault) => isOfEdge(fault) && leavesStampsAhead(fault, seconds, from, until));
}

/** @param {Fault} fault @param {number} period @param {number} from @param {number} until */
function leavesStampsAhead(fault, period, from, until) {
  const ahead = Number(fault.detail.seconds);
  if (Math.abs(ahead) < period) return false;
  // Stamps of a clock that was ahead refuse after it is back, until true time has reached them; older ones refuse while it is behind.
  const [first, last] = ahead > 0 ? [fault.ended, fault.ended + (ahead + period) * 1000] : [fault.began, fault.ended];
  return first - AFTERMATH <= until && from <= last + AFTERMATH;
}
