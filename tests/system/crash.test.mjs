// Crashes and restarts at chosen moments: no request answered with 202 is lost, and a mail that may go out twice is the same mail twice.
// The relay is the test's own; locks and held replies determine the moments, never sleeps.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";

import { logIn, newPassword, newPerson, plantLiveToken, reset, withoutId } from "./account.mjs";
import { literal } from "./database.mjs";
import { resetLinkOf } from "./mail_message.mjs";
import { valuesOf } from "./metrics_text.mjs";
import { keepBusy, until } from "./polling.mjs";
import { PostgresServer } from "./postgres_server.mjs";
import { Relay } from "./relay.mjs";
import { startStack } from "./stack.mjs";

/** @typedef {import("./account.mjs").Person} Person */

/** @type {import("./stack.mjs").Stack} */
let stack;
/** @type {Relay} */
let relay;
/** @type {Person} */
let person;

before(async () => {
  relay = new Relay();
  stack = await startStack({ MAIL_PORT: String(await relay.listen()), HASH_PARALLEL: "1" });
});
after(async () => {
  await stack?.stop();
  await relay?.close();
});
beforeEach(async () => {
  person = await newPerson(stack);
});
afterEach(() => {
  relay.verdict = () => "250 2.0.0 taken";
});

// The worker needs the account to decide a request; a forgot request reads no account. So this lock delays the worker alone.
const accountsLock = "LOCK TABLE users IN ACCESS EXCLUSIVE MODE";

const forgot = (email = person.email) => stack.post("/api/users/forgot-password", { email });
const requestState = async () => (await stack.database.row(`SELECT state FROM reset_requests WHERE email = ${literal(person.email)}`)).state;
const itsDelivery = () => `reset_request = (SELECT id FROM reset_requests WHERE email = ${literal(person.email)})`;
const deliveryRow = () => stack.database.row(`SELECT state, attempt FROM deliveries WHERE ${itsDelivery()}`);
const mailsToPerson = (count = 1) =>
  until(`mail ${count} has reached the relay`, () => relay.mailsTo(person.email).length >= count && relay.mailsTo(person.email));

/** Ends the lease that a killed origin held, so that the delivery can be claimed again. */
const endLease = () => stack.database.run(`UPDATE deliveries SET leased_until = now() WHERE ${itsDelivery()} AND state = 'sending'`);

/** @param {string} token */
async function assertTokenWorks(token) {
  const password = newPassword();
  assert.equal((await reset(stack, token, password)).status, 200);
  assert.equal((await logIn(stack, person.email, password)).status, 200);
}

/** @param {import("./relay.mjs").RelayedMail[]} mails */
function assertSameMailTwice(mails) {
  const [first, second] = mails.map((mail) => ({ id: mail.message.messageId, token: resetLinkOf(mail.message).token }));
  assert.deepEqual(second, first);
}

describe("the origin is killed", () => {
  test("F01: after its 202, before the worker decides: the mail comes after the restart, and its link works", async () => {
    await stack.database.holding(accountsLock, async () => {
      assert.equal((await forgot()).status, 202);
      await stack.origin.end("SIGKILL");
    });
    assert.equal(await requestState(), "queued");
    assert.equal(relay.mailsTo(person.email).length, 0);
    await stack.origin.start();
    const [mail] = await mailsToPerson();
    await assertTokenWorks(resetLinkOf(mail.message).token);
  });

  test("M16, F02: while the relay has the mail but has not said 250: the same mail comes again, and its link works", async () => {
    relay.verdict = ({ to }) => (to === person.email ? new Promise(() => {}) : "250 2.0.0 taken");
    assert.equal((await forgot()).status, 202);
    await mailsToPerson();
    await stack.origin.end("SIGKILL");
    relay.verdict = () => "250 2.0.0 taken";
    await endLease();
    await stack.origin.start();
    const mails = await mailsToPerson(2);
    assertSameMailTwice(mails);
    await until("the mail is settled", async () => (await requestState()) === "sent");
    await assertTokenWorks(resetLinkOf(mails[1].message).token);
    assert.equal(mails.length, 2);
  });

  test("F02: between the relay's 250 and the commit: the same mail comes exactly once more, and its link works", async () => {
    /** @type {import("./database.mjs").DatabaseSession | undefined} */
    let holder;
    relay.verdict = async ({ to }) => {
      if (to === person.email) holder ??= await stack.database.hold(`SELECT 1 FROM deliveries WHERE ${itsDelivery()} FOR UPDATE`);
      return "250 2.0.0 taken";
    };
    try {
      assert.equal((await forgot()).status, 202);
      await until("the worker waits to write that the mail is out", async () => (await waitingBackends()).length > 0, { every: 5 });
      await stack.origin.end("SIGKILL");
      for (const { pid } of await waitingBackends()) await stack.database.run(`SELECT pg_terminate_backend(${pid})`);
    } finally {
      await holder?.close();
    }
    relay.verdict = () => "250 2.0.0 taken";
    assert.equal((await deliveryRow()).state, "sending");
    await endLease();
    await stack.origin.start();
    const mails = await mailsToPerson(2);
    assertSameMailTwice(mails);
    await until("the mail is settled", async () => (await requestState()) === "sent");
    await assertTokenWorks(resetLinkOf(mails[1].message).token);
    assert.equal(relay.mailsTo(person.email).filter(({ message }) => message.text.includes("#token=")).length, 2);
  });
});

