// The answers to calls with an Idempotency-Key: the same for the same body, a refusal for another, and no word of a call that is under way
// when there is none.
import { groupBy } from "./check_story.mjs";
import { isAnswered, repeatsIn } from "./check_keyed_calls.mjs";
import { overlaps } from "./check_faults.mjs";

/**
 * @typedef {import("./check_story.mjs").Story} Story
 * @typedef {import("./history.mjs").Call} Call
 * @typedef {import("./history.mjs").Violation} Violation
 */

/** Refusals by the edge, for which no origin is asked. */
const BY_THE_EDGE = new Set(["invalid-fields", "password-refused"]);

/** @param {Story} story @returns {Violation[]} */
export function repeatsAreAnsweredAlike(story) {
  return [...repeatsIn(story.run.calls).values()].flatMap((repeats) => {
    const judged = repeats.filter((call) => isAnswered(call) && !mayHaveExpired(story, call));
    if (judged.length < 2 || mayBeForgotten(story, repeats)) return [];
    story.count("calls whose answer had to be repeated", judged.length - 1);
    if (new Set(judged.map(answerOf)).size === 1) return [];
    return [{ claim: repeatsAreAnsweredAlike.name, what: "one call has got different answers under its key", history: repeats }];
  });
}

/** @param {Story} story @returns {Violation[]} */
export function otherBodiesAreRefused(story) {
  const claim = otherBodiesAreRefused.name;
  return [...groupBy(story.run.calls.filter(({ key }) => key), ({ key = "" }) => key).values()].flatMap((calls) => {
    const refused = calls.filter(({ problem }) => problem === "other-body");
    story.count("calls that were refused for another body", refused.length);
    const lonely = refused.find((call) => !calls.some((other) => other.sent !== call.sent && other.began <= call.ended));
    if (lonely) return [{ claim, what: "a body was refused though its key had no other", history: calls }];
    const judged = calls.filter((call) => isAnswered(call) && !BY_THE_EDGE.has(call.problem ?? "") && !mayHaveExpired(story, call));
    if (new Set(judged.map(({ sent }) => sent)).size < 2 || mayBeForgotten(story, calls)) return [];
    return [{ claim, what: "two bodies were answered under one key", history: calls }];
  });
}

/** @param {Story} story @returns {Violation[]} */
export function nothingAnsweredIsUnderWay(story) {
  return [...repeatsIn(story.run.calls).values()].flatMap((repeats) => {
    if (mayBeForgotten(story, repeats)) return [];
    return repeats.filter(({ problem }) => problem === "call-under-way").flatMap((call) => {
      const others = repeats.filter((other) => other !== call && other.began <= call.ended);
      const answered = others.find((other) => isAnswered(other) && other.ended < call.began);
      story.count("calls that had to wait for another of their key");
      if (!answered && others.some((other) => isOpen(other) || other.ended >= call.began)) return [];
      return [{ claim: nothingAnsweredIsUnderWay.name, what: "a call was put off though no other was under way", history: answered ? [answered, call] : [call] }];
    });
  });
}

/** @param {Call} call */
function isOpen({ status }) {
  return status === 0 || status >= 500;
}

/** @param {Call} call */
function answerOf({ status, problem = "", heard = "" }) {
  return `${status} ${problem} ${heard}`;
}

/** Keys are hashed by the key that signs tokens. @param {Story} story @param {Call[]} calls */
function mayBeForgotten(story, calls) {
  const [from, until] = [Math.min(...calls.map(({ began }) => began)), Math.max(...calls.map(({ ended }) => ended))];
  return story.faults.some((fault) => fault.name === "rotate_token_keys" && overlaps(fault, from, until));
}

/** The edge refuses a link, a code or a session after its end, whatever the key. @param {Story} story @param {Call} call */
function mayHaveExpired(story, { token, began, ended }) {
  const expiry = story.links.get(token)?.expiry ?? story.sessions.get(token)?.expiry ?? Infinity;
  return !(story.unix(ended) + story.clockError(began, ended) < expiry);
}
