// An answer reveals nothing about an account. Answers are compared byte by byte, sequences of answers under limits one by one, and the
// database's work by its own statistics. `scripts/prove timing` measures time.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";

import { newPerson, updateAccount, withoutId } from "./account.mjs";
import { missesOf, printsOf } from "./code.mjs";
import { literal } from "./database.mjs";
import { accountsUnderTest } from "./foreign_accounts.mjs";
import { exchange, exchangeBytes } from "./http_exchange.mjs";
import { until } from "./polling.mjs";
import { startStack } from "./stack.mjs";
import { signedCall } from "./origin_call.mjs";

/**
 * @typedef {import("./http_exchange.mjs").Answer} Answer
 * @typedef {{known: Answer, unknown: Answer, seconds: number}} Turn two answers, and the seconds that both took together
 */

/** @type {import("./stack.mjs").Stack} */
let stack;
/** Addresses of the same length, one of each kind. */
const addresses = { active: "", inactive: "", unverified: "", unknown: "" };

before(async () => {
  stack = await startStack({}, { LIMIT_FORGOT_PER_CLIENT: "20/3600", LIMIT_LOGIN_PER_CLIENT: "8/3600" });
  const people = await Promise.all([newPerson(stack), newPerson(stack), newPerson(stack)]);
  [addresses.active, addresses.inactive, addresses.unverified] = people.map((person) => person.email);
  addresses.unknown = `u${randomBytes(6).toString("hex")}@example.com`;
  if (!accountsUnderTest) await updateAccount(stack, people[0], "is_verified = true"); // Django knows no such state
  await updateAccount(stack, people[1], "is_active = false");
});
after(() => stack?.stop());

/**
 * @param {string} path
 * @param {string} type
 * @param {string} body
 * @param {string} [language]
 * @returns {Promise<string>} the answer's bytes without date and request id, which differ between any two answers
 */
