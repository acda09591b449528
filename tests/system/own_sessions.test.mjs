// Sessions of applications through the whole system: renewal, the alarm of a copied token, the list, and the end of sessions.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { bearer, newPassword, newPerson, openSession, statusOfMe } from "./account.mjs";
import { startStack } from "./stack.mjs";

/** @type {import("./stack.mjs").Stack} */
let stack;
before(async () => {
  stack = await startStack();
});
after(() => stack?.stop());

const SESSIONS = "/api/users/me/sessions";
const FIREFOX = { "user-agent": "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0" };

/** @param {string} token @returns {Promise<string>} its successor */
async function renew(token) {
  const answer = await stack.post("/api/users/token/renew", "", bearer(token));
  assert.equal(answer.status, 200);
  assert.deepEqual([answer.json.token_type, answer.json.expires_in], ["bearer", 1800]);
  return answer.json.access_token;
}

/** Moves all sessions back in time. @param {string} interval */
const letPass = (interval) => stack.database.run(`UPDATE sessions SET started_at = started_at - interval '${interval}', created_at = created_at - interval '${interval}',
  expires_at = expires_at - interval '${interval}', renewed_at = renewed_at - interval '${interval}', token_expires_at = token_expires_at - interval '${interval}'`);

describe("an application's session", () => {
  test("is renewed; the lost answer may be repeated within a minute, and both tokens work until then", async () => {
    const first = await openSession(stack, await newPerson(stack));
    const [second, third] = [await renew(first), await renew(first)];
    assert.notEqual(second, third);
    for (const token of [first, second, third]) assert.equal(await statusOfMe(stack, token), 200);
    await letPass("61 seconds");
    assert.deepEqual([await statusOfMe(stack, second), await statusOfMe(stack, third)], [200, 200]);
  });

  test("T25: an old token that is used later ends the log-in with all its tokens, and the owner gets one mail", async () => {
    const person = await newPerson(stack);
    const [first, elsewhere] = [await openSession(stack, person), await openSession(stack, person)];
    const second = await renew(first);
    await letPass("61 seconds");
    assert.equal(await statusOfMe(stack, first), 401);
    assert.deepEqual([await statusOfMe(stack, second), await statusOfMe(stack, elsewhere)], [401, 200]);
    assert.equal(await statusOfMe(stack, first), 401);
    const mail = await stack.mailBox.waitFor(person.email);
    assert.match(mail.subject, /logged out/);
    const rows = await stack.database.rows(`SELECT 1 FROM deliveries WHERE kind = 'session_reused' AND user_id = '${person.id}'`);
    assert.equal(rows.length, 1);
  });
});

describe("a change of the password", () => {
  /** @param {import("./account.mjs").Person} person @param {string} token */
  async function change(person, token) {
    const [current, fresh] = [person.password, newPassword()];
    person.password = fresh;
    return stack.send("PATCH", "/api/users/me/password", { current_password: current, new_password: fresh }, bearer(token));
  }

  test("B10: by a token that is renewed meanwhile leaves the renewed one, and the old one its minute; other log-ins end", async () => {
    const person = await newPerson(stack);
    const [first, elsewhere] = [await openSession(stack, person), await openSession(stack, person)];
    const [changed, second] = await Promise.all([change(person, first), renew(first)]);
    assert.equal(changed.status, 200, changed.text);
    assert.deepEqual([await statusOfMe(stack, first), await statusOfMe(stack, second)], [200, 200]);
    const third = await renew(second);
    assert.equal((await change(person, second)).status, 200);
    assert.deepEqual([await statusOfMe(stack, second), await statusOfMe(stack, third)], [200, 200]);
    assert.deepEqual([await statusOfMe(stack, first), await statusOfMe(stack, elsewhere)], [401, 401]);
    await letPass("61 seconds");
    assert.equal(await statusOfMe(stack, third), 200);
  });
});

describe("the list of sessions", () => {
  test("has the account's log-ins with their devices, that of the call first; one and all others can be ended", async () => {
    const person = await newPerson(stack);
    const phone = await stack.postForm("/api/users/token", { username: person.email, password: person.password }, FIREFOX);
    const mine = phone.json.access_token;
    const [second, third] = [await openSession(stack, person), await openSession(stack, person)];
    const list = async () => (await stack.get(SESSIONS, bearer(mine))).json.sessions;
    const [own, ...others] = await list();
    assert.deepEqual([own.current, own.browser, own.system, own.renewed_at], [true, "Firefox", "Android", null]);
    assert.deepEqual(others.map((/** @type {{current: boolean}} */ each) => each.current), [false, false]);
    for (const time of [own.started_at, own.expires_at]) assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);

    assert.equal((await stack.send("DELETE", `${SESSIONS}/${others[1].id}`, "", bearer(mine))).status, 204);
    assert.deepEqual([await statusOfMe(stack, second), await statusOfMe(stack, third)], [401, 200]);
    assert.equal((await stack.send("DELETE", SESSIONS, "", bearer(mine))).status, 204);
    assert.deepEqual([await statusOfMe(stack, mine), await statusOfMe(stack, third)], [200, 401]);
    assert.equal((await list()).length, 1);
  });

  test("T26: an id of another account, and an unknown one, end nothing and get the same answer", async () => {
    const [ada, alan] = [await openSession(stack, await newPerson(stack)), await openSession(stack, await newPerson(stack))];
    const [{ id }] = (await stack.get(SESSIONS, bearer(alan))).json.sessions;
    const answers = [];
    for (const each of [id, "00000000-0000-4000-8000-000000000000"]) answers.push(await stack.send("DELETE", `${SESSIONS}/${each}`, "", bearer(ada)));
    assert.deepEqual(answers.map(({ status, text }) => [status, text]), [[204, ""], [204, ""]]);
    assert.equal(await statusOfMe(stack, alan), 200);
  });
});
