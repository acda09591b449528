// Whether requests, deliveries and attempts are consistent, and whether rehearsals reach nobody.
import { groupBy, hasEnded } from "./check_story.mjs";

/**
 * @typedef {import("./check_story.mjs").Story} Story
 * @typedef {import("./check_story.mjs").Row} Row
 * @typedef {import("./history.mjs").Violation} Violation
 */

/** The possible states of a request without a delivery. */
const NEEDS_NONE = new Set(["queued", "no_account", "suppressed", "superseded"]);

/** A request has at most one delivery, and both are in the same state. @param {Story} story @returns {Violation[]} */
export function requestsHaveTheirDeliveries(story) {
  const claim = requestsHaveTheirDeliveries.name;
  const { requests, deliveries } = story.run.end;
  const byRequest = groupBy(deliveries, (delivery) => String(delivery.reset_request));
  const known = new Set(requests.map((row) => String(row.id)));
  story.count("deliveries", deliveries.length);
  return [
    ...deliveries.filter((delivery) => !known.has(String(delivery.reset_request))).map((delivery) => ({
      claim, what: "a delivery has no request", history: [delivery],
    })),
    ...requests.flatMap((row) => {
      const own = byRequest.get(String(row.id)) ?? [];
      const what = discordOf(row, own);
      return what ? [{ claim, what, history: [row, ...own] }] : [];
    }),
  ];
}

/** @param {Row} request @param {Row[]} deliveries of it @returns {string} "" if they agree */
function discordOf(request, deliveries) {
  const [delivery, ...more] = deliveries;
  if (more.length > 0) return `a request has ${deliveries.length} deliveries`;
  if (!delivery) return NEEDS_NONE.has(request.state) ? "" : `a request is ${request.state} without a delivery`;
  const expected = hasEnded(delivery) ? delivery.state : "sending";
  return request.state === expected ? "" : `a request is ${request.state}, and its delivery ${delivery.state}`;
}

/** A rehearsal sends no mail, and leaves no token. @param {Story} story @returns {Violation[]} */
export function rehearsalsReachNobody(story) {
  const rehearsals = story.run.end.deliveries.filter((delivery) => delivery.user_id === null);
  const tokens = new Set(story.run.end.tokens.map((token) => String(token.delivery)));
  story.count("rehearsals", rehearsals.length);
  return rehearsals.flatMap((delivery) => {
    const mails = [...story.links.values()].filter((link) => link.row?.delivery === delivery.id).flatMap((link) => link.mails);
    const attempts = story.attemptsOf(delivery);
    const what = faultOfRehearsal(delivery, attempts, mails.length > 0, tokens.has(String(delivery.id)));
    return what ? [{ claim: rehearsalsReachNobody.name, what, history: [delivery, ...attempts, ...mails] }] : [];
  });
}

/** @param {Row} delivery @param {Row[]} attempts @param {boolean} isMailed @param {boolean} hasToken */
function faultOfRehearsal(delivery, attempts, isMailed, hasToken) {
  if (isMailed) return "a rehearsal was mailed";
  if (hasToken) return "a rehearsal has a token";
  if (hasEnded(delivery) && delivery.state !== "no_account") return `a rehearsal is ${delivery.state}`;
  const other = attempts.find(({ outcome }) => !["rehearsed", "lost"].includes(outcome));
  return other ? `a rehearsal has an attempt that was ${other.outcome}` : "";
}

/**
 * A sent delivery was taken in its last attempt and in no other; any other delivery in none. No attempt is numbered beyond the claims.
 * @param {Story} story @returns {Violation[]}
 */
export function attemptsTellTheEnd(story) {
  const { deliveries, notices } = story.run.end;
  return [...deliveries, ...notices].flatMap((delivery) => {
    const attempts = story.attemptsOf(delivery);
    story.count("attempts", attempts.length);
    const what = untruthOfAttempts(delivery, attempts);
    return what ? [{ claim: attemptsTellTheEnd.name, what, history: [delivery, ...attempts] }] : [];
  });
}

/** @param {Row} delivery @param {Row[]} attempts in order */
function untruthOfAttempts(delivery, attempts) {
  const taken = attempts.filter(({ outcome }) => outcome === "taken").length;
  if (attempts.some(({ attempt }) => Number(attempt) > Number(delivery.attempt))) return "an attempt has no claim";
  if (delivery.state !== "sent") return taken > 0 ? `a delivery is ${delivery.state}, and an attempt was taken` : "";
  return taken === 1 && attempts.at(-1)?.outcome === "taken" ? "" : `a delivery is sent, and ${taken} of its attempts were taken, the last ${attempts.at(-1)?.outcome}`;
}
