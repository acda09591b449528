// Reads the history of a nemesis run and reports broken promises. It is written from README.md and DESIGN.md, not from the code. A
// violation is certain: for calls that overlapped or had no answer, and for moved clocks, everything that may have happened is allowed.
// Each check tests one promise; PROMISES has the sentence.
import { acceptedRequestsEnd, noticesAreGiven, requestsWereAskedFor, seedsAreWiped } from "./check_requests.mjs";
import { answersAreDocumented } from "./check_answers.mjs";
import { attemptsTellTheEnd, rehearsalsReachNobody, requestsHaveTheirDeliveries } from "./check_deliveries.mjs";
import {
  cancelledLinksEnd, endedTokensAreDeleted, linksCanBeCancelled, linksExpire, linksLiveNoLonger, linksWorkOnce, liveLinksWork,
  nothingEarlierChangesThePassword, onlyMailedLinksWork, replacedLinksEnd,
} from "./check_links.mjs";
import { duplicatesHaveFaults, linksLeadToTheFrontend, mailsGoToOwners, mailsOfARequestAreOne, tokensEndWhenTheirRowsSay } from "./check_mails.mjs";
import { migrationsCanBeRepeated, partsKeepRunning } from "./check_parts.mjs";
import { accountsAreKept, onlyTheCurrentPasswordWorks, theCurrentPasswordWorks } from "./check_passwords.mjs";
import { nothingAnsweredIsUnderWay, otherBodiesAreRefused, repeatsAreAnsweredAlike } from "./check_repeats.mjs";
import { noAddressIsLogged, nothingSecretIsWritten } from "./check_secrets.mjs";
import { earlierSessionsEnd, liveSessionsAreKept, loggedOutSessionsEnd, sessionsExpire, sessionsFallWithTheirPassword } from "./check_sessions.mjs";
import { statesAreTrue } from "./check_states.mjs";
import { changesAreReported, webhooksAreSigned, webhooksArrive, webhooksComeInOrder, webhooksTellTheTruth } from "./check_webhooks.mjs";
import { Story } from "./check_story.mjs";

/**
 * @typedef {import("./history.mjs").Run} Run
 * @typedef {import("./history.mjs").Violation} Violation
 * @typedef {(story: Story) => Violation[]} Check
 */

/** @type {[Check, string][]} each check with the sentence of README.md or DESIGN.md that it tests */
const CHECKS = [
  [acceptedRequestsEnd, "A request answered with 202 is not lost."],
  [statesAreTrue, "A request is `queued` until the mail worker decides on it, and `sending` while its mail is in the outbox. Then it ends"],
  [requestsWereAskedFor, "`request_id` is unique; a repeat changes nothing."],
  [noticesAreGiven, "sets the password, marks the address as verified, ends the other tokens and all sessions, and queues the notice."],
  [seedsAreWiped, "The seed is wiped when the delivery ends."],
  [requestsHaveTheirDeliveries, "A request ends with its delivery, in the same state."],
  [rehearsalsReachNobody, "It passes through the same steps, its mail is rendered and dropped, and it ends as `no_account`."],
  [attemptsTellTheEnd, "`delivery_attempts` has a row for each attempt that ended."],
  [answersAreDocumented, "Errors are `application/problem+json` (RFC 9457): `type`, `title`, `status`, `detail`."],
  [repeatsAreAnsweredAlike, "For a day the same key with the same body, byte for byte, gets the answer of the first call, and changes nothing again."],
  [otherBodiesAreRefused, "With another body it gets 422, and 409 while the first call has no answer."],
  [nothingAnsweredIsUnderWay, "With another body it gets 422, and 409 while the first call has no answer."],
  [linksWorkOnce, "A link works once."],
  [onlyMailedLinksWork, "256 random bits under a 128-bit tag; forged ones end at the edge; the database knows only hashes"],
  [linksExpire, "It lives an hour at most, and ends with a newer mail, with any change of the password, and when the owner says"],
  [linksLiveNoLonger, "Lifetime of a reset link in seconds, 60 to 3600."],
  [cancelledLinksEnd, "and when the owner says \"this was not me\"."],
  [replacedLinksEnd, "Taken by the relay: `sent`; the account's tokens of other deliveries are deleted now, not before."],
  [nothingEarlierChangesThePassword, "sessions, links and half-finished log-ins end in the same transaction, or fail because the hash is no longer the one they verified"],
  [liveLinksWork, "no failure of a later attempt, a refusal for good included, ends the token any more: only its use, a cancellation, its expiry, a newer mail that was taken, or a change of the account (another password or address, a lock, its deletion)."],
  [linksCanBeCancelled, "204 for every authentic token that has not expired, used or not"],
  [endedTokensAreDeleted, "Taken by the relay: `sent`; the account's tokens of other deliveries are deleted now, not before."],
  [onlyTheCurrentPasswordWorks, "then opens the session only if the stored hash is still the one that was verified."],
  [theCurrentPasswordWorks, "in one transaction locks the account, deletes the token, sets the password"],
  [accountsAreKept, "e-mail and name unique by ASCII lower case under the C collation"],
  [earlierSessionsEnd, "every earlier session has ended"],
  [sessionsFallWithTheirPassword, "then opens the session only if the stored hash is still the one that was verified."],
  [loggedOutSessionsEnd, "The answer is 204 for every caller, logged in or not; but if the session could not be ended, it is 503"],
  [sessionsExpire, "Lifetime of a session in minutes, 1 to 720"],
  [liveSessionsAreKept, "every other session ends"],
  [mailsOfARequestAreOne, "Its mail is retried through outages of the relay, always with the same link."],
  [duplicatesHaveFaults, "One mail is in flight at a time"],
  [mailsGoToOwners, "mail goes to the stored address only"],
  [linksLeadToTheFrontend, "built from `FRONTEND_URL` or `RESET_PAGE_URL` alone; no header of a request reaches it"],
  [tokensEndWhenTheirRowsSay, "The new delivery gets a seed, a key id, `token_expires_at = now() + lifetime`"],
  [nothingSecretIsWritten, "the edge replaces it by its hash, nothing logs it"],
  [noAddressIsLogged, "never the address of a user or a client, a token or a password."],
  [changesAreReported, "An event is stored in the transaction of the change that it reports, so none is lost and none tells of a change that was not made."],
  [webhooksTellTheTruth, "An event is stored in the transaction of the change that it reports, so none is lost and none tells of a change that was not made."],
  [webhooksComeInOrder, "a later event waits until the earlier one is delivered or dead."],
  [webhooksAreSigned, "each webhook is signed with a secret of the receiver over id, time and body"],
  [webhooksArrive, "Anything else is tried again for a day, by the schedule of the mails."],
  [partsKeepRunning, "Answer the edge and send the mails, until SIGTERM."],
  [migrationsCanBeRepeated, "Bring the database's schema up to date"],
];