async function bytesOfAnswer(path, type, body, language = "en") {
  const { "cf-connecting-ip": address } = stack.newClient();
  const head = `POST ${path} HTTP/1.1\r\nHost: ${new URL(stack.edgeUrl).host}\r\nCF-Connecting-IP: ${address}\r\nAccept-Language: ${language}\r\n`;
  const request = `${head}Content-Type: ${type}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;
  const answer = await exchangeBytes(stack.edgeUrl, request);
  assert.match(answer, /^HTTP\/1\.1 \d{3} /);
  return withoutId(answer).replace(/^date: .*$/im, "date").replace(/^(x-request-id|request-id): [\w-]{22}\r$/im, "$1\r");
}

/**
 * @param {string} path
 * @param {string} type
 * @param {(email: string) => string} bodyFor
 * @param {number} status expected: the answers of a busy service, or of one that refuses everything, would be alike too
 * @param {string} [language]
 * @returns {Promise<string>} the answer
 */
async function assertOneAnswer(path, type, bodyFor, status, language) {
  /** @type {Map<string, string[]>} */
  const kindsByAnswer = new Map();
  for (const [kind, email] of Object.entries(addresses)) {
    const answer = await bytesOfAnswer(path, type, bodyFor(email), language);
    kindsByAnswer.set(answer, [...(kindsByAnswer.get(answer) ?? []), kind]);
  }
  assert.equal(kindsByAnswer.size, 1, [...kindsByAnswer].map(([answer, kinds]) => `${kinds}:\n${answer}`).join("\n"));
  const [[answer, kinds]] = kindsByAnswer;
  assert.equal(Number(answer.split(" ")[1]), status, answer);
  assert.equal(kinds.length, 4);
  return answer;
}

/** @returns {Promise<number[]>} how many requests there are for each of the addresses */
async function requestsPerAddress() {
  const counts = Object.values(addresses).map((email) =>
    stack.database.row(`SELECT count(*)::int FROM reset_requests WHERE email = ${literal(email)}`));
  return (await Promise.all(counts)).map(({ count }) => count);
}

describe("one answer", () => {
  for (const path of ["/api/users/forgot-password", "/auth/forgot-password"]) {
    test(`E01, E04: asking for a link at ${path} is answered byte by byte the same, and stored, whatever the account`, async () => {
      const before = await requestsPerAddress();
      await assertOneAnswer(path, "application/json", (email) => JSON.stringify({ email }), 202);
      assert.deepEqual(await requestsPerAddress(), before.map((count) => count + 1));
    });
  }

  test("E02: a failed log-in is answered byte by byte the same, whatever the account", async () => {
    const wrong = (/** @type {string} */ email) => JSON.stringify({ email, password: "not the password" });
    await assertOneAnswer("/api/users/login", "application/json", wrong, 401);
    const form = (/** @type {string} */ email) => new URLSearchParams({ username: email, password: "not the password" }).toString();
    await assertOneAnswer("/api/users/token", "application/x-www-form-urlencoded", form, 401);
  });

  test("E14: in another language, asking for a link and a failed log-in are answered byte by byte the same, too", async () => {
    const forgot = await assertOneAnswer("/api/users/forgot-password", "application/json", (email) => JSON.stringify({ email }), 202, "de");
    assert.match(forgot, /"message":"Wenn es zu dieser Adresse ein Konto gibt/);
    const wrong = (/** @type {string} */ email) => JSON.stringify({ email, password: "not the password" });
    assert.match(await assertOneAnswer("/api/users/login", "application/json", wrong, 401, "de"), /passen nicht zusammen/);
  });

  test("E02: the right password of an inactive account is answered like a wrong one", async () => {
    const person = await newPerson(stack);
    await updateAccount(stack, person, "is_active = false");
    const right = await stack.post("/api/users/login", { email: person.email, password: person.password });
    const wrong = await stack.post("/api/users/login", { email: addresses.active, password: "not the password" });
    assert.deepEqual([right.status, right.text], [401, wrong.text]);
    assert.equal(wrong.status, 401);
  });
});

describe("one answer to codes", () => {
  /** @type {Record<string, string>} by the kind of address */
  const recoveries = {};
  before(async () => {
    for (const [kind, email] of Object.entries(addresses)) recoveries[kind] = (await stack.post("/api/users/forgot-password", { email })).json.recovery_id;
  });

  test("C08, E01: wrong codes are answered byte by byte the same by check and reset, one after the other past the last try", async () => {
    for (let turn = 0; turn < 7; ++turn) {
      const answers = await Promise.all(Object.values(recoveries).map((recovery_id) =>
        bytesOfAnswer("/api/users/recovery/check", "application/json", JSON.stringify({ recovery_id, code: `0000000${turn}` }))));
      assert.deepEqual([...new Set(answers)].length, 1);
      assert.match(answers[0], /^HTTP\/1\.1 400 /);
      const resets = await Promise.all(Object.values(recoveries).map((recovery_id) =>
        bytesOfAnswer("/api/users/reset-password", "application/json", JSON.stringify({ recovery_id, code: `0000000${turn}`, new_password: "a long enough one" }))));
      assert.equal(new Set(resets).size, 1);
    }
    for (const recovery_id of Object.values(recoveries)) assert.equal(await missesOf(stack.database, recovery_id.slice(8, 30)), 5);
  });
});

describe("one sequence of answers", () => {
  /**
   * @param {number} times
   * @param {(email: string, client: import("./http_exchange.mjs").Headers) => Promise<Answer>} ask
   */
  const sequences = async (times, ask) => {
    const lanes = [addresses.active, addresses.unknown].map((email) => ({ email, client: stack.newClient() }));
    /** @type {Turn[]} */
    const turns = [];
    for (let turn = 0; turn < times; ++turn) {
      const start = performance.now();
      const [known, unknown] = await Promise.all(lanes.map(({ email, client }) => ask(email, client)));
      turns.push({ known, unknown, seconds: (performance.now() - start) / 1000 });
    }
    return turns;
  };
  /** @param {Turn[]} turns */
  const assertSame = (turns) => {
    for (const { known, unknown, seconds } of turns) {
      assert.equal(`${known.status} ${withoutId(known.text)}`, `${unknown.status} ${withoutId(unknown.text)}`);
      const [a, b] = [known, unknown].map(({ headers }) => Number(headers["retry-after"] ?? 0));
      // The two requests of a turn are not simultaneous, nor are those of the first turn, from which both limits count.
      assert.ok(Math.abs(a - b) <= 1 + seconds + turns[0].seconds, `Retry-After ${a} and ${b}`);
      if (known.status === 429) assert.ok(Math.min(a, b) >= 1, `Retry-After ${a} and ${b}`);
    }
  };

  test("E11: many requests for a link from one client, past every limit", async () => {
    const turns = await sequences(25, (email, client) => stack.post("/api/users/forgot-password", { email }, client));
    assertSame(turns);
    assert.deepEqual([...new Set(turns.map((turn) => turn.known.status))], [202, 429]);
  });

  test("E11: many failed log-ins from one client, past every limit", async () => {
    const body = (/** @type {string} */ email) => ({ email, password: "not the password" });
    const turns = await sequences(12, (email, client) => stack.post("/api/users/login", body(email), client));
    assertSame(turns);
    assert.deepEqual([...new Set(turns.map((turn) => turn.known.status))], [401, 429]);
  });
});

describe("the database's work for a request", () => {
  const rounds = 25;

  /**
   * The statements that ran once for every request. The requests go directly to the origin, signed as the edge signs.
   * @param {string} email
   * @returns {Promise<{query: string, calls: number}[]>}
   */
  async function statementsPerRequest(email) {
    await stack.database.run("SELECT pg_stat_statements_reset()");
    for (let round = 0; round < rounds; ++round) {
      const { path, headers, body } = signedCall(stack.settings.EDGE_ORIGIN_KEYS, "forgot-password", { email, suppress: false });
      const answer = await exchange("POST", stack.originUrl + path, headers, body);
      assert.deepEqual(answer.json, { outcome: "accepted", version: 1 });
    }
    const statements = await stack.database.rows(`SELECT query, calls FROM pg_stat_statements WHERE calls >= ${rounds} ORDER BY query`);
    return statements.map(({ query, calls }) => ({ query: withoutValues(query), calls }));
  }

  /** The statistics show constants or, if a connection prepared the statement after their reset, parameters. @param {string} query */
  function withoutValues(query) {
    return query.replace(/'[^']*'|\$?\b\d+\b/g, "?");
  }

  test("E08: is one INSERT, the same for every address, and never touches the accounts", async () => {
    await stack.database.run("CREATE EXTENSION IF NOT EXISTS pg_stat_statements");
    // While the table of accounts is locked the worker can't work: all statements are those of the requests, which read no account.
    const [known, unknown] = await stack.database.holding("LOCK TABLE users IN ACCESS EXCLUSIVE MODE", async () =>
      [await statementsPerRequest(addresses.unverified), await statementsPerRequest(addresses.unknown)]);
    assert.deepEqual(known, unknown);
    const work = known.filter(({ query }) => !/^(BEGIN|COMMIT)$/i.test(query));
    assert.equal(work.length, 1);
    assert.match(work[0].query, /^\s*INSERT INTO rekey\.reset_requests/i);
    assert.equal(work[0].calls, rounds);
  });

  test("C08, E08: is the same for a wrong code, whatever the account", async () => {
    await stack.database.run("CREATE EXTENSION IF NOT EXISTS pg_stat_statements");
    /** @param {string} email */
    const statementsOfTries = async (email) => {
      const { json } = await stack.post("/api/users/forgot-password", { email });
      const recovery = json.recovery_id.slice(8, 30);
      await until("its request is decided and ended", async () =>
        (await stack.database.row(`SELECT state FROM reset_requests WHERE request_id = '${recovery}'`)).state !== "queued");
      await stack.database.run("SELECT pg_stat_statements_reset()");
      for (let turn = 0; turn < 7; ++turn) {
        const code = printsOf(stack.settings.RESET_PASSWORD_TOKEN_SECRET, recovery, `0000000${turn}`);
        for (const useCase of ["check-code", "reset-password"]) {
          const input = useCase === "check-code" ? { recovery, code } : { token: "", recovery, code, new_password: "a long enough one" };
          const { path, headers, body } = signedCall(stack.settings.EDGE_ORIGIN_KEYS, useCase, input);
          assert.deepEqual((await exchange("POST", stack.originUrl + path, headers, body)).json, { outcome: "bad_token", version: 1 });
        }
      }
      const statements = await stack.database.rows("SELECT query, calls FROM pg_stat_statements WHERE query ILIKE '%try_code%' OR query ILIKE '%audit_log%' ORDER BY query");
      return statements.map(({ query, calls }) => ({ query: withoutValues(query), calls }));
    };
    const [active, inactive, unknown] = [await statementsOfTries(addresses.active), await statementsOfTries(addresses.inactive), await statementsOfTries(addresses.unknown)];
    assert.ok(active.some(({ query, calls }) => query.includes("try_code") && calls === 14));
    assert.deepEqual(inactive, active);
    assert.deepEqual(unknown, active);
  });
});
