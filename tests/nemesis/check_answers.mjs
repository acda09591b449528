// Whether README.md lists each answer for its call, by status, problem and type of the body. All calls are well-formed, and their
// clients wait for the answers.
import { limitMayBeReached } from "./check_faults.mjs";

/**
 * @typedef {import("./check_story.mjs").Story} Story
 * @typedef {import("./history.mjs").Call} Call
 * @typedef {import("./history.mjs").Violation} Violation
 * @typedef {import("./history.mjs").Operation} Operation
 * @typedef {Record<number, readonly string[]>} Answers problems by status; an empty list for a success
 */

const JSON_TYPE = "application/json";
const PROBLEM_TYPE = "application/problem+json";

const DONE = /** @type {readonly string[]} */ ([]);
const REFUSED_FIELDS = ["invalid-fields", "password-refused"];

/** @type {Record<Operation, Answers>} README.md, "Calls" and "Errors". The dialect of fastapi-users refuses passwords by 400. */
export const ANSWERS = {
  register: { 201: DONE, 409: ["taken"], 422: REFUSED_FIELDS },
  log_in: { 200: DONE, 401: ["bad-credentials"] },
  me: { 200: DONE, 401: ["no-session"] },
  log_out: { 204: DONE },
  change_password: { 200: DONE, 400: ["wrong-password"], 401: ["no-session"], 422: REFUSED_FIELDS },
  forgot: { 202: DONE },
  reset: { 200: DONE, 400: ["bad-token", "password-refused"], 422: REFUSED_FIELDS },
  wrong_code: { 400: ["bad-token"] },
  cancel: { 204: DONE, 400: ["bad-token"] },
};

/** @type {Answers} README.md, "Errors": possible answers to any call */
export const ANYWHERE = { 400: ["broken-request"], 408: ["body-timeout"], 429: ["rate-limited"], 503: ["unavailable"] };

/** @type {Answers} README.md, "Errors": further answers to calls with an Idempotency-Key */
export const UNDER_A_KEY = { 409: ["call-under-way"], 422: ["other-body"] };

/** @type {readonly Operation[]} operations with a second dialect, whose refusals are plain JSON */
const OF_TWO_DIALECTS = ["forgot", "reset"];

/** @param {Story} story @returns {Violation[]} */
export function answersAreDocumented(story) {
  return story.run.calls.flatMap((call) => {
    story.count(`${call.op} ${call.status === 0 ? "without an answer" : call.status}`);
    const what = call.status === 0 ? "" : problemOf(call) || mediaOf(story, call) || limitOf(story, call);
    return what ? [{ claim: answersAreDocumented.name, what: `${call.op} was answered with ${call.status}${what}`, history: [call] }] : [];
  });
}

/** @param {Call} call @returns {string} "" if status and problem fit */
function problemOf({ op, status, problem = "", key = "" }) {
  const known = [ANSWERS[op], ANYWHERE, key ? UNDER_A_KEY : {}].flatMap((answers) => answers[status] ?? []);
  if (ANSWERS[op][status] === DONE) return problem === "" ? "" : ` and the problem ${problem}`;
  if (known.length === 0) return ", which it never is";
  return known.includes(problem) || isForeignShape(op, status, problem) ? "" : ` and ${problem ? `the problem ${problem}` : "no problem"}`;
}

/** @param {Operation} op @param {number} status @param {string} problem @returns {boolean} whether only the dialect of fastapi-users answers so */
function isForeignShape(op, status, problem) {
  return OF_TWO_DIALECTS.includes(op) && ((status === 422 && problem === "") || (status === 400 && problem === "password-refused"));
}

/** @param {Story} story @param {Call} call @returns {string} "" if the type of the body fits the status */
function mediaOf(story, call) {
  if (call.media === undefined) return "";
  story.count("types of answers");
  return mediasOf(call).includes(call.media) ? "" : ` and ${call.media ? `a body of the type ${call.media}` : "no type of a body"}`;
}

/** @param {Call} call @returns {readonly string[]} */
function mediasOf({ op, status, problem = "" }) {
  if (status === 204) return [""];
  if (status < 400 || isForeignShape(op, status, problem)) return [JSON_TYPE];
  return op === "reset" && problem === "bad-token" ? [JSON_TYPE, PROBLEM_TYPE] : [PROBLEM_TYPE];
}

/** The run's limits are out of reach, so no call may get 429, unless a clock was moved. @param {Story} story @param {Call} call */
function limitOf(story, { status, edge, began, ended }) {
  return status !== 429 || limitMayBeReached(story, edge, began, ended) ? "" : ", though no limit was reached";
}
