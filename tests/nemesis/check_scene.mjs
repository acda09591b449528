// A small history for the checker's tests, written call by call: one account, its links and sessions, and the faults that a test adds.
// Deliveries, attempts and webhooks are added at the end, to match requests, calls and mails.
import { LIFETIME, STARTED_AT, emptyRun, inventCall, inventMail, inventToken, timestamp, withAnswer } from "./check_invented_run.mjs";
import { groupBy, hasEnded, lowerCase } from "./check_story.mjs";
import { tokenHash } from "../system/token.mjs";

/**
 * @typedef {import("./history.mjs").Call} Call
 * @typedef {import("./history.mjs").Mail} Mail
 */

export const ADA = "ada@example.com";
export const FIRST = "the first of all passwords";

/** A run in order: each step begins a second after the previous one and takes a tenth of a second, unless it says otherwise. */
export class Scene {
  run = emptyRun();
  at = 0;

  constructor() {
    this.run.end.users.push({ id: ADA, email: ADA, is_active: true });
    this.call({ op: "register", status: 201, password: FIRST });
  }

  /** @param {Partial<Call>} given @returns {Call} */
  call(given) {
    const began = given.began ?? (this.at += 1000);
    const call = withAnswer(inventCall({ id: this.run.calls.length + 1, email: ADA, began, ended: began + 100, ...given }));
    this.run.calls.push(call);
    const isRepeat = this.run.calls.some((other) => other !== call && isSameUnderKey(other, call) && other.status === 200);
    if (call.status === 200 && ["reset", "change_password"].includes(call.op) && !isRepeat) this.notice(call.ended);
    return call;
  }

  /** The notice of a changed password, and its row. @param {number} [at] @param {{row?: Record<string, any>, mail?: Partial<Mail>}} [given] */
  notice(at = this.at, { row = {}, mail = {} } = {}) {
    this.run.end.notices.push({ user_id: ADA, state: "sent", happened_at: timestamp(at), ended_at: timestamp(at + 100), ...row });
    this.mail({ at: at + 50, subject: "changed", messageId: `<notice ${this.run.end.notices.length}@example.com>`, ...mail });
  }

  /** @param {string} password @param {Partial<Call>} [given] @returns {string} the session */
  logIn(password, given = {}) {
    const session = (given.status ?? 200) === 200 ? inventToken((given.began ?? this.at) + 1_800_000) : "";
    return this.call({ op: "log_in", password, session, ...given }).session;
  }

  /** @param {Partial<Call>} given */
  me(given) {
    return this.call({ op: "me", ...given });
  }

  /** @param {string} token @param {string} newPassword @param {Partial<Call>} [given] */
  reset(token, newPassword, given = {}) {
    return this.call({ op: "reset", token, newPassword, ...given });
  }

  /** A link that is asked for, mailed 50 ms after the answer, and settled 100 ms after that. @param {{mail?: Partial<Mail>, row?: Record<string, any>, email?: string}} [given] @returns {string} the token */
  link({ mail = {}, row = {}, email = ADA } = {}) {
    const asked = this.forgot(email);
    const at = mail.at ?? asked.call.ended + 50;
    const token = inventToken(at + LIFETIME * 1000);
    this.mail({ token, to: email, ...mail, at });
    Object.assign(asked.row, { state: "sent", sent_at: timestamp(at + 100), ended_at: timestamp(at + 100), attempts: 1, token_hash: `\\x${tokenHash(token)}`,
                               token_expires_at: timestamp(at + LIFETIME * 1000) }, row);
    return token;
  }

  /** @param {string} [email] @param {Partial<Call>} [given] */
  forgot(email = ADA, given = {}) {
    const id = this.run.end.requests.length + 1;
    const call = this.call({ op: "forgot", email, status: 202, requestId: `request ${id}`, ...given });
    /** @type {Record<string, any>} */
    const row = { id, request_id: `request ${id}`, email: lowerCase(email), state: "queued", requested_at: timestamp(call.began), attempts: 0, token_hash: null, seed: null,
                  sent_at: null, ended_at: null };
    this.run.end.requests.push(row);
    return { call, row };
  }

  /** @param {Partial<Mail>} mail */
  mail(mail) {
    const whole = inventMail({ to: ADA, at: this.at + 500, ...mail });
    this.run.mails.push(whole);
    return whole;
  }

  /** @param {string} name @param {number} began @param {number} ended @param {Partial<import("./history.mjs").Fault>} [more] */
  fault(name, began, ended, more = {}) {
    this.run.faults.push({ kind: "fault", name, began, ended, target: "origin 0", detail: {}, ...more });
  }

