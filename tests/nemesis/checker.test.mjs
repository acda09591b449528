// The checker on invented histories: for each promise one that breaks it, and near misses that may not be reported. A false violation
// would be worse than a missed one, so most tests are near misses.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { suite, test } from "node:test";

import { LIFETIME, STARTED_AT, emptyRun, inventCall, inventRun, inventToken, timestamp } from "./check_invented_run.mjs";
import { ADA, FIRST, Scene, completed, inventWebhook } from "./check_scene.mjs";
import { ANSWERS, ANYWHERE, UNDER_A_KEY } from "./check_answers.mjs";
import { PROMISES, check, describe } from "./checker.mjs";
import { tokenHash } from "../system/token.mjs";

/**
 * @typedef {import("./history.mjs").Run} Run
 */

const SECOND = "the second of all passwords";
const THIRD = "the third of all passwords";

/** @type {Set<string>} claims that some test has seen broken */
const seen = new Set();

/** @param {Run} run @returns {string[]} */
function claimsOf(run) {
  return [...new Set(check(completed(run)).violations.map((violation) => violation.claim))].sort();
}

/**
 * @param {string} name
 * @param {string | string[]} claims that are broken, and no others
 * @param {(scene: Scene) => void} tell
 */
function broken(name, claims, tell) {
  test(name, () => {
    const scene = new Scene();
    tell(scene);
    const { violations } = check(completed(scene.run));
    assert.deepEqual(claimsOf(scene.run), [claims].flat().sort(), violations.map(describe).join("\n"));
    for (const violation of violations) {
      seen.add(violation.claim);
      assert.ok(violation.history.length > 0);
      assert.ok(describe(violation).startsWith(`${violation.claim}: `));
    }
  });
}

/** @param {string} name @param {(scene: Scene) => void} tell */
function sound(name, tell) {
  test(name, () => {
    const scene = new Scene();
    tell(scene);
    assert.equal(check(completed(scene.run)).violations.map(describe).join("\n"), "");
  });
}

suite("nemesis checker: requests", () => {
  broken("a 202 without a row is lost", "acceptedRequestsEnd", (scene) => {
    scene.forgot();
    scene.run.end.requests.pop();
  });
  broken("a 202 still queued at the end has not ended", "acceptedRequestsEnd", (scene) => void scene.forgot());
  broken("one request id for two calls", "acceptedRequestsEnd", (scene) => {
    scene.link();
    scene.forgot(ADA, { requestId: "request 1" });
    scene.run.end.requests.pop();
  });
  broken("a request that is sent without a mail", "statesAreTrue", (scene) => {
    const { row } = scene.forgot();
    Object.assign(row, { state: "sent", ended_at: timestamp(5000), sent_at: timestamp(5000) });
  });
  broken("a request that is suppressed with a mail", "statesAreTrue", (scene) => void scene.link({ row: { state: "suppressed", sent_at: null } }));
  broken("a request that ended as no_account although there is one", "statesAreTrue", (scene) => {
    Object.assign(scene.forgot().row, { state: "no_account", ended_at: timestamp(5000) });
  });
  broken("a request that is superseded without a newer one", "statesAreTrue", (scene) => {
    Object.assign(scene.forgot().row, { state: "superseded", ended_at: timestamp(5000) });
  });
  broken("a row without a call", "requestsWereAskedFor", (scene) => {
    scene.link();
    scene.forgot(ADA, { status: 0, requestId: "" }).row.request_id = "of the call";
    Object.assign(scene.run.end.requests[1], { state: "rejected", ended_at: timestamp(5000) });
    scene.fault("relay_refuses_recipient", 0, 5000, { target: "relay" });
    scene.run.end.requests.push({ ...scene.run.end.requests[1], id: 3, request_id: "of nobody" });
  });
  broken("a seed that is not wiped", "seedsAreWiped", (scene) => void scene.link({ row: { seed: "\\x5e5e" } }));
  broken("a change without a notice", "noticesAreGiven", (scene) => {
    scene.reset(scene.link(), SECOND);
    scene.run.end.notices.pop();
  });
  broken("a notice that has not ended, and one too many", "noticesAreGiven", (scene) => {
    scene.reset(scene.link(), SECOND);
    scene.run.end.notices.push({ user_id: ADA, state: "queued", happened_at: timestamp(5000), ended_at: null });
  });
  sound("a call without an answer has a row or none", (scene) => {
    scene.link();
    Object.assign(scene.run.calls[1], { status: 0, requestId: "" });
    scene.forgot(ADA, { status: 503, requestId: "request 2" });
    scene.run.end.requests.pop();
  });
  for (const [state, why] of [
    ["rejected", "the relay refused none of them"], ["expired_undelivered", "nothing kept their mails from being taken"], ["suppressed", "no limit was reached"],
  ]) {
    broken(`five requests that are ${state} though ${why}`, "statesAreTrue", (scene) => {
      for (let left = 5; left > 0; --left) Object.assign(scene.forgot().row, { state, attempts: 2, ended_at: timestamp(400_000) });
    });
  }
  broken("a request that is rejected before the relay began to refuse", "statesAreTrue", (scene) => {
    Object.assign(scene.forgot().row, { state: "rejected", ended_at: timestamp(5000) });
    scene.fault("relay_refuses_recipient", 9000, 12_000, { target: "relay" });
  });
  broken("a request that is given up while its mail could still be tried", "statesAreTrue", (scene) => {
    Object.assign(scene.forgot().row, { state: "expired_undelivered", ended_at: timestamp(60_000) });
    scene.fault("relay_defers_mail", 1000, 9000, { target: "relay" });
  });
  broken("a request that is given up for a fault of an edge", "statesAreTrue", (scene) => {
    Object.assign(scene.forgot().row, { state: "expired_undelivered", ended_at: timestamp(400_000) });
    scene.fault("kill", 1000, 9000, { target: "edge 0" });
    scene.fault("cut", 1000, 9000, { target: "edge 0 to origin 1" });
  });
  broken("a request that is given up for a fault that was left out", "statesAreTrue", (scene) => {
    Object.assign(scene.forgot().row, { state: "expired_undelivered", ended_at: timestamp(400_000) });
    scene.fault("fill_disk", 1000, 9000, { target: "disk of database", detail: { left_out: "no disk" } });
  });
  broken("a request that is superseded by a change of the password after its end", "statesAreTrue", (scene) => {
    const { row } = scene.forgot();
    Object.assign(row, { state: "superseded", ended_at: timestamp(scene.at + 3000) });
    scene.at += 60_000;
    const token = scene.logIn(FIRST);
    scene.call({ op: "change_password", token, password: FIRST, newPassword: SECOND });
  });
  broken("a request that is superseded by the cancellation of another's link", "statesAreTrue", (scene) => {
    const token = scene.link();
    scene.call({ op: "cancel", token, status: 204 });
    Object.assign(scene.forgot().row, { state: "superseded", ended_at: timestamp(scene.at + 3000) });
  });
  broken("a request that is superseded by one that came after its end", "statesAreTrue", (scene) => {
    Object.assign(scene.forgot().row, { state: "superseded", ended_at: timestamp(scene.at + 3000) });
    scene.at += 60_000;
    scene.link();
  });
  broken("a notice that is rejected, and the relay refused nothing", "noticesAreGiven", (scene) => {
    scene.reset(scene.link(), SECOND);
    Object.assign(scene.run.end.notices[0], { state: "rejected" });
  });
  broken("a notice that is sent without a mail", "noticesAreGiven", (scene) => {
    scene.reset(scene.link(), SECOND);
    scene.run.mails.pop();
  });
  broken("two notices that are sent with one mail", "noticesAreGiven", (scene) => {
    scene.reset(scene.link(), SECOND);
    scene.reset(scene.link(), THIRD);
    scene.run.mails[3].messageId = scene.run.mails[1].messageId;
  });
  sound("a notice that the relay refused, or did not take in its time", (scene) => {
    scene.call({ op: "change_password", token: "unknown", password: FIRST, newPassword: SECOND, status: 0 });
    scene.notice(scene.at, { row: { state: "rejected" }, mail: { reply: "refused" } });
    scene.call({ op: "change_password", token: "unknown", password: FIRST, newPassword: THIRD, status: 0 });
    scene.notice(scene.at, { row: { state: "expired_undelivered", ended_at: timestamp(86_400_000) }, mail: { reply: "later" } });
    scene.fault("relay_defers_mail", scene.at, scene.at + 5000, { target: "relay" });
  });
  sound("a request that a recipient's refusal, a deferral or a newer one has ended", (scene) => {
    Object.assign(scene.forgot().row, { state: "rejected", ended_at: timestamp(9000) });
    scene.fault("relay_refuses_recipient", 1000, 9000, { target: "relay" });
    Object.assign(scene.forgot().row, { state: "expired_undelivered", ended_at: timestamp(400_000) });
    scene.fault("relay_defers_mail", 1000, 9000, { target: "relay" });
    Object.assign(scene.forgot().row, { state: "superseded", ended_at: timestamp(9000) });
    scene.link();
    Object.assign(scene.forgot("nobody@example.com").row, { state: "no_account", ended_at: timestamp(9000) });
  });
  sound("a request whose link a change, its cancellation, or its end has ended before the next try", (scene) => {
    for (const end of [
      () => scene.call({ op: "change_password", token: "unknown", password: FIRST, newPassword: SECOND, status: 0 }),
      (/** @type {string} */ token) => scene.call({ op: "cancel", token, status: 503 }),
      () => (scene.at += LIFETIME * 1000),
    ]) {
      end(scene.link({ mail: { reply: "later" }, row: { state: "superseded", sent_at: null, ended_at: timestamp(scene.at + 4000 + LIFETIME * 1000) } }));
      scene.at += 10_000;
    }
  });
  sound("a request that is suppressed when so many mails were tried, and one that an edge marked by a clock that leapt", (scene) => {
    scene.run.end.mailLimit = "1/60,5/3600";
    scene.link();
    Object.assign(scene.forgot().row, { state: "suppressed", ended_at: timestamp(9000) });
    scene.run.end.mailLimit = "1000/60,10000/3600";
    assert.deepEqual(claimsOf(scene.run), ["statesAreTrue"]);
    scene.fault("leap_clock", scene.at - 5000, scene.at - 1000, { target: "edge 0", detail: { seconds: 4000 } });
  });
  sound("a mail that was taken unheard, and refused when it went out again", (scene) => {
    const token = scene.link({ row: { state: "rejected", sent_at: null } });
    scene.fault("kill", scene.at, scene.at + 100);
    scene.mail({ token, at: scene.at + 20_000, reply: "refused" });
  });
  sound("a request whose account is registered at the same time has none, or has one", (scene) => {
    scene.run.end.users.push({ id: "late", email: "late@example.com", is_active: true });
    const { call, row } = scene.forgot("late@example.com");
    Object.assign(row, { state: "no_account", ended_at: timestamp(9000) });
    scene.call({ op: "register", email: "late@example.com", password: FIRST, status: 201, began: call.began });
  });
  sound("a request that a clock of tomorrow has made due later", (scene) => {
    scene.fault("leap_clock", 1000, 9000, { target: "database", detail: { seconds: 7200 } });
    scene.run.end.largestClockStepSeconds = 7200;
    Object.assign(scene.forgot().row, { due_at: timestamp(7_200_000) });
  });
});

