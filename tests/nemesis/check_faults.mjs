// Which faults can explain what was seen: by what they befall and by when they did. A fault that cannot have done it is no excuse.

/**
 * @typedef {import("./check_story.mjs").Story} Story
 * @typedef {import("./history.mjs").Fault} Fault
 */

/** A moved clock is seen within seconds; and seconds after a fault's end, what it broke is whole again. */
const AFTERMATH = 10_000;

/** @param {Fault} fault @param {number} from @param {number} until */
export function overlaps(fault, from, until) {
  return fault.began <= until && fault.ended >= from;
}

/** @param {Fault} fault @returns {boolean} whether an origin, the database, the relay, or a link between them can have noticed it */
export function befallsMails(fault) {
  return !/^edge \d|^disk of edge|^schema$/.test(fault.target);
}

/** @param {Fault} fault @returns {boolean} whether the database or its disk was broken; a moved clock breaks neither */
function befallsDatabase(fault) {
  return /^(disk of )?database$/.test(fault.target) && !fault.name.includes("clock");
}

/** @param {Story} story @param {number} from @param {number} until @returns {boolean} whether the database may have been away in that time */
export function databaseMayBeAway(story, from, until) {
  const deaths = story.run.end.endedUnasked?.database ?? [];
  return story.faults.some((fault) => befallsDatabase(fault) && overlaps(fault, from - AFTERMATH, until)) || deaths.some((at) => from - AFTERMATH <= at && at <= until);
}

/**
 * Whether an edge may have refused a call, or marked it, because of a limit. The run's limits are out of reach for its calls, so it takes
 * a clock: where that leaps back by more than the limit's period, the time stamps that were kept lie too far ahead, and each refuses
 * once when it is next read, be it after the edge's next start.
 * @param {Story} story
 * @param {number | undefined} edge any where missing
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
  // Stamps of a clock that was ahead are met when it is back, until true time has reached them; those of before while it is behind.
  const [first, last] = ahead > 0 ? [fault.ended, fault.ended + (ahead + period) * 1000] : [fault.began, fault.ended];
  return first - AFTERMATH <= until && from <= last + AFTERMATH;
}
