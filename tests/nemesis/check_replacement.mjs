// When a newer mail has ended earlier links. The relay's reply comes first, the commit that ends them a moment later; in between the
// state is unknown from outside. So there are two answers: which links may have been replaced by some time, and which certainly have.
import { groupBy } from "./check_story.mjs";

/**
 * @typedef {import("./check_story.mjs").Story} Story
 * @typedef {import("./check_story.mjs").Link} Link
 */

// A settlement takes milliseconds; even on a busy machine, and after others that lock the account, it never takes this long.
const SETTLING = 10_000;
// Half the lease of two minutes: trouble that lasts no longer gives no delivery a second holder.
const WITHIN_A_LEASE_SECONDS = 60;

export class Replacement {
  /** @type {Map<Link, number>} */
  #settledBy = new Map();

  /** @param {Story} story */
  constructor(story) {
    this.story = story;
    this.byEmail = groupBy([...story.links.values()], (link) => link.email);
    for (const links of this.byEmail.values()) links.sort((a, b) => a.firstAt - b.firstAt);
    this.oneTries = groupBy([...this.byEmail.values()].flat().filter(isOneTry), (link) => link.email);
    // A settlement is between an origin and the database.
    const isElsewhere = (/** @type {string} */ target) => /^(edge|relay)|to relay$/.test(target);
    this.troubles = story.run.faults.filter((fault) => !isElsewhere(fault.target)).sort((a, b) => a.began - b.began);
  }

  /**
   * @param {Link} link
   * @returns {Link[]} those that end it once they are settled: sent ones of later requests, first taken after this one was made
   */
  replacersOf(link) {
    const { row } = link;
    if (!row) return [];
    return (this.byEmail.get(link.email) ?? []).filter(
      (other) => other.row?.state === "sent" && link.firstAt < other.firstTakenAt && this.story.isCertainlyEarlier(row, other.row),
    );
  }

  /** @param {Link} link @param {number} at @returns {Link | undefined} one that had certainly ended it by then */
  certainReplacer(link, at) {
    return this.replacersOf(link).find((other) => other.firstTakenAt < at && this.settledBy(other) < at);
  }

  /** @param {Link} link @param {number} at @returns {boolean} whether another may have ended it by then */
  mayHaveHappened(link, at) {
    const rows = this.story.rowsByEmail.get(link.email) ?? [];
    return rows.some((row) => {
      if (row === link.row || (link.row && this.story.isCertainlyEarlier(row, link.row))) return false;
      const mailed = this.story.linkOfRow.get(row);
      return mailed ? mailed.firstTakenAt <= at : row.state === "sent";
    });
  }

  /**
   * The time by which it was certainly committed that a link's mail was taken. The row's own time is the beginning of that transaction:
   * it ended soon afterwards, unless something was broken meanwhile. It has also ended if the account's next mail is under way.
   * @param {Link} link sent
   * @returns {number}
   */
  settledBy(link) {
    const known = this.#settledBy.get(link);
    if (known !== undefined) return known;
    const settled = Math.min(this.#endOfTrouble(this.story.latest(link.row?.sent_at)), this.#nextMail(link));
    this.#settledBy.set(link, settled);
    return settled;
  }

  /** @param {Link} link @returns {number} when the account's next mail was under way; Infinity if that shows nothing */
  #nextMail(link) {
    if (!isOneTry(link)) return Infinity;
    const next = this.oneTries.get(link.email)?.find((other) => other.firstAt > link.firstTakenAt);
    return next && this.#isCalm(link.bornFrom, next.firstAt) ? next.firstAt : Infinity;
  }

  /** @param {number} from @param {number} until @returns {boolean} whether no trouble lasted as long as a lease, or made one seem over */
  #isCalm(from, until) {
    if (this.story.clockError(from, until) > WITHIN_A_LEASE_SECONDS) return false;
    return !this.story.run.faults.some((fault) => fault.began <= until && fault.ended >= from && fault.ended - fault.began > WITHIN_A_LEASE_SECONDS * 1000);
  }

  /** @param {number} from @returns {number} the time by which a transaction that had begun by then had certainly ended */
  #endOfTrouble(from) {
    let end = from + SETTLING;
    for (const fault of this.troubles) {
      if (fault.began > end) break;
      if (fault.ended >= from - SETTLING) end = Math.max(end, fault.ended + SETTLING);
    }
    return end;
  }
}

/** @param {Link} link */
function isOneTry(link) {
  return link.row?.state === "sent" && Number(link.row.attempts) === 1 && link.mails.length === 1;
}