suite("nemesis checker: deliveries", () => {
  /** @param {Scene} scene @param {Record<string, any>} [row] @param {string[]} [outcomes] a request of nobody's, rehearsed and settled */
  const rehearse = (scene, row = {}, outcomes = ["rehearsed"]) => {
    const request = scene.forgot("nobody@example.com").row;
    Object.assign(request, { state: "no_account", ended_at: timestamp(scene.at + 500), delivery: 1000 + scene.at });
    scene.run.end.deliveries.push({ id: request.delivery, kind: "reset", user_id: null, reset_request: request.id, state: "no_account",
                                    attempt: outcomes.length, ended_at: request.ended_at, token_hash: null, ...row });
    outcomes.forEach((outcome, index) => scene.run.end.attempts.push({ delivery: request.delivery, attempt: index + 1, outcome }));
    return request;
  };
  sound("a rehearsal that is settled, and one whose origin was killed", (scene) => {
    rehearse(scene);
    rehearse(scene, {}, ["lost", "rehearsed"]);
  });
  broken("a rehearsal that has a token", "rehearsalsReachNobody", (scene) => {
    const { delivery } = rehearse(scene);
    scene.run.end.tokens.push({ token_hash: "\\x00", user_id: ADA, delivery, created_at: timestamp(0), expires_at: timestamp(1000) });
  });
  broken("a rehearsal that the relay deferred", "rehearsalsReachNobody", (scene) => void rehearse(scene, {}, ["try_later", "rehearsed"]));
  broken("a rehearsal that ends like a mail", "rehearsalsReachNobody", (scene) => {
    Object.assign(rehearse(scene, { state: "superseded" }), { state: "superseded" });
    scene.forgot("nobody@example.com").row.state = "no_account";
    Object.assign(scene.run.end.requests[1], { ended_at: timestamp(9000) });
  });
  broken("a rehearsal that was mailed", ["mailsGoToOwners", "rehearsalsReachNobody"], (scene) => {
    const token = inventToken(scene.at + LIFETIME * 1000);
    rehearse(scene).token_hash = `\\x${tokenHash(token)}`;
    scene.mail({ token, to: "nobody@example.com", reply: "later" });
  });
  broken("a delivery without its request", "requestsHaveTheirDeliveries", (scene) => {
    rehearse(scene, { reset_request: 77 });
  });
  broken("two deliveries of one request", "requestsHaveTheirDeliveries", (scene) => {
    rehearse(scene);
    scene.run.end.deliveries.push({ ...scene.run.end.deliveries[0], id: 78, attempt: 0 });
  });
  broken("a delivery that has ended otherwise than its request", "requestsHaveTheirDeliveries", (scene) => void (rehearse(scene).state = "suppressed", (scene.run.end.mailLimit = "0/60")));
  broken("a request that is sent without a delivery", "requestsHaveTheirDeliveries", (scene) => void scene.link({ row: { delivery: null } }));
  broken("a delivery that is sent, and no attempt was taken", "attemptsTellTheEnd", (scene) => {
    scene.link();
    completed(scene.run).end.attempts[0].outcome = "unknown";
  });
  broken("a delivery that is rejected, and an attempt was taken", "attemptsTellTheEnd", (scene) => {
    scene.link({ mail: { reply: "refused" }, row: { state: "rejected", sent_at: null } });
    completed(scene.run).end.attempts[0].outcome = "taken";
  });
  broken("a notice that is sent, and tried again afterwards", "attemptsTellTheEnd", (scene) => {
    scene.reset(scene.link(), SECOND);
    const { attempts, notices } = completed(scene.run).end;
    notices[0].attempt = 2;
    attempts.push({ delivery: notices[0].id, attempt: 2, outcome: "lost" });
  });
  broken("an attempt without a claim", "attemptsTellTheEnd", (scene) => {
    scene.link();
    completed(scene.run).end.attempts[0].attempt = 5;
  });
});