/** @type {Record<string, string>} the tested sentence, by the claim's name */
export const PROMISES = Object.fromEntries(CHECKS.map(([check, promise]) => [check.name, promise]));

/**
 * @param {Run} run
 * @returns {{violations: Violation[], counts: Record<string, number>}} counts show how much was judged: a run that judges nothing proves nothing
 */
export function check(run) {
  const story = new Story(run);
  const violations = CHECKS.flatMap(([one]) => one(story));
  story.count("mails", run.mails.length);
  story.count("faults", run.faults.length);
  for (const violation of violations) violation.history.sort((a, b) => timeOf(a) - timeOf(b));
  return { violations, counts: story.counts };
}

/** @param {Violation} violation @returns {string} readable lines */
export function describe(violation) {
  const head = `${violation.claim}: ${violation.what}`;
  return [head, `  promised: ${PROMISES[violation.claim] ?? ""}`, ...violation.history.map((item) => `  ${describeItem(item)}`)].join("\n");
}

/** @param {Record<string, any>} item @returns {number} rows come last */
function timeOf(item) {
  return item.began ?? item.at ?? Number.MAX_VALUE;
}

/** @param {Record<string, any>} item */
function describeItem(item) {
  if (item.kind === "call") return describeCall(/** @type {import("./history.mjs").Call} */ (item));
  if (item.kind === "mail") return `${seconds(item.at)}  mail ${item.subject} to ${item.to} ${item.reply}  token ${short(item.token)}  ${item.messageId}`;
  if (item.kind === "webhook") return `${seconds(item.at)}  webhook ${item.webhookId} ${item.type} of ${item.account} ${item.reply}${item.isVerified ? "" : ", not verified"}  request ${item.requestId}`;
  if (item.kind === "fault") return `${seconds(item.began)} to ${seconds(item.ended)}  fault ${item.name} at ${item.target} ${JSON.stringify(item.detail)}`;
  return `${item.kind ?? "row"} ${JSON.stringify(item, (_, value) => (value === null ? undefined : value))}`;
}

/** @param {import("./history.mjs").Call} call */
function describeCall(call) {
  const parts = Object.entries({ password: call.password, new: call.newPassword, token: short(call.token), session: short(call.session), key: call.key, request: call.requestId });
  const said = parts.filter(([, value]) => value).map(([name, value]) => `${name} ${value}`);
  const answer = call.status === 0 ? "no answer" : [call.status, call.problem, call.media].filter(Boolean).join(" ");
  return `${seconds(call.began)} to ${seconds(call.ended)}  call ${call.id} edge ${call.edge}: ${call.op} ${call.email}, ${answer}  ${said.join("  ")}`;
}

/** @param {number} at */
function seconds(at) {
  return `${(at / 1000).toFixed(3)} s`;
}

/** @param {string} token shown by its random part: the part before is the same for all tokens of a second */
function short(token) {
  return token ? `${token.slice(8, 20)}...` : "";
}
