// The webhooks: whether each change was reported, each report is of a change, and each account's came in order.
import { groupBy, lowerCase, refused, succeeded } from "./check_story.mjs";

/**
 * @typedef {import("./check_story.mjs").Story} Story
 * @typedef {import("./history.mjs").Call} Call
 * @typedef {import("./history.mjs").WebhookCall} WebhookCall
 * @typedef {import("./history.mjs").Violation} Violation
 */

/** @type {Record<string, Call["op"]>} the call that each event reports */
const CALLS = { "account.registered": "register", "password.changed": "change_password", "password_reset.completed": "reset", "password_reset.requested": "forgot" };
// A receiver refuses what is five minutes old.
const TOLERANCE_SECONDS = 240;

/** @param {Story} story @returns {Violation[]} */
export function changesAreReported(story) {
  if (!story.run.end.webhooks) return []; // an old history
  const delivered = new Set(story.run.webhooks.filter(isAccepted).map((webhook) => `${webhook.type} ${webhook.requestId}`));
  const missing = (/** @type {string} */ type, /** @type {string[]} */ ids, /** @type {Record<string, any>} */ item) => {
    story.count("changes that had to be reported");
    return ids.some((id) => delivered.has(`${type} ${id}`)) ? [] : [{ claim: changesAreReported.name, what: `no webhook ${type} came`, history: [item] }];
  };
  const ofCalls = ["account.registered", "password.changed", "password_reset.completed"].flatMap((type) =>
    story.calls(CALLS[type]).filter((call) => succeeded(call) && idsOf(call).every(Boolean)).flatMap((call) => missing(type, idsOf(call), call)));
  const mailed = story.run.end.requests.filter((row) => row.state === "sent");
  return [...ofCalls, ...mailed.flatMap((row) => missing("password_reset.requested", [row.request_id], row))];
}

/** @param {Call} call @returns {string[]} the request ids of its repetitions, of which one made the change; "" for one that is unknown */
function idsOf(call) {
  return (call.repeats ?? [call]).map(({ requestId }) => requestId);
}

/** @param {Story} story @returns {Violation[]} */
export function webhooksTellTheTruth(story) {
  const byId = groupBy(story.run.calls.filter((call) => call.requestId), (call) => call.requestId);
  return story.run.webhooks.filter((webhook) => webhook.type in CALLS && webhook.isVerified).flatMap((webhook) => {
    const named = byId.get(webhook.requestId) ?? [];
    const fits = (named.length > 0 ? named : story.run.calls).some((call) => mayHaveCaused(call, webhook)); // each by itself, repetitions too
    return fits ? [] : [{ claim: webhooksTellTheTruth.name, what: "a webhook reports what no call can have done", history: [webhook, ...named] }];
  });
}

/** @param {Call} call @param {WebhookCall} webhook */
function mayHaveCaused(call, { type, email, requestId, at }) {
  const isTheOne = call.requestId === requestId || (call.requestId === "" && !succeeded(call));
  return call.op === CALLS[type] && isTheOne && !refused(call) && call.began <= at && (!email || lowerCase(call.email) === lowerCase(email));
}

/** @param {Story} story @returns {Violation[]} */
export function webhooksComeInOrder(story) {
  const calls = groupBy(story.run.webhooks, (webhook) => webhook.webhookId);
  const rows = groupBy(story.run.end.webhooks ?? [], (row) => row.account);
  return [...rows.values()].flatMap((ofAccount) => ofAccount.slice(1).flatMap((row, index) => {
    const [before, after] = [calls.get(ofAccount[index].message_id) ?? [], calls.get(row.message_id) ?? []];
    if (after.length === 0) return [];
    story.count("webhooks that had to wait for an earlier one");
    const heard = Math.min(...before.filter(({ reply }) => reply === "taken").map(({ at }) => at));
    return heard <= after[0].at ? [] : [{ claim: webhooksComeInOrder.name, what: "a webhook came before an earlier one was accepted", history: [...before, ...after] }];
  }));
}

/** @param {Story} story @returns {Violation[]} */
export function webhooksAreSigned(story) {
  const leaps = story.faults.some(({ name, detail }) => name === "leap_clock" && Math.abs(Number(detail.seconds)) > TOLERANCE_SECONDS);
  return story.run.webhooks
    .filter(({ isVerified }) => !isVerified && !leaps)
    .map((webhook) => ({ claim: webhooksAreSigned.name, what: "a webhook could not be verified", history: [webhook] }));
}

/** @param {Story} story @returns {Violation[]} */
export function webhooksArrive(story) {
  const accepted = new Set(story.run.webhooks.filter(isAccepted).map(({ webhookId }) => webhookId));
  const rows = story.run.end.webhooks ?? [];
  story.count("webhooks", rows.length);
  return rows
    .filter((row) => row.state !== "delivered" || !accepted.has(row.message_id))
    .map((row) => ({ claim: webhooksArrive.name, what: `a webhook that is ${row.state} ${accepted.has(row.message_id) ? "was" : "was never"} accepted`, history: [row] }));
}

/** @param {WebhookCall} webhook */
function isAccepted({ isVerified, reply }) {
  return isVerified && reply !== "refused";
}
