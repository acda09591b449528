// Whether the final state of a request or a notice is true.
import { befallsMails, limitMayBeReached, overlaps } from "./check_faults.mjs";
import { groupBy, hasEnded, isPerhapsTaken, lowerCase, refused } from "./check_story.mjs";

/**
 * @typedef {import("./check_story.mjs").Story} Story
 * @typedef {import("./check_story.mjs").Row} Row
 * @typedef {import("./history.mjs").Mail} Mail
 * @typedef {import("./history.mjs").Violation} Violation
 *
 * @typedef {object} Ended
 * @property {Row} row
 * @property {Mail[]} mails of it
 * @property {number} from a time before it was made
 * @property {number} until a time after it had ended
 *
 * @typedef {(story: Story, ended: Ended) => string} Judge "" if nothing contradicts the state
 */

// DESIGN.md, "What is stored": the times at which a mail that was not taken is tried again, in seconds from the first attempt.
const TRIES = [0, 15, 60, 180, 480, 900, 1500];
// A wait is jittered by a tenth; a point of the schedule that is only seconds ahead is skipped.
const SHORTEST_WAIT = 0.9;
const PASSED_OVER = 5;
// Attempts after which the mail is in the inbox, or may be.
const COUNTED = new Set(["taken", "unknown", "cut_off", "lost"]);
// The lease of two minutes and a mail's own minute: by then a dead holder's deliveries are claimed again.
const AFTER_EFFECTS = 180_000;

/** @param {Story} story @returns {Violation[]} */
export function statesAreTrue(story) {
  const links = groupBy([...story.links.values()].filter((link) => link.row), (link) => String(link.row?.id));
  return story.run.end.requests.filter((row) => hasEnded(row) && row.ended_at).flatMap((row) => {
    const mails = (links.get(String(row.id)) ?? []).flatMap((link) => link.mails);
    const call = story.forgotsByRequest.get(row.request_id);
    const from = call?.began ?? story.earliest(row.requested_at);
    const what = REQUESTS[row.state](story, { row, mails, from, until: story.latest(row.ended_at) });
    story.count(`states judged: ${row.state}`);
    return what ? [{ claim: statesAreTrue.name, what: `a request is ${row.state}, and ${what}`, history: [...(call ? [call] : []), ...mails, row] }] : [];
  });
}

/** @type {Record<string, Judge>} by the state of a request */
const REQUESTS = {
  sent: (_, { mails }) => (mails.some(isPerhapsTaken) ? "" : "the relay took no mail of it"),
  no_account: (story, { row, mails }) => noMail(mails) || (hadAccount(story, row) ? "there was one" : ""),
  suppressed: (story, ended) => noMail(ended.mails) || (maySuppress(story, ended) ? "" : "no limit was reached"),
  superseded: (story, ended) => (hadSuccessor(story, ended) ? "" : "neither was there a newer one nor had anything ended its link"),
  rejected: mayBeRejected,
  expired_undelivered: (story, ended) => mayBeUndelivered(story, ended) || hadItsTime(story, ended),
};

/** @param {Mail[]} mails */
function noMail(mails) {
  return mails.some((mail) => mail.reply === "taken") ? "a mail of it was taken" : "";
}

/** @param {Story} story @param {Row} row */
function hadAccount(story, row) {
  const account = story.account(row.email);
  const call = story.forgotsByRequest.get(row.request_id);
  return account?.isActive && call && account.writes.some((write) => write.certain && write.until < call.began);
}

/** Whether the limit of mails may have been reached, by mails sent or perhaps sent, or the edge may have marked it. @param {Story} story @param {Ended} ended */
function maySuppress(story, { row, from, until }) {
  const requests = story.rowsByEmail.get(lowerCase(row.email)) ?? [];
  const mails = requests.flatMap((one) => (one.delivery ? story.attemptsOf({ id: one.delivery }) : [])).filter(({ outcome }) => COUNTED.has(outcome));
  if (story.mailLimits.some(({ count }) => mails.length >= count)) return true;
  const call = story.forgotsByRequest.get(row.request_id);
  return limitMayBeReached(story, call?.edge, from, call?.ended ?? until);
}

/** @param {Story} story @param {Ended} ended */
function hadSuccessor(story, { row, from, until }) {
  const others = story.rowsByEmail.get(lowerCase(row.email)) ?? [];
  const isNewer = (/** @type {Row} */ other) => Number(other.id) > Number(row.id) || story.requestedAt(other) > story.requestedAt(row);
  if (others.some((other) => other !== row && isNewer(other) && story.earliest(other.requested_at) <= until)) return true;
  if (story.account(row.email)?.writesWithin(from, until).some((write) => write.by !== "registration")) return true;
  if (story.linkOfRow.get(row)?.cancels.some((call) => !refused(call) && call.began <= until)) return true;
  return Boolean(row.token_expires_at) && story.instant(row.token_expires_at) <= story.instant(row.ended_at) + 1000 * story.clockError(from, until);
}

/** @type {Judge} */
function mayBeRejected(story, { mails, from, until }) {
  const isRefused = story.faults.some((fault) => fault.name === "relay_refuses_recipient" && overlaps(fault, from, until));
  return isRefused || mails.some((mail) => mail.reply === "refused") ? "" : "the relay refused neither mail nor recipient";
}

/** @type {Judge} */
function mayBeUndelivered(story, { from, until }) {
  return story.faults.some((fault) => befallsMails(fault) && overlaps(fault, from - AFTER_EFFECTS, until)) ? "" : "nothing had kept the mail from being taken";
}

/** The last attempt comes while a quarter of the link's lifetime is left: giving up before it is due is too early. @type {Judge} */
function hadItsTime(story, { row, from, until }) {
  const lifetime = story.run.end.lifetimeSeconds;
  const last = Math.max(...TRIES.filter((seconds) => seconds <= lifetime - Math.min(900, lifetime / 4)));
  const lived = (story.instant(row.ended_at) - story.instant(row.requested_at)) / 1000;
  return lived + story.clockError(from, until) >= SHORTEST_WAIT * last - PASSED_OVER ? "" : `it was given up after ${lived.toFixed(1)} s`;
}

/**
 * @param {Story} story
 * @param {Row} notice that has ended
 * @param {Mail[]} mails notices to its owner
 * @returns {string} "" if nothing contradicts its state; noticesAreGiven counts those in state `sent`
 */
export function untruthOfNotice(story, notice, mails) {
  const ended = { row: notice, mails, from: story.earliest(notice.happened_at), until: story.latest(notice.ended_at) };
  if (notice.state === "rejected") return mayBeRejected(story, ended);
  return notice.state === "expired_undelivered" ? mayBeUndelivered(story, ended) : "";
}