suite("nemesis checker: answers", () => {
  broken("a status that the documents do not know", "answersAreDocumented", (scene) => void scene.me({ status: 500, token: "unknown" }));
  broken("a status of another call", "answersAreDocumented", (scene) => {
    scene.forgot(ADA, { status: 401 });
    scene.run.end.requests.pop();
  });
  broken("a problem of another status", "answersAreDocumented", (scene) => void scene.me({ status: 401, problem: "bad-token", token: "unknown" }));
  broken("a refusal that is not a problem document", "answersAreDocumented", (scene) => {
    scene.me({ status: 503, token: "unknown" });
    Object.assign(scene.run.calls[1], { problem: "" });
  });
  broken("a problem with a success", "answersAreDocumented", (scene) => void scene.me({ status: 200, problem: "unavailable", token: "unknown" }));
  broken("a page of HTML for an error", "answersAreDocumented", (scene) => void scene.me({ status: 503, media: "text/html", token: "unknown" }));
  broken("a plain text for a user", "answersAreDocumented", (scene) => void scene.me({ status: 200, media: "text/plain", token: "unknown" }));
  broken("the other dialect where there is none", "answersAreDocumented", (scene) => void scene.me({ status: 401, media: "application/json", token: "unknown" }));
  broken("a limit that was not reached", "answersAreDocumented", (scene) => void scene.me({ status: 429, token: "unknown" }));
  broken("a limit after another edge's clock has leapt, or this one's a little", "answersAreDocumented", (scene) => {
    scene.fault("leap_clock", 1000, 2000, { target: "edge 0", detail: { seconds: 4000 } });
    scene.fault("step_clock", 1000, 2000, { target: "edge 1", detail: { seconds: 5 } });
    scene.me({ status: 429, edge: 1, token: "unknown" });
  });
  broken("a limit after a clock that was behind is back", "answersAreDocumented", (scene) => {
    scene.fault("leap_clock", 1000, 2000, { target: "edge 0", detail: { seconds: -4000 } });
    scene.me({ status: 429, token: "unknown", began: 60_000 });
  });
  broken("our own problem in the other dialect's refusal of a password", "answersAreDocumented", (scene) => {
    scene.reset("unknown", SECOND, { status: 400, problem: "password-refused" });
  });
  sound("the answers that any call may get", (scene) => {
    for (const status of [0, 408, 503]) scene.me({ status, token: "unknown" });
    scene.me({ status: 400, problem: "broken-request", token: "unknown" });
  });
  sound("a limit that an edge keeps from when its clock was ahead, until true time has passed it", (scene) => {
    scene.fault("leap_clock", 1000, 2000, { target: "edge 0", detail: { seconds: 4000 } });
    for (const began of [2100, 900_000, 4_050_000]) scene.me({ status: 429, token: "unknown", began });
  });
  sound("a limit that was reached", (scene) => {
    scene.run.end.edgeLimit = "3/60";
    for (const status of [401, 401, 429]) scene.me({ status, token: "unknown" });
  });
  sound("the other dialect's refusals", (scene) => {
    scene.reset("unknown", SECOND, { status: 400, media: "application/json" });
    scene.reset("unknown", SECOND, { status: 400, problem: "password-refused", media: "application/json" });
    scene.reset("unknown", SECOND, { status: 422, media: "application/json" });
    Object.assign(scene.run.calls[3], { problem: "" });
  });
  test("README's table has each allowed problem with its status", () => {
    const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
    const table = new Set([...readme.matchAll(/^\| (\d{3}) \| `([a-z-]+)` \|/gm)].map(([, status, problem]) => `${status} ${problem}`));
    for (const answers of [...Object.values(ANSWERS), ANYWHERE, UNDER_A_KEY]) {
      for (const [status, problems] of Object.entries(answers)) {
        const ofDialect = (/** @type {string} */ problem) => status === "400" && problem === "password-refused";
        for (const problem of problems) assert.ok(table.has(`${status} ${problem}`) || ofDialect(problem), `${status} ${problem}`);
      }
    }
  });
});

