// The record of a run, which the nemesis writes and the checker reads: every call with its answer, every mail, every fault, and the end.
// All times are milliseconds since the run's start, by one clock. A run is stored as JSON lines.

/**
 * @typedef {"register" | "log_in" | "me" | "log_out" | "change_password" | "forgot" | "reset" | "wrong_code" | "cancel"} Operation
 *
 * One call through an edge, with its request and its answer.
 * @typedef {object} Call
 * @property {"call"} kind
 * @property {number} id counts calls from 1
 * @property {Operation} op
 * @property {number} edge the index of the called edge
 * @property {number} began before the first byte was sent
 * @property {number} ended when the answer was complete, or was given up
 * @property {number} status 0 without a complete answer: the call may have been carried out, or not
 * @property {string} email the account's address: of the registration, log-in or request, or the one that the token was mailed to
 * @property {string} password register: the new one; log_in: the tried one; change_password: the current one; else ""
 * @property {string} newPassword reset, change_password; else ""
 * @property {string} token reset, cancel: of the link; me, log_out, change_password: the session's; else ""
 * @property {string} session log_in with 200: the session in the answer; else ""
 * @property {string} [recovery] forgot with 202: the recovery id in the answer; else ""
 * @property {string} [key] its Idempotency-Key; else ""
 * @property {string} [sent] with a key: a hash of the body, which tells bodies apart; else ""
 * @property {string} [heard] with a key: a hash of the answer's body; else ""
 * @property {Call[]} [repeats] only in the checker: the calls with one key and one body that this one stands for
 * @property {string} requestId X-Request-Id of the answer; else ""
 * @property {string} [problem] the last word of the problem's type (`bad-token` also for RESET_PASSWORD_BAD_TOKEN); "" if the answer was not a problem
 * @property {string} [media] type of the answer's body, in lower case and without parameters; "" without a body
 *
 * One mail whose data reached the relay completely.
 * @typedef {object} Mail
 * @property {"mail"} kind
 * @property {number} at when its data was complete
 * @property {string} to envelope recipient
 * @property {"reset" | "changed"} subject which of the two mails it is
 * @property {string} token reset: the link's token; else ""
 * @property {string} link reset: the whole link; else ""
 * @property {string} [code] reset: the digits of its code; else ""
 * @property {string} messageId
 * @property {"taken" | "later" | "refused" | "unsaid"} reply to the data: 2xx, 4xx, 5xx, or none (cut or hung)
 *
 * One call of the webhooks' receiver whose body arrived completely.
 * @typedef {object} WebhookCall
 * @property {"webhook"} kind
 * @property {number} at when its body was complete
 * @property {string} webhookId
 * @property {string} type
 * @property {string} account the account's id
 * @property {string} email the account's address; "" if it is gone
 * @property {string} requestId of the call that it reports
 * @property {boolean} isVerified whether standardwebhooks accepts its signature and its time
 * @property {"taken" | "refused" | "unsaid"} reply 2xx, another status, or none
 *
 * @typedef {object} Fault
 * @property {"fault"} kind
 * @property {number} began
 * @property {number} ended when everything was mended
 * @property {string} name as in the schedule
 * @property {string} target "origin 1", "edge 2", "database", "relay" ...
 * @property {Record<string, string | number>} detail
 *   step_clock, leap_clock: the `seconds` by which the target's clock was ahead of the machine's (negative: behind) from `began` to
 *   `ended`; drain_clock: the same, after the last call. migrate: `exit_code`, and the program's output as `said` if that is not 0.
 *   `left_out`: why it was not done; `trouble`: why it could not be mended
 *
 * The state after every part had answered again and nothing was left to do, or after the wait for that was given up.
 * @typedef {object} End
 * @property {"end"} kind
 * @property {number} at
 * @property {Record<string, any>[]} requests rows of reset_requests, each with fields of its delivery (drain.mjs)
 * @property {Record<string, any>[]} deliveries rows of deliveries, of kind reset
 * @property {Record<string, any>[]} attempts rows of delivery_attempts, in order
 * @property {Record<string, any>[]} tokens rows of reset_tokens
 * @property {Record<string, any>[]} notices rows of deliveries, of kind password_changed
 * @property {Record<string, any>[]} users id, email, is_active
 * @property {Record<string, any>[]} [webhooks] rows of webhook_messages, in order for each account; missing in old histories
 * @property {number} lifetimeSeconds of a link
 * @property {number} largestClockStepSeconds of any clock while clients called, ahead or behind; 0 if none was moved
 * @property {string} [mailLimit] MAIL_LIMIT_PER_ACCOUNT of the origins
 * @property {string} [edgeLimit] each LIMIT_ of the edges
 * @property {Record<string, number[]>} [endedUnasked] the times at which each part ended without being told to
 *
 * A text that a part wrote: each log, and a dump of the database.
 * @typedef {object} Writing
 * @property {string} name
 * @property {string} text
 *
 * @typedef {object} Run
 * @property {string} seed
 * @property {number} startedAt Unix milliseconds at the run's start: tokens hold their expiry in Unix seconds
 * @property {string} frontendUrl FRONTEND_URL, with which every link begins
 * @property {Call[]} calls
 * @property {Mail[]} mails
 * @property {WebhookCall[]} webhooks
 * @property {Fault[]} faults
 * @property {End} end
 * @property {Writing[]} writings
 * @property {string[]} secrets the settings' secret values, each as in the setting, without its key id
 *
 * @typedef {object} Violation
 * @property {string} claim the broken promise, by the name of its check
 * @property {string} what one sentence
 * @property {(Call | Mail | WebhookCall | Fault | Record<string, any>)[]} history the items that show it, in order of time
 */

export {};
