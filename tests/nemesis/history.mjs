// The record of a run, written by the nemesis and read by the checker: every call with its answer, every mail, every fault, and the end.
// One clock for all: milliseconds since the run's start, on the machine that runs it. A run is kept as JSON lines.

/**
 * @typedef {"register" | "log_in" | "me" | "log_out" | "change_password" | "forgot" | "reset" | "cancel"} Operation
 *
 * One call through an edge, with all that was sent and all that was heard.
 * @typedef {object} Call
 * @property {"call"} kind
 * @property {number} id counts calls from 1
 * @property {Operation} op
 * @property {number} edge which one was asked
 * @property {number} began before the first byte was sent
 * @property {number} ended when the whole answer had come, or when it was given up
 * @property {number} status 0 where no whole answer came: the call may have been carried out, or not
 * @property {string} email the account's address: registered, logged in as, asked for, or the one that the token was mailed to
 * @property {string} password register: the one set; log_in: the one tried; change_password: the current one; else ""
 * @property {string} newPassword reset, change_password; else ""
 * @property {string} token reset, cancel: of the link; me, log_out, change_password: the session's; else ""
 * @property {string} session log_in with 200: the session that the answer handed out; else ""
 * @property {string} requestId X-Request-Id of the answer; else ""
 * @property {string} [problem] the last word of the problem's type (`bad-token` also for RESET_PASSWORD_BAD_TOKEN); "" where the answer was none
 * @property {string} [media] type of the answer's body, in lower case and without parameters; "" where there is none
 *
 * One mail that reached the relay as far as the end of its data.
 * @typedef {object} Mail
 * @property {"mail"} kind
 * @property {number} at when its data was whole
 * @property {string} to envelope recipient
 * @property {"reset" | "changed"} subject which of the two mails it is
 * @property {string} token reset: the link's token; else ""
 * @property {string} link reset: all of the link; else ""
 * @property {string} messageId
 * @property {"taken" | "later" | "refused" | "unsaid"} reply what was replied to the data: 2xx, 4xx, 5xx, or nothing (cut or hung)
 *
 * @typedef {object} Fault
 * @property {"fault"} kind
 * @property {number} began
 * @property {number} ended when what was broken had been mended
 * @property {string} name as in the schedule
 * @property {string} target "origin 1", "edge 2", "database", "relay" ...
 * @property {Record<string, string | number>} detail
 *   step_clock, leap_clock: `seconds` that the target's clock was ahead of the machine's, or behind, from `began` to `ended`;
 *   drain_clock: the same, after the last call. migrate: `exit_code`, and what the program `said` where that is not 0.
 *   `left_out`: why it was not done; `trouble`: why it could not be mended
 *
 * The state when every part had answered again and nothing was left to do, or the wait for that was given up.
 * @typedef {object} End
 * @property {"end"} kind
 * @property {number} at
 * @property {Record<string, any>[]} requests rows of reset_requests, each with what its delivery says (drain.mjs)
 * @property {Record<string, any>[]} deliveries rows of deliveries, of kind reset
 * @property {Record<string, any>[]} attempts rows of delivery_attempts, in their order
 * @property {Record<string, any>[]} tokens rows of reset_tokens
 * @property {Record<string, any>[]} notices rows of deliveries, of kind password_changed
 * @property {Record<string, any>[]} users id, email, is_active
 * @property {number} lifetimeSeconds of a link
 * @property {number} largestClockStepSeconds of any clock while clients called, either way; 0 where none was moved
 * @property {string} [mailLimit] MAIL_LIMIT_PER_ACCOUNT of the origins
 * @property {string} [edgeLimit] each LIMIT_ of the edges
 * @property {Record<string, number[]>} [endedUnasked] when each part ended though nobody had asked it to
 *
 * A text that a part wrote: each log, and a dump of the database.
 * @typedef {object} Writing
 * @property {string} name
 * @property {string} text
 *
 * @typedef {object} Run
 * @property {string} seed
 * @property {number} startedAt Unix milliseconds when the run's clock stood at 0: tokens carry their end in Unix seconds
 * @property {string} frontendUrl FRONTEND_URL: what every link begins with
 * @property {Call[]} calls
 * @property {Mail[]} mails
 * @property {Fault[]} faults
 * @property {End} end
 * @property {Writing[]} writings
 * @property {string[]} secrets the settings' secret values, each as it stands in the setting without its key id
 *
 * @typedef {object} Violation
 * @property {string} claim the promise that is broken, by the name of its check
 * @property {string} what one sentence
 * @property {(Call | Mail | Fault | Record<string, any>)[]} history what shows it, in order of time
 */

export {};
