// Whether each answer is one that README.md knows for that call, sent in the right shape by a client that waits for its answer.

/**
 * @typedef {import("./check_story.mjs").Story} Story
 * @typedef {import("./history.mjs").Violation} Violation
 * @typedef {import("./history.mjs").Operation} Operation
 */

/** @type {Record<Operation, number[]>} README.md, "Calls" */
const ANSWERS = {
  register: [201, 409, 422],
  log_in: [200, 204, 401],
  me: [200, 401],
  log_out: [204],
  change_password: [200, 400, 401, 422],
  forgot: [202],
  reset: [200, 400, 422],
  cancel: [204, 400],
};

// README.md, "Errors": what any call may meet. 0 is no answer.
const ANYWHERE = [0, 408, 429, 503];

/** @param {Story} story @returns {Violation[]} */
export function answersAreDocumented(story) {
  return story.run.calls.flatMap((call) => {
    story.count(`${call.op} ${call.status === 0 ? "without an answer" : call.status}`);
    if (ANSWERS[call.op].includes(call.status) || ANYWHERE.includes(call.status) || call.problem === "broken-request") return [];
    return [{ claim: answersAreDocumented.name, what: `${call.op} was answered with ${call.status}`, history: [call] }];
  });
}
