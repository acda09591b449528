// The end of each request for a link, and of each notice: compares the rows at the end with calls and mails.
import { groupBy, hasEnded, isPerhapsTaken, lowerCase, refused, succeeded } from "./check_story.mjs";
import { untruthOfNotice } from "./check_states.mjs";

/**
 * @typedef {import("./check_story.mjs").Story} Story
 * @typedef {import("./check_story.mjs").Row} Row
 * @typedef {import("./history.mjs").Call} Call
 * @typedef {import("./history.mjs").Violation} Violation
 */

/** Each 202 has one row, which has ended. @param {Story} story @returns {Violation[]} */
export function acceptedRequestsEnd(story) {
  const claim = acceptedRequestsEnd.name;
  /** @type {Violation[]} */
  const violations = [];
  for (const [requestId, calls] of groupBy(story.calls("forgot").filter(succeeded), (call) => call.requestId)) {
    const rows = story.rowsByRequest.get(requestId) ?? [];
    story.count("202 answers", calls.length);
    if (requestId === "") violations.push({ claim, what: "a request was accepted without a request id", history: calls });
    else if (calls.length > 1) violations.push({ claim, what: "several calls have one request id", history: calls });
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

/** A clock that was hours ahead set the row's due time: the row waits until then, and isn't lost. @param {Story} story @param {Row} row */
function isPutOffByALeap(story, row) {
  const leaps = story.clockFaults.some((fault) => Math.abs(Number(fault.detail.seconds ?? 0)) >= 600);
  return leaps && row.due_at && story.instant(row.due_at) > story.run.end.at + 600_000;
}

/** Each row stands for a call, and no two rows for the same one. @param {Story} story @returns {Violation[]} */
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

/**
 * Each change of a password has queued one notice to its owner, which has ended in a true state.
 * @param {Story} story @returns {Violation[]}
 */
export function noticesAreGiven(story) {
  const claim = noticesAreGiven.name;
  const byUser = groupBy(story.run.end.notices, (notice) => notice.user_id);
  const byAddress = groupBy(story.run.mails.filter((mail) => mail.subject === "changed"), (mail) => lowerCase(mail.to));
  return [...story.accounts.values()].flatMap((account) => {
    const notices = (account.user && byUser.get(account.user.id)) ?? [];
    const mails = byAddress.get(account.email) ?? [];
    const changes = account.writes.filter((write) => write.by !== "registration");
    story.count("notices", notices.length);
    const history = [...changes.map((write) => write.call), ...mails, ...notices];
    const miscounts = miscountsOf(changes, notices, mails, account.user !== undefined).map((what) => ({ claim, what, history }));
    return [...miscounts, ...untruthsOf(story, notices, mails).map(([what, notice]) => ({ claim, what, history: [...mails, notice] }))];
  });
}

/**
 * @param {import("./check_account.mjs").Write[]} changes
 * @param {Row[]} notices
 * @param {import("./history.mjs").Mail[]} mails
 * @param {boolean} isThere whether the account exists
 * @returns {string[]}
 */
function miscountsOf(changes, notices, mails, isThere) {
  const certain = changes.filter((write) => write.certain).length;
  const sent = notices.filter((notice) => notice.state === "sent").length;
  const taken = new Set(mails.filter(isPerhapsTaken).map((mail) => mail.messageId)).size;
  return [
    isThere && notices.length < certain ? `${certain} changes of a password left ${notices.length} notices` : "",
    notices.length > changes.length ? `${changes.length} changes of a password at most left ${notices.length} notices` : "",
    sent > taken ? `${sent} notices are sent, and the relay took ${taken}` : "",
  ].filter(Boolean);
}

/** @param {Story} story @param {Row[]} notices @param {import("./history.mjs").Mail[]} mails @returns {[string, Row][]} */
function untruthsOf(story, notices, mails) {
  return notices.flatMap((notice) => {
    if (!notice.ended_at) return isPutOffByALeap(story, notice) ? [] : [[`not ended: a notice is ${notice.state} at the end`, notice]];
    const what = untruthOfNotice(story, notice, mails);
    return what ? [[`a notice is ${notice.state}, and ${what}`, notice]] : [];
  });
}

/** @param {Story} story @returns {Violation[]} */
export function seedsAreWiped(story) {
  return story.run.end.requests
    .filter((row) => hasEnded(row) && row.seed !== null && row.seed !== undefined)
    .map((row) => ({ claim: seedsAreWiped.name, what: `a request is ${row.state} and still has its seed`, history: [row] }));
}
