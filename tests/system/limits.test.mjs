// The limits with the real Durable Objects: a client can't get round them, a restart doesn't reset them, and a flood doesn't keep an
// owner out.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { stored } from "../edge/limiter_storage.mjs";
import { isResetMail, newPassword, newPerson, requestLink, reset } from "./account.mjs";
import { literal } from "./database.mjs";
import { keepBusy, until } from "./polling.mjs";
import { startStack } from "./stack.mjs";

/** @typedef {import("./http_exchange.mjs").Headers} Headers */

// Ten at once, and hardly any refill during a test.
const limits = { LIMIT_FORGOT_PER_CLIENT: "10/3600", LIMIT_LOGIN_PER_CLIENT: "10/3600" };

/** @type {import("./stack.mjs").Stack} */
let stack;
before(async () => {
  stack = await startStack({}, limits);
});
after(() => stack?.stop());

let asked = 0;
/** @param {Headers} client */
const forgot = (client) => stack.post("/api/users/forgot-password", { email: `limit-${++asked}@example.com` }, client);

/**
 * @param {number} times
 * @param {(turn: number) => Headers} clientOf
 * @returns {Promise<number>} how many of `times` simultaneous requests passed; the others must have Retry-After
 */
async function countPassed(times, clientOf) {
  const answers = await Promise.all(Array.from({ length: times }, (_, turn) => forgot(clientOf(turn))));
  for (const { status, headers } of answers) {
    assert.ok(status === 202 || status === 429, `${status}`);
    if (status === 429) assert.ok(Number(headers["retry-after"]) >= 1);
  }
  return answers.filter((answer) => answer.status === 202).length;
}

describe("the limit per client", () => {
  test("L07: of 100 simultaneous requests exactly ten pass", async () => {
    const client = stack.newClient();
    assert.equal(await countPassed(100, () => client), 10);
  });

  test("L01: other headers that name an address have no effect", async () => {
    const client = stack.newClient();
    const names = ["x-forwarded-for", "x-real-ip", "forwarded", "true-client-ip", "client-ip", "x-client-ip"];
    const headersOf = (/** @type {number} */ turn) => {
      const address = `203.0.113.${turn}`;
      return { ...client, ...Object.fromEntries(names.map((name) => [name, name === "forwarded" ? `for=${address}` : address])) };
    };
    assert.equal(await countPassed(30, headersOf), 10);
  });

  test("L04: an IPv6 network is one client in any spelling of its addresses", async () => {
    const full = "2001:0DB8:0007:0001:0000:0000:0000:0001";
    const spellings = ["2001:db8:7:1::1", full, "2001:DB8:7:1:ffff:ffff:ffff:ffff", "2001:db8:7:1:0:0:1.2.3.4"];
    assert.equal(await countPassed(28, (turn) => ({ "cf-connecting-ip": spellings[turn % 4] })), 10);
  });

  test("L04: an IPv4 address is one client, also with a port and inside IPv6", async () => {
    const spellings = ["192.0.2.77", "::ffff:192.0.2.77", "::FFFF:c000:024d", "192.0.2.77:4711", "64:ff9b::192.0.2.77", "2002:c000:24d::1"];
    assert.equal(await countPassed(30, (turn) => ({ "cf-connecting-ip": spellings[turn % 6] })), 10);
  });

  test("L05: clients without a readable address share one limit, and are reported", async () => {
    const unreadable = ["not an address", "1.2.3.4, 5.6.7.8", "1.2.3"];
    assert.equal(await countPassed(30, (turn) => ({ "cf-connecting-ip": unreadable[turn % 3] })), 10);
    const edgeLog = () => stack.logs().find(({ name }) => name.endsWith("/edge.log"))?.text ?? "";
    await until("the alarm is in the log", () => edgeLog().includes("alarm.client_address"));
  });

  test("L11: a restart of the edge resets no limit", async () => {
    const client = stack.newClient();
    assert.equal(await countPassed(12, () => client), 10);
    await stored(stack.folder);
    await stack.restart({}, limits);
    assert.equal(await countPassed(5, () => client), 0);
  });
});

describe("a flood for one owner", () => {
  test("R07, L14, L16: 300 requests, 20 at a time, are all accepted, bring one mail, and leave its link working", async () => {
    const person = await newPerson(stack);
    let sent = 0;
    await keepBusy(20, () => sent === 300, async () => {
      ++sent;
      const answer = await stack.post("/api/users/forgot-password", { email: person.email });
      assert.equal(answer.status, 202);
    });
    await stack.mailBox.waitFor(person.email, { where: isResetMail });
    const onTheirWay = `SELECT 1 FROM reset_requests WHERE email = ${literal(person.email)} AND ended_at IS NULL`;
    await until("every request of the flood has ended", async () => (await stack.database.rows(onTheirWay)).length === 0);
    const mails = (await stack.mailBox.mailsTo(person.email)).filter(isResetMail);
    assert.equal(mails.length, 1);
    const token = /#token=([\w-]{72})/.exec(mails[0].text)?.[1] ?? "";
    assert.equal((await reset(stack, token, newPassword())).status, 200);
  });

  test("L16: a mailed link keeps working while others ask for more", async () => {
    const person = await newPerson(stack);
    const { token } = await requestLink(stack, person.email);
    for (let turn = 0; turn < 20; ++turn) {
      assert.equal((await stack.post("/api/users/forgot-password", { email: person.email })).status, 202);
    }
    assert.equal((await reset(stack, token, newPassword())).status, 200);
  });
});