suite("nemesis checker: calls under a key", () => {
  const [one, other] = [{ key: "of one call", sent: "one body" }, { key: "of one call", sent: "another body" }];
  const REFUSED = { status: 422, problem: "other-body" };
  const PUT_OFF = { status: 409, problem: "call-under-way" };
  /** @param {Scene} scene @param {Partial<import("./history.mjs").Call>} [first] of the link's uses @returns {(given: Partial<import("./history.mjs").Call>) => void} */
  const used = (scene, first = { status: 200 }) => {
    const token = scene.link();
    scene.reset(token, SECOND, { ...one, ...first });
    return (given) => void scene.reset(token, given.sent === other.sent ? THIRD : SECOND, { ...one, ...given });
  };

  sound("a call that is repeated has one effect and one answer", (scene) => {
    const again = used(scene);
    again({});
    again({ ...other, ...REFUSED });
    scene.logIn(SECOND);
  });
  sound("a session that was opened before the repetition of a reset is kept by it", (scene) => {
    const again = used(scene);
    const session = scene.logIn(SECOND);
    again({});
    scene.me({ token: session });
  });
  sound("a change of the password is answered again with its old password, after another change", (scene) => {
    const session = scene.logIn(FIRST);
    const change = { op: /** @type {const} */ ("change_password"), token: session, password: FIRST, newPassword: SECOND, ...one };
    scene.call(change);
    scene.reset(scene.link(), THIRD);
    scene.call(change);
    scene.me({ token: session, status: 401 });
    scene.logIn(THIRD);
  });
  sound("a registration is answered again as made", (scene) => {
    Object.assign(scene.run.calls[0], one);
    scene.call({ op: "register", status: 201, password: FIRST, ...one });
  });
  sound("the answer of a lost call comes later", (scene) => {
    const again = used(scene, { status: 0 });
    again(PUT_OFF);
    again({ status: 503 });
    again({});
    scene.logIn(SECOND);
  });
  sound("of two calls at the same moment one waits, or has the other body", (scene) => {
    const again = used(scene, { ended: 3000, began: 2500 });
    again({ ...PUT_OFF, began: 2600, ended: 2700 });
    again({ ...other, ...REFUSED, began: 2600, ended: 2700 });
  });
  sound("a lost call took effect, though its key was forgotten with the signing key", (scene) => {
    const again = used(scene, { status: 0 });
    scene.at += 5000;
    scene.fault("rotate_token_keys", scene.at - 2000, scene.at - 1000);
    again({ status: 400 });
    scene.logIn(SECOND);
    scene.notice();
    again({ ...other, status: 400 });
  });
  sound("an answer is not repeated after its link's end", (scene) => {
    const again = used(scene);
    scene.at += LIFETIME * 1000;
    again({ status: 400 });
  });
  broken("a reset that succeeded is refused when it is repeated", "repeatsAreAnsweredAlike", (scene) => used(scene)({ status: 400 }));
  broken("an answer with other words", "repeatsAreAnsweredAlike", (scene) => used(scene, { heard: "a" })({ heard: "b" }));
  broken("another body that is answered", "otherBodiesAreRefused", (scene) => used(scene)({ ...other, status: 400 }));
  broken("a refusal for another body, when there is none", "otherBodiesAreRefused", (scene) => used(scene)(REFUSED));
  broken("a call that is put off after its answer", "nothingAnsweredIsUnderWay", (scene) => used(scene)(PUT_OFF));
  broken("a call that is put off though it is the first", "nothingAnsweredIsUnderWay", (scene) => used(scene, PUT_OFF)({}));
  broken("a change to the same password that is made twice", "noticesAreGiven", (scene) => {
    const change = { op: /** @type {const} */ ("change_password"), token: scene.logIn(FIRST), password: FIRST, newPassword: FIRST, ...one };
    scene.call(change);
    scene.call(change);
    scene.notice();
  });
  broken("a repetition whose other body's password works", "onlyTheCurrentPasswordWorks", (scene) => {
    used(scene)({ ...other, ...REFUSED });
    scene.logIn(THIRD);
  });
  broken("a key in a log", "nothingSecretIsWritten", (scene) => {
    used(scene);
    scene.run.writings.push({ name: "log of origin 0", text: `before ${one.key} after` });
  });
  test("a repeated answer is counted as judged", () => {
    const scene = new Scene();
    used(scene)({});
    assert.equal(check(completed(scene.run)).counts["calls whose answer had to be repeated"], 1);
  });
});

