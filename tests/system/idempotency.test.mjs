// Idempotency-Key through the whole system: the answer of the first call again, another body, calls at once, and what is stored.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";

import { bearer, logIn, newPassword, newPerson, newUsername, openSession, plantLiveToken } from "./account.mjs";
import { startStack } from "./stack.mjs";

/** @type {import("./stack.mjs").Stack} */
let stack;
before(async () => {
  stack = await startStack();
});
after(() => stack?.stop());

/** @param {{status: number, text: string}} answer */
const said = ({ status, text }) => [status, text];
/** The device that an answer's id stands for. @param {{headers: import("node:http").IncomingHttpHeaders}} answer */
const deviceOf = ({ headers }) => Buffer.from(String(headers["rekey-device"]), "base64url").toString("hex", 6, 38);
/** @param {string} key */
const under = (key) => ({ "idempotency-key": key });

describe("a call whose answer was lost", () => {
  test("R12: a registration gets the same account again", async () => {
    const username = newUsername();
    const body = { username, email: `${username}@example.com`, password: newPassword() };
    const key = randomUUID();
    const [first, again] = [await stack.post("/api/users", body, under(key)), await stack.post("/api/users", body, under(key))];
    assert.equal(first.status, 201);
    assert.deepEqual(said(again), said(first));
    assert.equal((await stack.post("/api/users", body)).status, 409, "without the key it is taken");
    assert.equal((await stack.post("/api/users", { ...body, username: newUsername() }, under(key))).status, 422);
  });

  test("R12: a reset is done once, and answered alike; another body is 422", async () => {
    const person = await newPerson(stack);
    const body = { token: await plantLiveToken(stack, person), new_password: newPassword() };
    const key = randomUUID();
    const reset = (/** @type {object} */ sent, /** @type {Record<string, string>} */ headers = under(key)) => stack.post("/api/users/reset-password", sent, headers);
    const first = await reset(body);
    assert.equal(first.status, 200);
    const again = await reset(body);
    assert.deepEqual(said(again), said(first));
    assert.deepEqual([deviceOf(again), deviceOf(again).length], [deviceOf(first), 64], "the device of the account, again");
    assert.equal((await reset(body, {})).status, 400, "without the key the link is used");
    const other = await reset({ ...body, new_password: newPassword() });
    assert.deepEqual([other.status, other.json.type], [422, "urn:rekey:problem:other-body"]);
    assert.equal((await logIn(stack, person.email, body.new_password)).status, 200);
    const notices = await stack.database.rows(`SELECT 1 FROM deliveries WHERE kind = 'password_changed' AND user_id = '${person.id}'`);
    assert.equal(notices.length, 1);
  });

  test("R12: a refusal is repeated, too", async () => {
    const person = await newPerson(stack);
    const body = { token: await plantLiveToken(stack, person), new_password: person.email };
    const key = randomUUID();
    const [first, again] = [await stack.post("/api/users/reset-password", body, under(key)), await stack.post("/api/users/reset-password", body, under(key))];
    assert.deepEqual([first.status, first.json.errors[0].reason], [422, "personal"]);
    assert.deepEqual(said(again), said(first));
  });

  test("R12: a change of the password is answered alike, although the current one is another by now", async () => {
    const person = await newPerson(stack);
    const mine = await openSession(stack, person);
    const body = { current_password: person.password, new_password: newPassword() };
    const change = (/** @type {Record<string, string>} */ headers) => stack.patch("/api/users/me/password", body, { ...bearer(mine), ...headers });
    const key = randomUUID();
    const first = await change(under(key));
    assert.equal(first.status, 200);
    assert.deepEqual(said(await change(under(`"${key}"`))), said(first));
    assert.equal((await change({})).status, 400);
  });

  test("R12: of twenty at once one resets, and each gets its answer or 409", async () => {
    const person = await newPerson(stack);
    const body = { token: await plantLiveToken(stack, person), new_password: newPassword() };
    const key = randomUUID();
    const reset = () => stack.post("/api/users/reset-password", body, under(key));
    const statuses = (await Promise.all(Array.from({ length: 20 }, reset))).map(({ status }) => status);
    assert.ok(statuses.includes(200));
    assert.deepEqual(statuses.filter((status) => status !== 200 && status !== 409), []);
    assert.equal((await reset()).status, 200);
  });

  test("R13: the table holds neither keys nor bodies, nor what they hold", async () => {
    const person = await newPerson(stack);
    const body = { token: await plantLiveToken(stack, person), new_password: newPassword() };
    const key = randomUUID();
    await stack.post("/api/users/reset-password", body, under(key));
    const rows = JSON.stringify(await stack.database.rows("SELECT a::text AS row FROM call_answers a"));
    for (const secret of [key, body.token, body.new_password, person.email, person.username]) {
      assert.ok(!rows.includes(secret) && !rows.includes(Buffer.from(secret).toString("hex")));
    }
  });
});
