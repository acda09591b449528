// What became of each request for a link, and of each notice that a password has changed: the rows at the end against the calls.
import { groupBy, hasEnded, isPerhapsTaken, lowerCase, refused, succeeded } from "./check_story.mjs";

/**
 * @typedef {import("./check_story.mjs").Story} Story
 * @typedef {import("./check_story.mjs").Row} Row
 * @typedef {import("./history.mjs").Call} Call
 * @typedef {import("./history.mjs").Violation} Violation
 */

/** Each 202 has one row, and that has ended. @param {Story} story @returns {Violation[]} */
export function acceptedRequestsEnd(story) {
  const claim = acceptedRequestsEnd.name;
  /** @type {Violation[]} */
  const violations = [];
  for (const [requestId, calls] of groupBy(story.calls("forgot").filter(succeeded), (call) => call.requestId)) {
    const rows = story.rowsByRequest.get(requestId) ?? [];
    story.count("202 answers", calls.length);
    if (requestId === "") violations.push({ claim, what: "a request was accepted without telling its id", history: calls });
    else if (calls.length > 1) violations.push({ claim, what: "several calls were given one request id", history: calls });
    else if (rows.length !== 1) violations.push({
      claim,
      what: `lost: a request that was accepted has ${rows.length} rows`,
      history: [...calls, ...rows],
    });
    else violations.push(...stateAtTheEnd(story, claim, calls[0], rows[0]));
  }
  return violations;
}

/**
 * @param {Story} story
 * @param {string} claim
 * @param {Call} call
 * @param {Row} row
 * @returns {Violation[]}
 */
function stateAtTheEnd(story, claim, call, row) {
  story.count(`202 ${row.state}`);
  if (lowerCase(row.email) !== lowerCase(call.email)) return [{ claim, what: "a request is kept for another address", history: [call, row] }];
  if (hasEnded(row) && row.ended_at) return [];
  if (isPutOffByALeap(story, row)) {
    story.count("requests that a leaping clock has put off beyond the run");
    return [];
  }
  return [{ claim, what: `not ended: a request that was accepted is ${row.state} at the end`, history: [call, row] }];
}

/** A clock that was hours ahead wrote down when the row is due: it waits until then, and isn't lost. @param {Story} story @param {Row} row */
function isPutOffByALeap(story, row) {
  const leaps = story.clockFaults.some((fault) => Math.abs(Number(fault.detail.seconds ?? 0)) >= 600);
  return leaps && row.due_at && story.instant(row.due_at) > story.run.end.at + 600_000;
}

/** An ended state says what happened. @param {Story} story @returns {Violation[]} */
export function statesAreTrue(story) {
  const mails = groupBy([...story.links.values()].filter((link) => link.row), (link) => String(link.row?.id));
  return story.run.end.requests.flatMap((row) => {
    const sent = (mails.get(String(row.id)) ?? []).flatMap((link) => link.mails);
    const what = untruthOf(story, row, sent);
    const call = story.forgotsByRequest.get(row.request_id);
    return what ? [{ claim: statesAreTrue.name, what, history: [...(call ? [call] : []), ...sent, row] }] : [];
  });
}

/**
 * @param {Story} story
 * @param {Row} row
 * @param {import("./history.mjs").Mail[]} mails of this request
 * @returns {string} "" where nothing speaks against its state
 */
function untruthOf(story, row, mails) {
  const call = story.forgotsByRequest.get(row.request_id);
  const account = story.account(row.email);
  if (row.state === "sent" && !mails.some(isPerhapsTaken)) return "a request is sent, and the relay took no mail of it";
  const isUnmailed = ["no_account", "suppressed"].includes(row.state);
  if (isUnmailed && mails.some((mail) => mail.reply === "taken")) return `a request is ${row.state}, and a mail of it was taken`;
  const wasThere = account?.isActive && call && account.writes.some((write) => write.certain && write.until < call.began);
  if (row.state === "no_account" && wasThere) return "a request is no_account, and there was one";
  if (row.state === "superseded" && !hasSuccessor(story, row)) return "a request is superseded, and neither is there a newer one nor has anything ended its link";
  return "";
}

/** @param {Story} story @param {Row} row */
function hasSuccessor(story, row) {
  const others = story.rowsByEmail.get(lowerCase(row.email)) ?? [];
  const newer = others.some((other) => Number(other.id) > Number(row.id) || story.requestedAt(other) > story.requestedAt(row));
  const changed = story.account(row.email)?.writes.some((write) => write.by !== "registration");
  const cancelled = (story.cancelsByEmail.get(lowerCase(row.email)) ?? []).some((call) => !refused(call));
  return newer || changed || cancelled;
}

/** A row stands for a call, and no two for one. @param {Story} story @returns {Violation[]} */
export function requestsWereAskedFor(story) {
  const answered = new Set(story.calls("forgot").filter(succeeded).map((call) => call.requestId));
  const open = groupBy(
    story.calls("forgot").filter((call) => !succeeded(call) && !refused(call)),
    (call) => lowerCase(call.email),
  );
  const extra = groupBy(
    story.run.end.requests.filter((row) => !answered.has(row.request_id)),
    (row) => lowerCase(row.email),
  );
  return [...extra].flatMap(([email, rows]) => {
    const calls = open.get(email) ?? [];
    story.count("rows of calls without an answer", rows.length);
    if (rows.length <= calls.length) return [];
    return [{
      claim: requestsWereAskedFor.name,
      what: `${rows.length} rows for an address stand for ${calls.length} calls without an answer`,
      history: [...calls, ...rows],
    }];
  });
}

/** Each change of a password has queued one notice to its owner, and that has ended. @param {Story} story @returns {Violation[]} */
export function noticesAreGiven(story) {
  const claim = noticesAreGiven.name;
  const byUser = groupBy(story.run.end.notices, (notice) => notice.user_id);
  return [...story.accounts.values()].flatMap((account) => {
    const notices = (account.user && byUser.get(account.user.id)) ?? [];
    const changes = account.writes.filter((write) => write.by !== "registration");
    const certain = changes.filter((write) => write.certain);
    /** @type {Violation[]} */
    const violations = notices
      .filter((notice) => !notice.ended_at && !isPutOffByALeap(story, notice))
      .map((notice) => ({ claim, what: `not ended: a notice is ${notice.state} at the end`, history: [notice] }));
    const history = [...changes.map((write) => write.call), ...notices];
    story.count("notices", notices.length);
    const isShort = account.user && notices.length < certain.length;
    if (isShort) violations.push({ claim, what: `${certain.length} changes of a password left ${notices.length} notices`, history });
    if (notices.length > changes.length) violations.push({ claim, what: `${changes.length} changes of a password at most left ${notices.length} notices`, history });
    return violations;
  });
}

/** @param {Story} story @returns {Violation[]} */
export function seedsAreWiped(story) {
  return story.run.end.requests
    .filter((row) => hasEnded(row) && row.seed !== null && row.seed !== undefined)
    .map((row) => ({ claim: seedsAreWiped.name, what: `a request is ${row.state} and still has its seed`, history: [row] }));
}