suite("nemesis checker: links", () => {
  broken("a link that works twice", "linksWorkOnce", (scene) => {
    const token = scene.link();
    scene.reset(token, SECOND);
    scene.reset(token, THIRD, { began: scene.at + 50 });
  });
  broken("a link whose unanswered use is shown by a log-in, and that works again", "linksWorkOnce", (scene) => {
    const token = scene.link();
    scene.reset(token, SECOND, { status: 0 });
    scene.logIn(SECOND);
    scene.notice();
    scene.reset(token, THIRD);
  });
  sound("a link that is used once more when the first use had no answer", (scene) => {
    const token = scene.link();
    scene.reset(token, SECOND, { status: 0 });
    scene.reset(token, THIRD);
    scene.logIn(THIRD);
    scene.logIn(SECOND, { status: 401 });
  });
  broken("a token that no mail has carried", "onlyMailedLinksWork", (scene) => void scene.reset(inventToken(900_000), SECOND));
  broken("a link after its end", "linksExpire", (scene) => {
    const token = scene.link();
    scene.reset(token, SECOND, { began: LIFETIME * 1000 + 10_000 });
  });
  sound("a link within a second of its end", (scene) => {
    const token = scene.link();
    scene.reset(token, SECOND, { began: LIFETIME * 1000 + 3000 });
  });
  sound("a link after its end by a clock that is behind", (scene) => {
    const token = scene.link();
    scene.run.end.largestClockStepSeconds = 5;
    scene.fault("step_clock", LIFETIME * 1000, LIFETIME * 1000 + 9000, { target: "edge 1", detail: { seconds: -5 } });
    scene.reset(token, SECOND, { began: LIFETIME * 1000 + 7000 });
  });
  broken("a link after its end, long after a clock was behind", "linksExpire", (scene) => {
    const token = scene.link();
    scene.run.end.largestClockStepSeconds = 60;
    scene.fault("step_clock", 3000, 9000, { target: "edge 1", detail: { seconds: -60 } });
    scene.reset(token, SECOND, { began: LIFETIME * 1000 + 10_000 });
  });
  broken("a link for longer than the setting, and a row", "linksLiveNoLonger", (scene) => {
    scene.link({ mail: { token: inventToken(LIFETIME * 1000 + 60_000) }, row: { token_expires_at: null, token_hash: null } });
    const { token } = scene.run.mails[0];
    scene.run.end.requests[0].token_hash = `\\x${tokenHash(token)}`;
    scene.keepToken(token, { expires_at: timestamp(LIFETIME * 1000 + 1000) });
  });
  broken("a link after it was cancelled", "cancelledLinksEnd", (scene) => {
    const token = scene.link();
    scene.call({ op: "cancel", token, status: 204 });
    scene.reset(token, SECOND);
  });
  sound("a link during its cancellation, and after one with another address", (scene) => {
    const token = scene.link();
    scene.call({ op: "cancel", token, status: 204, email: "somebody@example.com" });
    const { began } = scene.reset(token, SECOND);
    scene.call({ op: "cancel", token, status: 204, began: began - 50 });
  });
  broken("a link that could not be cancelled", "linksCanBeCancelled", (scene) => {
    scene.call({ op: "cancel", token: scene.link(), status: 400, problem: "bad-token" });
  });
  sound("a link that could not be cancelled after its end", (scene) => {
    scene.call({ op: "cancel", token: scene.link(), status: 400, began: LIFETIME * 1000 + 1500 });
  });
  broken("a link that a newer one has replaced long ago", "replacedLinksEnd", (scene) => {
    const token = scene.link();
    scene.link();
    scene.reset(token, SECOND, { began: scene.at + 60_000 });
  });
  broken("a link that a newer one has replaced before the next mail was on its way", "replacedLinksEnd", (scene) => {
    const token = scene.link();
    scene.link();
    scene.link();
    scene.reset(token, SECOND);
  });
  sound("a link while the newer one's mail is being settled", (scene) => {
    const token = scene.link();
    scene.link();
    scene.reset(token, SECOND);
  });
  sound("a link while the settlement of the newer one is held up", (scene) => {
    const token = scene.link();
    scene.link();
    scene.fault("pause", scene.at, scene.at + 70_000, { target: "database" });
    scene.reset(token, SECOND, { began: scene.at + 72_000 });
  });
  sound("a link whose newer one was settled by a clock that was behind", (scene) => {
    const token = scene.link();
    scene.link({ row: { sent_at: timestamp(scene.at - 3_000_000) } });
    scene.fault("leap_clock", scene.at, scene.at + 90_000, { target: "database", detail: { seconds: -3600 } });
    scene.reset(token, SECOND, { began: scene.at + 60_000 });
  });
  broken("a link whose newer one was settled long before a clock was ahead", "replacedLinksEnd", (scene) => {
    const token = scene.link();
    scene.link();
    scene.reset(token, SECOND, { began: scene.at + 60_000 });
    scene.fault("drain_clock", scene.at + 70_000, scene.at + 90_000, { target: "database", detail: { seconds: 3600 } });
  });
  sound("a link beside an older request's mail that was late", (scene) => {
    const late = scene.forgot();
    const token = scene.link();
    const older = inventToken(scene.at + 2000 + LIFETIME * 1000);
    scene.mail({ token: older, at: scene.at + 2000 });
    Object.assign(late.row, { state: "sent", sent_at: timestamp(scene.at + 2100), ended_at: timestamp(scene.at + 2100), attempts: 1, token_hash: `\\x${tokenHash(older)}` });
    scene.reset(token, SECOND, { began: scene.at + 60_000 });
  });
  broken("a live link that is refused", "liveLinksWork", (scene) => {
    scene.reset(scene.link(), SECOND, { status: 400, problem: "bad-token" });
  });
  broken("the link of a mail without a reply is refused", "liveLinksWork", (scene) => {
    const token = scene.link({ mail: { reply: "unsaid" }, row: { state: "rejected", sent_at: null, attempts: 2 } });
    scene.mail({ token, at: scene.at + 15_000, reply: "refused" });
    scene.reset(token, SECOND, { status: 400, began: scene.at + 20_000 });
  });
  for (const [name, spoil] of /** @type {[string, (scene: Scene, token: string) => void][]} */ ([
    ["used without an answer", (scene, token) => scene.reset(token, SECOND, { status: 0 })],
    ["perhaps used at the same time", (scene, token) => scene.reset(token, SECOND, { status: 503, began: scene.at + 1050 })],
    ["perhaps cancelled", (scene, token) => scene.call({ op: "cancel", token, status: 503 })],
    ["perhaps replaced", (scene) => scene.link()],
    ["perhaps replaced by a row that nobody was told of", (scene) => (scene.link(), Object.assign(scene.run.calls[scene.run.calls.length - 1], { status: 0, requestId: "" }))],
    ["perhaps ended by a change of the password", (scene) => scene.call({ op: "change_password", token: "unknown", password: FIRST, newPassword: SECOND, status: 0 })],
    ["expired within a second", (scene) => (scene.at = LIFETIME * 1000)],
    ["seen by a clock of tomorrow", (scene) => scene.fault("leap_clock", 3000, 4000, { target: "database", detail: { seconds: 7200 } })],
    ["of an account that is switched off", (scene) => (scene.run.end.users[0].is_active = false)],
  ])) {
    sound(`a refused link, ${name}`, (scene) => {
      const token = scene.link();
      spoil(scene, token);
      scene.reset(token, THIRD, { status: 400, problem: "bad-token" });
    });
  }
  sound("the link of a mail that was put off is refused", (scene) => {
    const token = scene.link({ mail: { reply: "later" }, row: { state: "expired_undelivered", sent_at: null, ended_at: timestamp(400_000) } });
    scene.fault("relay_defers_mail", 0, 5000, { target: "relay" });
    scene.reset(token, SECOND, { status: 400 });
  });
  sound("a refused password says nothing about its link", (scene) => {
    scene.reset(scene.link(), "short", { status: 422, problem: "password-refused" });
  });
  broken("a link from before a reset", "nothingEarlierChangesThePassword", (scene) => {
    const older = scene.link();
    const newer = scene.link();
    scene.reset(newer, SECOND);
    scene.reset(older, THIRD);
  });
  broken("two links at the same time", "nothingEarlierChangesThePassword", (scene) => {
    const older = scene.link();
    const newer = scene.link();
    const { began } = scene.reset(newer, SECOND);
    scene.reset(older, THIRD, { began: began + 50 });
  });
  sound("a link that was mailed while another was used", (scene) => {
    const older = scene.link();
    const { began } = scene.reset(older, SECOND, { began: 5000, ended: 9000 });
    scene.at = began;
    scene.reset(scene.link(), THIRD);
  });
  broken("tokens that are left after a reset, a cancellation, a newer mail", "endedTokensAreDeleted", (scene) => {
    const [other, replaced, cancelled] = [scene.link(), scene.link(), scene.link()];
    scene.call({ op: "cancel", token: cancelled, status: 204 });
    const used = scene.link();
    scene.keepToken(replaced);
    scene.keepToken(cancelled);
    assert.deepEqual(claimsOf(scene.run), ["endedTokensAreDeleted"]);
    scene.run.end.tokens.length = 0;
    scene.reset(used, SECOND);
    scene.keepToken(other);
    assert.deepEqual(claimsOf(scene.run), ["endedTokensAreDeleted"]);
    scene.keepToken(used);
  });
  sound("a token that is left, of the newest link", (scene) => {
    scene.reset(scene.link(), SECOND);
    scene.keepToken(scene.link());
  });
});

