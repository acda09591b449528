// Simultaneous uses of one account's tokens, passwords and sessions, through the edge: exactly one wins, and nothing old survives.
// Argon2 has its cheapest settings, so that thousands of uses are possible; a log-in shows which password won.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import {
  bearer, logIn, newPassword, newPerson, openSession, plantLiveToken, requestLink, reset, statusOfMe,
} from "./account.mjs";
import { literal } from "./database.mjs";
import { accountsUnderTest } from "./foreign_accounts.mjs";
import { until } from "./polling.mjs";
import { startStack } from "./stack.mjs";

/**
 * @typedef {import("./http_exchange.mjs").Answer} Answer
 * @typedef {import("./account.mjs").Person} Person
 */

/** The origin's tests race over each product's accounts, too. */
const ROUNDS = accountsUnderTest ? 10 : 50;

const limits = [
  "LIMIT_RESET_PER_CLIENT", "LIMIT_LOGIN_PER_CLIENT", "LIMIT_OTHER_PER_CLIENT", "LIMIT_FAILURES_PER_CLIENT",
  "LIMIT_LOGIN_PER_ACCOUNT", "LIMIT_FORGOT_PER_ACCOUNT",
];

/** @type {import("./stack.mjs").Stack} */
let stack;
before(async () => {
  stack = await startStack(
    { MAIL_LIMIT_PER_ACCOUNT: "1000/60,10000/3600", ARGON2_MEMORY_KIB: "7168", ARGON2_PASSES: "1" },
    Object.fromEntries(limits.map((name) => [name, "100000/60"])),
  );
  stack.mostClients = 100;
});
after(() => stack?.stop());

/** @param {Answer[]} answers */
const statusesOf = (answers) => answers.map((answer) => answer.status);

/**
 * Allows the listed statuses, and 503 with Retry-After.
 * @param {Answer[]} answers
 * @param {number[]} allowed
 */
function assertOnly(answers, allowed) {
  for (const { status, headers, text } of answers) {
    if (status === 503) assert.ok(headers["retry-after"], "a 503 without Retry-After");
    else assert.ok(allowed.includes(status), `${status} ${text}`);
  }
}

/**
 * @param {Person} person
 * @param {string[]} passwords
 * @returns {Promise<string[]>} those that log in
 */
async function workingPasswords(person, passwords) {
  const answers = await Promise.all(passwords.map((password) => logIn(stack, person.email, password)));
  assertOnly(answers, [200, 401]);
  assert.ok(answers.every((answer) => answer.status !== 503));
  return passwords.filter((_, index) => answers[index].status === 200);
}

async function assertNoDeadlock() {
  for (const { name, text } of stack.logs()) assert.ok(!/deadlock detected/i.test(text), name);
}

/**
 * If the service is too busy for all uses, the token is still unused: then the same uses are tried again.
 * @param {() => Promise<Answer[]>} useAll
 */
async function useUntilSomebodyIsServed(useAll) {
  for (let attempt = 1; ; ++attempt) {
    const answers = await useAll();
    if (attempt === 5 || answers.some((answer) => answer.status !== 503)) return answers;
  }
}

describe("one token", () => {
  test(`R01, R02: of 100 simultaneous uses from 100 clients exactly one wins, in each of ${ROUNDS} rounds`, async () => {
    const person = await newPerson(stack);
    let password = person.password;
    let refused = 0;
    for (let round = 0; round < ROUNDS; ++round) {
      const token = await plantLiveToken(stack, person);
      const passwords = Array.from({ length: 100 }, newPassword);
      const answers = await useUntilSomebodyIsServed(() => Promise.all(passwords.map((each) => reset(stack, token, each))));
      const winner = answers.findIndex((answer) => answer.status === 200);
      assertOnly(answers, [200, 400]);
      assert.equal(statusesOf(answers).filter((status) => status === 200).length, 1, `round ${round}: ${statusesOf(answers)}`);
      const losers = answers.filter((answer) => answer.status === 400);
      assert.ok(new Set(losers.map((answer) => answer.text)).size <= 1);
      refused += losers.length;
      const asked = [password, passwords[winner], passwords[(winner + 1) % 100]];
      assert.deepEqual(await workingPasswords(person, asked), [passwords[winner]]);
      password = passwords[winner];
    }
    assert.ok(refused >= 50 * ROUNDS, `only ${refused} of ${99 * ROUNDS} were refused as used; the rest got 503`);
  });

  test("of simultaneous uses over both dialects exactly one wins", async () => {
    const person = await newPerson(stack);
    for (let round = 0; round < 10; ++round) {
      const token = await plantLiveToken(stack, person);
      const use = (/** @type {unknown} */ _, /** @type {number} */ index) =>
        index % 2 ? reset(stack, token, newPassword()) : stack.post("/auth/reset-password", { token, password: newPassword() });
      const answers = await useUntilSomebodyIsServed(() => Promise.all(Array.from({ length: 20 }, use)));
      assertOnly(answers, [200, 400]);
      assert.equal(statusesOf(answers).filter((status) => status === 200).length, 1);
    }
  });
});

