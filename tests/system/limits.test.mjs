// Limits as clients meet them, with the real Durable Objects: what a client can't get round, what a restart doesn't forget, and what
// a flood can't do to an owner.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { isResetMail, newPassword, newPerson, requestLink, reset } from "./account.mjs";
import { literal } from "./database.mjs";
import { keepBusy, until } from "./polling.mjs";
import { startStack } from "./stack.mjs";

/** @typedef {import("./http_exchange.mjs").Headers} Headers */

// Ten at once and nothing back within the life of a test.
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
 * @returns {Promise<number>} how many of as many simultaneous requests were let through; the rest must have been told when to come back
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
  test("L07: of 200 simultaneous requests exactly ten pass", async () => {
    const client = stack.newClient();
    assert.equal(await countPassed(200, () => client), 10);
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

  test("L04: an IPv6 network is one client, however its addresses are written", async () => {
    const full = "2001:0DB8:0007:0001:0000:0000:0000:0001";
    const spellings = ["2001:db8:7:1::1", full, "2001:DB8:7:1:ffff:ffff:ffff:ffff", "2001:db8:7:1:0:0:1.2.3.4"];
    assert.equal(await countPassed(28, (turn) => ({ "cf-connecting-ip": spellings[turn % 4] })), 10);
  });

  test("L04: an IPv4 address is one client, with a port and in IPv6 too", async () => {
    const spellings = ["192.0.2.77", "::ffff:192.0.2.77", "::FFFF:c000:024d", "192.0.2.77:4711", "64:ff9b::192.0.2.77", "2002:c000:24d::1"];
    assert.equal(await countPassed(30, (turn) => ({ "cf-connecting-ip": spellings[turn % 6] })), 10);
  });

  test("L05: clients without a readable address share one limit, and are reported", async () => {
    const unreadable = ["not an address", "1.2.3.4, 5.6.7.8", "1.2.3"];
    assert.equal(await countPassed(30, (turn) => ({ "cf-connecting-ip": unreadable[turn % 3] })), 10);
    const edge = stack.logs().find(({ name }) => name.endsWith("/edge.log"));
    assert.match(edge?.text ?? "", /alarm\.client_address/);
  });

  test("L11: a restart of the edge forgets nothing", async () => {
    const client = stack.newClient();
    assert.equal(await countPassed(12, () => client), 10);
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
    await until("no row of the flood is on its way", async () => (await stack.database.rows(onTheirWay)).length === 0);
    const mails = (await stack.mailBox.mailsTo(person.email)).filter(isResetMail);
    assert.equal(mails.length, 1);
    const token = /#token=([\w-]{72})/.exec(mails[0].text)?.[1] ?? "";
    assert.equal((await reset(stack, token, newPassword())).status, 200);
  });

  test("L16: a link in the box keeps working while others go on asking for more", async () => {
    const person = await newPerson(stack);
    const { token } = await requestLink(stack, person.email);
    for (let turn = 0; turn < 20; ++turn) {
      assert.equal((await stack.post("/api/users/forgot-password", { email: person.email })).status, 202);
    }
    assert.equal((await reset(stack, token, newPassword())).status, 200);
  });
});