suite("nemesis checker: passwords", () => {
  broken("the old password after a reset", "onlyTheCurrentPasswordWorks", (scene) => {
    scene.reset(scene.link(), SECOND);
    scene.logIn(FIRST);
  });
  broken("a password that was never set", "onlyTheCurrentPasswordWorks", (scene) => void scene.logIn("a password of nobody's"));
  broken("somebody without an account", "onlyTheCurrentPasswordWorks", (scene) => void scene.logIn(FIRST, { email: "nobody@example.com" }));
  broken("the current password is refused", "theCurrentPasswordWorks", (scene) => {
    scene.logIn(FIRST, { status: 401 });
  });
  broken("the password of a reset is refused", "theCurrentPasswordWorks", (scene) => {
    scene.reset(scene.link(), SECOND);
    scene.logIn(SECOND, { status: 401 });
  });
  broken("the password of a change is refused as the current one", "theCurrentPasswordWorks", (scene) => {
    const token = scene.logIn(FIRST);
    scene.call({ op: "change_password", token, password: FIRST, newPassword: SECOND });
    scene.call({ op: "change_password", token, password: SECOND, newPassword: THIRD, status: 400, problem: "wrong-password" });
  });
  sound("either password while a reset is under way", (scene) => {
    const { began } = scene.reset(scene.link(), SECOND, { ended: 10_000 });
    scene.logIn(FIRST, { began: began + 10 });
    scene.logIn(SECOND, { began: began + 20 });
    scene.logIn(SECOND, { began: began + 30, status: 401 });
    scene.logIn(FIRST, { began: began + 40, status: 401 });
  });
  sound("either password after a reset without an answer, for it may still come", (scene) => {
    scene.reset(scene.link(), SECOND, { status: 0 });
    scene.logIn(FIRST, { status: 401 });
    scene.logIn(SECOND, { status: 401 });
    scene.logIn(FIRST);
  });
  broken("the old password after an unanswered reset that a log-in has shown", "onlyTheCurrentPasswordWorks", (scene) => {
    scene.reset(scene.link(), SECOND, { status: 0 });
    scene.notice();
    scene.logIn(SECOND);
    scene.logIn(FIRST);
  });
  broken("an unanswered reset that comes after its link has ended", ["nothingEarlierChangesThePassword", "onlyTheCurrentPasswordWorks"], (scene) => {
    const [older, newer] = [scene.link(), scene.link()];
    scene.reset(older, SECOND, { status: 0 });
    scene.reset(newer, THIRD);
    scene.logIn(THIRD);
    scene.logIn(SECOND);
    scene.notice();
  });
  sound("a log-in that is refused while the same password is set once more", (scene) => {
    const token = scene.link();
    const { began } = scene.reset(token, FIRST, { ended: 10_000 });
    scene.logIn(FIRST, { status: 401, began: began + 10 });
    scene.logIn(FIRST, { began: 11_000 });
  });
  sound("an account from before the run", (scene) => {
    scene.run.end.users.push({ id: "old", email: "old@example.com", is_active: true });
    scene.call({ op: "register", status: 409, email: "old@example.com", password: FIRST });
    scene.logIn("nobody knows which", { email: "old@example.com" });
    scene.logIn("nobody knows either", { email: "old@example.com", status: 401 });
  });
  sound("upper and lower case in the address", (scene) => void scene.logIn(FIRST, { email: "ADA@example.com" }));
  broken("two accounts of one address", "accountsAreKept", (scene) => {
    scene.call({ op: "register", status: 201, email: "Ada@Example.com", password: FIRST });
  });
  broken("an account whose registration was refused", "accountsAreKept", (scene) => {
    scene.call({ op: "register", status: 422, email: "short@example.com", password: "short" });
    scene.run.end.users.push({ id: "short", email: "short@example.com", is_active: true });
  });
  broken("a registered account that is missing at the end", "accountsAreKept", (scene) => void (scene.run.end.users.length = 0));
});

suite("nemesis checker: sessions", () => {
  broken("a session from before a reset", ["earlierSessionsEnd", "sessionsFallWithTheirPassword"], (scene) => {
    const token = scene.logIn(FIRST);
    scene.reset(scene.link(), SECOND);
    scene.me({ token });
  });
  broken("a session from before a reset to the same password", "earlierSessionsEnd", (scene) => {
    const token = scene.logIn(FIRST);
    scene.reset(scene.link(), FIRST);
    scene.me({ token });
  });
  broken("a session whose log-in was overtaken by a reset", "sessionsFallWithTheirPassword", (scene) => {
    const token = scene.link();
    const { began } = scene.reset(token, SECOND);
    scene.me({ token: scene.logIn(FIRST, { began: began - 50 }) });
  });
  sound("a session that is used while the reset is under way", (scene) => {
    const token = scene.logIn(FIRST);
    const { began } = scene.reset(scene.link(), SECOND);
    scene.me({ token, began: began + 50 });
    scene.me({ token, began: began + 60, status: 401 });
  });
  sound("a log-in with the new password while the reset is under way", (scene) => {
    const { began } = scene.reset(scene.link(), SECOND);
    scene.me({ token: scene.logIn(SECOND, { began: began + 50 }) });
  });
  sound("the session that made the change is spared, another is not", (scene) => {
    const [token, other] = [scene.logIn(FIRST), scene.logIn(FIRST)];
    scene.call({ op: "change_password", token, password: FIRST, newPassword: SECOND });
    scene.me({ token });
    scene.me({ token: other, status: 401 });
  });
  broken("another session survives a change", ["earlierSessionsEnd", "sessionsFallWithTheirPassword"], (scene) => {
    const [token, other] = [scene.logIn(FIRST), scene.logIn(FIRST)];
    scene.call({ op: "change_password", token, password: FIRST, newPassword: SECOND });
    scene.me({ token: other });
  });
  broken("the session that made the change is ended by it", "liveSessionsAreKept", (scene) => {
    const token = scene.logIn(FIRST);
    scene.call({ op: "change_password", token, password: FIRST, newPassword: SECOND });
    scene.me({ token, status: 401 });
  });
  broken("a live session is refused", "liveSessionsAreKept", (scene) => void scene.me({ token: scene.logIn(FIRST), status: 401 }));
  broken("a session after its log-out", "loggedOutSessionsEnd", (scene) => {
    const token = scene.logIn(FIRST);
    scene.call({ op: "log_out", token, status: 204 });
    scene.me({ token });
  });
  sound("a session after a log-out that was not answered, or refused", (scene) => {
    const [first, second] = [scene.logIn(FIRST), scene.logIn(FIRST)];
    scene.call({ op: "log_out", token: first, status: 503 });
    scene.me({ token: first });
    scene.me({ token: first, status: 401 });
    scene.run.end.edgeLimit = "1/60";
    scene.call({ op: "log_out", token: second, status: 429 });
    scene.me({ token: second });
  });
  sound("a session after a reset without an answer", (scene) => {
    const token = scene.logIn(FIRST);
    scene.reset(scene.link(), SECOND, { status: 503 });
    scene.me({ token });
    scene.me({ token, status: 401 });
  });
  broken("a session after its end", "sessionsExpire", (scene) => void scene.me({ token: scene.logIn(FIRST), began: 1_810_000 }));
  sound("a session within a second of its end", (scene) => {
    const token = scene.logIn(FIRST);
    scene.me({ token, began: 1_801_500 });
    scene.me({ token, began: 1_798_500, status: 401 });
  });
});