describe("two live tokens of one account", () => {
  test("used simultaneously, one wins and ends the other", async () => {
    const person = await newPerson(stack);
    for (let round = 0; round < 20; ++round) {
      const tokens = [await plantLiveToken(stack, person), await plantLiveToken(stack, person)];
      const passwords = [newPassword(), newPassword()];
      const answers = await Promise.all(tokens.map((token, index) => reset(stack, token, passwords[index])));
      assert.deepEqual(statusesOf(answers).sort(), [200, 400]);
      assert.deepEqual(await workingPasswords(person, passwords), [passwords[statusesOf(answers).indexOf(200)]]);
      const left = await stack.database.rows(`SELECT 1 FROM reset_tokens WHERE user_id = ${literal(person.id)}`);
      assert.equal(left.length, 0);
    }
  });
});

describe("a reset beside other changes", () => {
  test("R05: simultaneous reset, log-ins and change of the password leave no old password and no old session", async () => {
    const person = await newPerson(stack);
    let password = person.password;
    for (let round = 0; round < 20; ++round) {
      const session = await openSession(stack, { ...person, password });
      const token = await plantLiveToken(stack, person);
      const [byReset, byOwner] = [newPassword(), newPassword()];
      const logins = () => [1, 2, 3].map(() => logIn(stack, person.email, password));
      const [resetting, changing, ...opening] = await Promise.all([
        reset(stack, token, byReset),
        stack.patch("/api/users/me/password", { current_password: password, new_password: byOwner }, bearer(session)),
        ...logins(),
      ]);
      assertOnly([resetting], [200, 400]);
      assertOnly([changing], [200, 400, 401]);
      assertOnly(opening, [200, 401]);
      const winners = [resetting, changing].filter((answer) => answer.status === 200).length;
      assert.equal(winners, 1, `round ${round}: reset ${resetting.status}, change ${changing.status}`);
      const now = resetting.status === 200 ? byReset : byOwner;
      assert.deepEqual(await workingPasswords(person, [password, byReset, byOwner]), [now]);
      const opened = opening.filter((answer) => answer.status === 200).map((answer) => answer.json.access_token);
      for (const old of opened) assert.equal(await statusOfMe(stack, old), 401);
      assert.equal(await statusOfMe(stack, session), resetting.status === 200 ? 401 : 200);
      password = now;
    }
    await assertNoDeadlock();
  });

  /** @param {Person} person @returns {Promise<string>} the state in which it ended */
  async function endOfNewestRequest(person) {
    const newest = `SELECT CASE WHEN ended_at IS NOT NULL THEN state END FROM reset_requests WHERE email = ${literal(person.email)} ORDER BY id DESC LIMIT 1`;
    return until("the newest request has ended", () => stack.database.run(newest));
  }

  test("R04: a reset beside the next request for a link: if the reset wins, the earlier token is dead", async () => {
    const person = await newPerson(stack);
    let won = 0;
    for (let round = 0; round < 10; ++round) {
      const { token } = await requestLink(stack, person.email);
      const [resetting, asking] = await Promise.all([
        reset(stack, token, newPassword()),
        stack.post("/api/users/forgot-password", { email: person.email }),
      ]);
      assertOnly([resetting], [200, 400]);
      if (resetting.status === 200) ++won;
      assert.equal(asking.status, 202);
      // A reset that wins between decision and claim also ends the new link before it is mailed.
      const end = await endOfNewestRequest(person);
      assert.ok(end === "sent" || (end === "superseded" && resetting.status === 200), `${resetting.status}, ${end}`);
      assert.equal((await reset(stack, token, newPassword())).status, 400);
    }
    assert.ok(won > 0, "no reset won");
    await assertNoDeadlock();
  });

  test("disabling the account while its token is used leaves either a reset or a dead token", async () => {
    const person = await newPerson(stack);
    let password = person.password;
    for (let round = 0; round < 10; ++round) {
      const token = await plantLiveToken(stack, person);
      const wanted = newPassword();
      const [resetting] = await Promise.all([
        reset(stack, token, wanted),
        stack.database.run(`UPDATE users SET is_active = false WHERE id = ${literal(person.id)}`),
      ]);
      assertOnly([resetting], [200, 400]);
      assert.equal((await reset(stack, token, newPassword())).status, 400);
      await stack.database.run(`UPDATE users SET is_active = true WHERE id = ${literal(person.id)}`);
      await stack.database.run(`DELETE FROM reset_tokens WHERE user_id = ${literal(person.id)}`);
      const now = resetting.status === 200 ? wanted : password;
      assert.deepEqual(await workingPasswords(person, [password, wanted]), [now]);
      password = now;
    }
  });
});