const waitingBackends = () => stack.database.rows("SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'");

describe("the relay", () => {
  test("M13, F11: says 451 first: the same mail is tried again, and delivered once", async () => {
    let tries = 0;
    relay.verdict = ({ to }) => (to === person.email && ++tries === 1 ? "451 4.7.1 later" : "250 2.0.0 taken");
    assert.equal((await forgot()).status, 202);
    await mailsToPerson();
    await until("the delivery waits for its next attempt", async () => (await deliveryRow()).state === "queued");
    assert.equal((await deliveryRow()).attempt, 1);
    await stack.database.run(`UPDATE deliveries SET due_at = now() WHERE ${itsDelivery()}`);
    assertSameMailTwice(await mailsToPerson(2));
    await until("the mail is settled", async () => (await requestState()) === "sent");
  });

  test("M14, E10, F11: says 550: the request and its token end, and the next request gets the same answer", async () => {
    relay.verdict = () => "550 5.1.1 no such user";
    const first = await forgot();
    const [mail] = await mailsToPerson();
    await until("the request has ended", async () => (await requestState()) === "rejected");
    assert.equal((await reset(stack, resetLinkOf(mail.message).token, newPassword())).status, 400);
    const second = await forgot();
    assert.deepEqual([second.status, withoutId(second.text)], [first.status, withoutId(first.text)]);
  });
});

/**
 * @param {string} url
 * @param {number} count
 * @returns {import("node:net").Socket[]} connections, each with half a request
 */
function halfRequests(url, count) {
  const { hostname, port } = new URL(url);
  return Array.from({ length: count }, () => {
    const socket = connect(Number(port), hostname, () => socket.write("POST /internal/login HTTP/1.1\r\nHost: origin\r\n"));
    return socket.on("error", () => {}); // the origin cuts them off
  });
}

/** @param {string} name of a number that /metrics shows, with its labels */
async function metric(name) {
  return valuesOf(await (await fetch(`${stack.opsUrl}/metrics`)).text()).get(name) ?? 0;
}

const connections = () => metric('rekey_connections{listener="edge"}');

describe("under load", () => {
  /**
   * Asks for links, each for a new address, until `disturb` is done; every accepted request must be in the database.
   * @param {() => Promise<void>} disturb
   */
  async function assertNothingAcceptedIsLost(disturb) {
    /** @type {string[]} */
    const accepted = [];
    let over = false;
    const load = keepBusy(8, () => over, async (round) => {
      const email = `load-${person.username}-${round}@example.com`;
      const { status, headers } = await forgot(email);
      if (status === 202) accepted.push(email);
      else assert.deepEqual([status, Number(headers["retry-after"]) > 0], [503, true]);
    });
    try {
      await until("the load is on", () => accepted.length > 40, { deadline: 60_000 });
      await disturb();
      const before = accepted.length;
      await until("requests are accepted again", () => accepted.length > before + 40, { deadline: 60_000 });
    } finally {
      over = true;
      await load;
    }
    const rows = await stack.database.row(`SELECT count(*)::int FROM reset_requests WHERE email LIKE 'load-${person.username}-%'`);
    const missing = await stack.database.rows(`
      SELECT email FROM unnest(ARRAY[${accepted.map(literal)}]) AS accepted (email)
      WHERE NOT EXISTS (SELECT 1 FROM reset_requests r WHERE r.email = accepted.email)`);
    assert.deepEqual(missing, []);
    assert.ok(rows.count >= accepted.length);
  }

  for (const mode of ["fast", "immediate"]) {
    test(`F04: a restart of PostgreSQL (${mode}) loses no accepted request, and time-outs still hold afterwards`, async () => {
      const server = await PostgresServer.of(stack.database);
      await assertNothingAcceptedIsLost(() => server.restart(mode));
      const jammed = await stack.database.holding(accountsLock, () => logIn(stack, person.email, person.password));
      assert.equal(jammed.status, 503);
    });
  }

  test("F22: SIGTERM loses no accepted request", async () => {
    await assertNothingAcceptedIsLost(async () => {
      await stack.origin.end("SIGTERM");
      await stack.origin.start();
    });
  });

  test("F22: SIGTERM ends it within ten seconds, despite slow clients and waiting log-ins, which are all answered", async () => {
    const slow = [...halfRequests(stack.originUrl, 200), ...halfRequests(stack.opsUrl, 20)];
    try {
      await until("the slow ones are connected", async () => (await connections()) >= 200);
      const logIns = Array.from({ length: 100 }, () => logIn(stack, person.email, person.password));
      await until("log-ins wait for their hash", async () => (await metric("rekey_hash_queue")) > 0, { every: 1 });
      await stack.origin.end("SIGTERM");
      const statuses = (await Promise.all(logIns)).map((answer) => answer.status);
      assert.deepEqual(statuses.filter((status) => ![200, 503].includes(status)), []);
      assert.ok(statuses.includes(200));
    } finally {
      for (const socket of slow) socket.destroy();
      await stack.origin.start();
    }
  });

  test("F05, T16: a used token stays used after a restart of everything", async () => {
    const token = await plantLiveToken(stack, person);
    assert.equal((await reset(stack, token, newPassword())).status, 200);
    await stack.origin.end("SIGKILL");
    await (await PostgresServer.of(stack.database)).restart("immediate");
    await stack.origin.start();
    assert.equal((await reset(stack, token, newPassword())).status, 400);
  });
});