  /** @param {string} token */
  keepToken(token, row = {}) {
    this.run.end.tokens.push({ token_hash: `\\x${tokenHash(token)}`, user_id: ADA, created_at: timestamp(0), expires_at: timestamp(LIFETIME * 1000), ...row });
  }
}

/** @param {Call} one @param {Call} other */
function isSameUnderKey(one, other) {
  return one.key !== undefined && one.key !== "" && one.key === other.key && one.sent === other.sent;
}

/** An attempt's outcome, by the relay's reply. */
const OUTCOMES = { taken: "taken", later: "try_later", refused: "refused", unsaid: "unknown" };

/**
 * Adds the deliveries and attempts that match a run's requests, notices and mails, unless a test has given others.
 * @template {import("./history.mjs").Run} R
 * @param {R} run
 * @returns {R} the same
 */
export function completed(run) {
  const mailsByHash = groupBy(run.mails.filter((mail) => mail.token), (mail) => `\\x${tokenHash(mail.token)}`);
  for (const row of run.end.requests.filter((each) => each.delivery === undefined)) {
    row.delivery = row.token_hash || ["sending", "sent", "rejected", "expired_undelivered"].includes(row.state) ? row.id : null;
    if (row.delivery !== null) deliver(run, row, mailsByHash.get(row.token_hash) ?? []);
  }
  run.end.notices.filter((notice) => notice.id === undefined).forEach((notice, index) => {
    Object.assign(notice, { id: `notice ${index}`, attempt: 1 });
    if (notice.state === "sent") run.end.attempts.push({ delivery: notice.id, attempt: 1, outcome: "taken" });
  });
  if (!run.end.webhooks) reportAll(run);
  return run;
}

/** Adds the webhooks of a run's calls and mailed requests, each delivered at once. @param {import("./history.mjs").Run} run */
function reportAll(run) {
  const made = run.calls.flatMap((call, index) => {
    const type = EVENTS[call.op];
    const isRepeat = run.calls.slice(0, index).some((other) => isSameUnderKey(other, call) && other.status === call.status);
    return type && !isRepeat && call.status >= 200 && call.status < 300 ? [inventWebhook(type, { at: call.ended + 20, email: call.email, requestId: (call.requestId ||= `call ${call.id}`) })] : [];
  });
  const asked = run.end.requests.filter((row) => row.delivery !== null || row.state === "sent").map((row) =>
    inventWebhook("password_reset.requested", { at: Date.parse(row.requested_at) - STARTED_AT + 10, email: row.email, requestId: row.request_id }));
  run.webhooks.push(...[...made, ...asked].sort((a, b) => a.at - b.at));
  run.end.webhooks = run.webhooks.map(({ webhookId, account, type }, index) => ({ id: index + 1, message_id: webhookId, account, type, state: "delivered", attempt: 1 }));
}

/** @type {Record<string, string>} */
const EVENTS = { register: "account.registered", change_password: "password.changed", reset: "password_reset.completed" };

/** @param {string} type @param {Partial<import("./history.mjs").WebhookCall>} given @returns {import("./history.mjs").WebhookCall} */
export function inventWebhook(type, given) {
  const email = lowerCase(given.email ?? ADA);
  return { kind: "webhook", at: 0, webhookId: `${type} ${given.requestId}`, type, account: email, email, requestId: "", isVerified: true, reply: "taken", ...given };
}

/** @param {import("./history.mjs").Run} run @param {Record<string, any>} request @param {Mail[]} mails of it */
function deliver(run, request, mails) {
  const outcomes = mails.map((mail) => OUTCOMES[mail.reply]).sort((a, b) => Number(a === "taken") - Number(b === "taken"));
  // Of several mails that the relay took, only the last reply was heard.
  const heard = outcomes.map((outcome, index) => (outcome === "taken" && (index < outcomes.length - 1 || request.state !== "sent") ? "lost" : outcome));
  if (request.state === "sent" && heard.at(-1) !== "taken") heard.push("taken"); // another check reports that the relay took none
  const state = hasEnded(request) ? request.state : "queued";
  run.end.deliveries.push({ id: request.delivery, kind: "reset", user_id: request.email, reset_request: request.id, state, attempt: heard.length,
                            ended_at: request.ended_at, token_hash: request.token_hash });
  heard.forEach((outcome, index) => run.end.attempts.push({ delivery: request.delivery, attempt: index + 1, outcome }));
}