suite("nemesis checker: mails", () => {
  broken("two Message-IDs for one link", "mailsOfARequestAreOne", (scene) => {
    const token = scene.link({ mail: { reply: "later" }, row: { state: "rejected", sent_at: null } });
    scene.mail({ token, messageId: "<another@example.com>", reply: "refused" });
  });
  broken("two links under one Message-ID, one of no request", "mailsOfARequestAreOne", (scene) => {
    scene.link();
    scene.mail({ token: inventToken(600_000), messageId: scene.run.mails[0].messageId });
  });
  broken("a mail that goes out twice without a fault", "duplicatesHaveFaults", (scene) => void scene.mail({ token: scene.link(), at: scene.at + 20_000 }));
  broken("a mail that goes out three times for one fault", "duplicatesHaveFaults", (scene) => {
    const token = scene.link();
    scene.fault("kill", scene.at, scene.at + 500);
    for (const wait of [20_000, 40_000]) scene.mail({ token, at: scene.at + wait });
  });
  broken("more mails go out twice than all faults explain", "duplicatesHaveFaults", (scene) => {
    scene.fault("kill", 0, 500);
    for (let left = 9; left > 0; --left) scene.mail({ token: scene.link(), at: scene.at + 900 });
  });
  broken("eight mails that go out twice after a pause of a tenth of a second", "duplicatesHaveFaults", (scene) => {
    scene.fault("pause", 5000, 5100);
    for (let left = 8; left > 0; --left) scene.mail({ token: scene.link(), at: scene.at + 900 });
  });
  broken("a mail that goes out twice for a fault that came when it was long settled", "duplicatesHaveFaults", (scene) => {
    scene.mail({ token: scene.link(), at: scene.at + 90_000 });
    scene.fault("kill", scene.at + 80_000, scene.at + 81_000);
  });
  broken("a relay that defers other mails explains no second mail of one that it took", "duplicatesHaveFaults", (scene) => {
    scene.fault("relay_defers_mail", 0, 9000, { target: "relay" });
    scene.mail({ token: scene.link(), at: scene.at + 20_000 });
  });
  sound("a mail that goes out twice when the database's clock has ended a lease", (scene) => {
    scene.fault("leap_clock", 0, 1500, { target: "database", detail: { seconds: 3600 } });
    scene.mail({ token: scene.link({ mail: { at: 40_000 } }), at: 45_000 });
  });
  broken("a fault of an edge explains no second mail", "duplicatesHaveFaults", (scene) => {
    scene.fault("kill", 0, 9000, { target: "edge 0" });
    scene.mail({ token: scene.link(), at: scene.at + 20_000 });
  });
  sound("a mail that goes out once more for each fault, silence of the relay among them", (scene) => {
    const token = scene.link({ mail: { reply: "unsaid" }, row: { attempts: 5 } });
    for (const wait of [15_000, 30_000]) scene.mail({ token, at: scene.at + wait, reply: "unsaid" });
    scene.fault("kill", scene.at + 45_000, scene.at + 46_000);
    scene.mail({ token, at: scene.at + 45_000 });
    scene.mail({ token, at: scene.at + 60_000 });
    scene.mail({ token, at: scene.at + 60_000, reply: "later" });
  });
  broken("a mail to nobody", "mailsGoToOwners", (scene) => void scene.mail({ to: "nobody@example.com", subject: "changed", messageId: "<1>" }));
  broken("a link without a request for it", ["mailsGoToOwners", "webhooksTellTheTruth"], (scene) => {
    scene.link();
    Object.assign(scene.run.calls[1], { status: 408, problem: "body-timeout", media: "application/problem+json", requestId: "" });
    scene.run.end.requests[0].request_id = "request of a replay";
    scene.call({ op: "forgot", status: 0 });
  });
  broken("a notice without a changed password", "mailsGoToOwners", (scene) => void scene.mail({ subject: "changed", messageId: "<1>" }));
  broken("a link to another host", "linksLeadToTheFrontend", (scene) => {
    const token = scene.link();
    scene.run.mails[0].link = `https://evil.example/reset-password#token=${token}`;
  });
  broken("a link that begins with the host's name, and is another", "linksLeadToTheFrontend", (scene) => {
    const token = scene.link();
    scene.run.mails[0].link = `https://account.example.com.evil.example/reset-password#token=${token}`;
  });
  broken("a link that ends at another time than its row", "tokensEndWhenTheirRowsSay", (scene) => {
    scene.link({ row: { token_expires_at: timestamp(60_000) } });
  });
});

suite("nemesis checker: parts", () => {
  broken("an origin that ends without being told to", "partsKeepRunning", (scene) => void (scene.run.end.endedUnasked = { "origin 1": [4000] }));
  broken("an edge that ends when its disk is full", "partsKeepRunning", (scene) => {
    scene.fault("fill_disk", 3000, 5000, { target: "disk of edge 0" });
    scene.run.end.endedUnasked = { "edge 0": [4000] };
  });
  broken("an origin that does not come back", "partsKeepRunning", (scene) => {
    scene.fault("kill", 3000, 63_000, { detail: { trouble: "origin 0 does not start" } });
  });
  sound("a database that gives up", (scene) => void (scene.run.end.endedUnasked = { database: [4000], "origin 0": [] }));
  broken("a second migration that fails", "migrationsCanBeRepeated", (scene) => {
    scene.fault("migrate", 3000, 3500, { target: "schema", detail: { exit_code: 1 } });
    scene.fault("step_clock", 3000, 3500, { target: "database", detail: { seconds: 5 } });
    scene.fault("kill", 3000, 3500);
  });
  sound("a second migration that succeeds, and one that the database's fault made fail", (scene) => {
    scene.fault("migrate", 3000, 3500, { target: "schema", detail: { exit_code: 0 } });
    scene.fault("migrate", 33_000, 33_500, { target: "schema", detail: { exit_code: 1 } });
    scene.fault("kill", 33_100, 34_000, { target: "database" });
  });
});

suite("nemesis checker: secrets", () => {
  /** @type {[string, (scene: Scene) => string][]} */
  const leaks = [
    ["a reset token", (scene) => scene.link()],
    ["a session's token", (scene) => scene.logIn(FIRST)],
    ["a token in hex", (scene) => Buffer.from(scene.link(), "base64url").toString("hex")],
    ["a token's random part in hex, upper case", (scene) => Buffer.from(scene.link(), "base64url").subarray(6, 38).toString("hex").toUpperCase()],
    ["a token's random part in base64", (scene) => Buffer.from(scene.link(), "base64url").subarray(6, 38).toString("base64")],
    ["a token within base64", (scene) => Buffer.from(`see ${scene.link()}`).toString("base64")],
    ["a token's text in hex", (scene) => Buffer.from(scene.link()).toString("hex")],
    ["a password", () => FIRST],
    ["a password within base64", () => Buffer.from(`{"password":"${FIRST}"}`).toString("base64")],
    ["a password in a form", () => FIRST.replaceAll(" ", "+")],
    ["a key in another base64", (scene) => Buffer.from(scene.run.secrets[0], "base64url").toString("base64")],
    ["a key in hex", (scene) => Buffer.from(scene.run.secrets[0], "base64url").toString("hex")],
  ];
  for (const [what, leak] of leaks) {
    broken(`${what} in a dump`, "nothingSecretIsWritten", (scene) => scene.run.writings.push({ name: "dump of the database", text: `before ${leak(scene)} after` }));
  }
  broken("an address in a log", "noAddressIsLogged", (scene) => scene.run.writings.push({ name: "log of origin 0", text: `to ${ADA}` }));
  sound("an address in the dump, and hashes of tokens", (scene) => {
    scene.run.writings.push({ name: "dump of the database", text: `${ADA} ${tokenHash(scene.link())}` });
    scene.run.writings.push({ name: "log of origin 0", text: "to a**@example.com, the password was refused, token AQ" });
  });
  test("fifty megabytes and ten thousand tokens are read in seconds", () => {
    const scene = new Scene();
    for (let left = 10_000; left > 0; --left) scene.run.calls.push(inventCall({ op: "log_out", status: 204, email: ADA, token: inventToken(left * 1000) }));
    const line = `{"event":"forgot.accepted","request_id":"${"x".repeat(22)}","client":"198.51.100.7"}\n`;
    const text = line.repeat(Math.ceil(5e7 / line.length));
    scene.run.writings.push({ name: "log of origin 0", text: `${text}${scene.run.calls[7].token}` });
    const began = performance.now();
    assert.deepEqual(claimsOf(scene.run), ["nothingSecretIsWritten"]);
    assert.ok(performance.now() - began < 60_000);
  });
});

suite("nemesis checker: long runs", () => {
  for (const [calls, accounts, clients, runs] of [[400, 1, 6, 60], [1500, 3, 8, 30], [20_000, 20, 16, 1]]) {
    test(`${runs} clean runs of ${calls} calls by ${clients} clients of ${accounts} accounts yield nothing`, () => {
      for (let index = 0; index < runs; ++index) {
        const { violations, counts } = check(completed(inventRun(`${calls} ${index}`, { calls, accounts, clients })));
        assert.equal(violations.map(describe).join("\n"), "");
        if (calls > 1000) for (const judged of ["passwords that had to work, and did", "uses of sessions that had to work"]) assert.ok(counts[judged] > 0, judged);
      }
    });
  }

  /** @type {[Parameters<typeof inventRun>[2], string][]} */
  const flaws = [
    ["links kept", "linksWorkOnce"],
    ["sessions kept", "earlierSessionsEnd"],
    ["log-ins not checked again", "sessionsFallWithTheirPassword"],
    ["replaced links kept", "replacedLinksEnd"],
    ["answers forgotten", "repeatsAreAnsweredAlike"],
  ];
  for (const [flaw, claim] of flaws) {
    test(`a product with the flaw "${flaw}" is found`, () => {
      // Some flaws show only where calls meet in a rare order.
      const runs = Array.from({ length: 8 }, (_, index) => () => claimsOf(inventRun(`flaw ${flaw} ${index}`, { calls: 20_000, accounts: 8, clients: 16 }, flaw)));
      assert.ok(runs.some((run) => run().includes(claim)));
    });
  }
});

suite("nemesis checker: webhooks", () => {
  /** A reset with its webhooks, which a test then changes. @param {Scene} scene */
  const told = (scene) => {
    scene.reset(scene.link(), SECOND);
    return completed(scene.run).webhooks;
  };
  /** @param {Scene} scene @param {string} type */
  const only = (scene, type) => /** @type {import("./history.mjs").WebhookCall} */ (told(scene).find((webhook) => webhook.type === type));
  const COMPLETED = "password_reset.completed";

  broken("a reset of which no webhook tells", "changesAreReported", (scene) => {
    const webhook = only(scene, COMPLETED);
    scene.run.webhooks = scene.run.webhooks.filter((one) => one !== webhook);
    scene.run.end.webhooks = scene.run.end.webhooks?.filter((row) => row.message_id !== webhook.webhookId);
  });
  broken("a webhook of another request's reset", ["changesAreReported", "webhooksTellTheTruth"], (scene) => void (only(scene, COMPLETED).requestId = "call 99"));
  broken("a webhook of a reset that was refused", "webhooksTellTheTruth", (scene) => {
    const { ended, requestId } = scene.reset(inventToken(0), SECOND, { status: 400, requestId: "call 98" });
    told(scene);
    scene.run.webhooks.push(inventWebhook(COMPLETED, { at: ended, requestId }));
  });
  broken("a webhook that comes before its call", "webhooksTellTheTruth", (scene) => void (only(scene, "account.registered").at = -5));
  broken("a webhook that tells of another address", "webhooksTellTheTruth", (scene) => void (only(scene, COMPLETED).email = "bob@example.com"));
  broken("a webhook that overtakes one that was not heard to be accepted", "webhooksComeInOrder", (scene) => void (told(scene)[0].reply = "unsaid"));
  broken("a webhook without a good signature", ["changesAreReported", "webhooksAreSigned", "webhooksArrive"], (scene) => {
    Object.assign(only(scene, COMPLETED), { isVerified: false, reply: "refused" });
  });
  broken("a webhook that still waits at the end", "webhooksArrive", (scene) => {
    told(scene);
    Object.assign(scene.run.end.webhooks?.at(-1) ?? {}, { state: "queued" });
  });
  sound("a webhook is refused, then its answer is lost, then it is accepted", (scene) => {
    const webhook = only(scene, COMPLETED);
    scene.run.webhooks.unshift({ ...webhook, at: webhook.at - 2, reply: "refused" }, { ...webhook, at: webhook.at - 1, reply: "unsaid" });
  });
  sound("a webhook of a change whose call had no answer", (scene) => {
    const { began } = scene.reset(scene.link(), SECOND, { status: 0, requestId: "" });
    told(scene);
    scene.run.webhooks.push(inventWebhook(COMPLETED, { at: began + 50, requestId: "unheard" }));
  });
  sound("a webhook of a change whose call had no answer, and was answered under another request id when it was repeated", (scene) => {
    const [token, key] = [scene.link(), { key: "of one call", sent: "one body" }];
    const { began } = scene.reset(token, SECOND, { status: 0, requestId: "", ...key });
    scene.reset(token, SECOND, key);
    for (const webhook of completed(scene.run).webhooks.filter(({ type }) => type === COMPLETED)) Object.assign(webhook, { at: began + 50, requestId: "unheard" });
  });
  sound("an old history has no webhooks", (scene) => {
    told(scene);
    scene.run.webhooks = [];
    delete scene.run.end.webhooks;
  });
});

suite("nemesis checker: itself", () => {
  const documents = ["README.md", "DESIGN.md"].map((name) => readFileSync(new URL(`../../${name}`, import.meta.url), "utf8"));
  const words = documents.join("\n").replace(/\s+/g, " ");

  for (const [claim, promise] of Object.entries(PROMISES)) {
    test(`${claim} quotes the documents`, () => assert.ok(words.includes(promise), promise));
  }

  test("a run without its start or its host is refused", () => {
    assert.throws(() => check({ ...emptyRun(), startedAt: NaN }), /startedAt/);
    assert.throws(() => check({ ...emptyRun(), frontendUrl: "" }), /frontendUrl/);
    assert.ok(STARTED_AT > 0);
  });

  // The last test: suites run one after the other.
  test("every claim is broken by some test above", () => {
    assert.deepEqual(
      Object.keys(PROMISES).filter((claim) => !seen.has(claim)),
      [],
    );
  });
});
