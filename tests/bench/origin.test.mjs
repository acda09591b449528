// The pieces of the origin part: the references do the product's work, their output is read correctly, and a wrong answer gives no figure.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { checkout } from "../system/stack.mjs";
import { signedHeaders } from "../system/origin_call.mjs";
import { FORMATS } from "./accounts.mjs";
import { POOL } from "./origin.mjs";
import { bareArgon2id, formatRate, loadOrigin, readLoad } from "./origin_load.mjs";
import { CLIENT, findSessionScript, insertRequestScript, readPgbench, withValues } from "./origin_pgbench.mjs";
import { statementIn, statementOfProduct } from "./origin_statement.mjs";

const keys = `1:${Buffer.alloc(32, 7).toString("base64url")}`;

/** @param {string} path */
function source(path) {
  return readFileSync(join(checkout, path), "utf8");
}

test("pgbench's INSERT is the product's with a value for each parameter, and otherwise unchanged", () => {
  const { text, variables } = insertRequestScript("queued");
  const [, statement] = text.split("\n");
  const names = ["id", "email", "state", "ip", "agent", "country", "language"];
  const named = statement.replaceAll("('nobody-' || :id || '@example.com')", ":email");
  const back = named.replace(/(?<!:):([a-z]+)/g, (_, name) => `$${names.indexOf(name) + 1}`);
  const raw = /kInsertRequest\{"insert_reset_request", R"\(\n(.*?)\)"\};/s.exec(source("origin/postgres/recovery_store.cpp"));
  assert.equal(back, `${raw?.[1].replace(/\s+/g, " ")};`);
  assert.equal(variables.state, "queued");
  assert.equal(insertRequestScript("suppressed").variables.state, "suppressed");
});

test("pgbench's SELECT is the product's with its macros expanded", () => {
  const statement = statementOfProduct("find_session");
  assert.match(statement, /^SELECT u\.id, .*u\.password_hash, .* FROM rekey\.sessions s CROSS JOIN LATERAL rekey\.account_by_id\(s\.user_id\) u WHERE .* AND s\.ended_at IS NULL AND .* AND u\.is_active AND /);
  assert.doesNotMatch(statement, /REKEY_|"/);
  const [, sent] = findSessionScript(1000).text.split("\n");
  assert.equal(sent.replace("sha256(('session-' || :number)::bytea)", "$1"), `${statement};`);
});

test("a statement is assembled from raw literals, plain literals and macros", () => {
  const sources = ['#define A_B \\\n  "two " "\\"three\\" "\n', 'SqlStatement kX{\n"x", "one " A_B R"(\n four $1)"};'];
  assert.equal(statementIn(sources, "x"), 'one two "three" four $1');
  const given = ['#define A(b, c) \\\n  "(b " c b ")"\n', 'SqlStatement kX{"x", "one " A("two", "three, ") R"( four)"};'];
  assert.equal(statementIn(given, "x"), "one (b three, two) four");
  assert.throws(() => statementIn(sources, "y"), /no source .* y/);
  assert.throws(() => statementIn(sources.slice(1), "x"), /defines A_B/);
});

test("a parameter without a value is an error", () => {
  assert.equal(withValues("a $1 b $2 $1", [":x", "7"]), "a :x b 7 :x");
  assert.throws(() => withValues("a $2", [":x"]), /no value for \$2/);
});

test("the number of database connections in the note is the origin's default", () => {
  assert.equal(/"DATABASE_POOL_SIZE", "(\d+)"/.exec(source("origin/settings/settings_source.cpp"))?.[1], String(POOL));
});

test("generator and reference name the same client", () => {
  const text = source("tests/bench/origin_call.cpp");
  for (const value of Object.values(CLIENT)) assert.ok(text.includes(`"${value}"`), value);
});

test("bare Argon2id hashes with the origin's defaults", async () => {
  const settings = source("origin/settings/settings_source.cpp");
  const program = source("tests/bench/bare_argon2id.cpp");
  for (const [setting, option] of [["ARGON2_MEMORY_KIB", "memory_kib"], ["ARGON2_PASSES", "passes"], ["ARGON2_LANES", "lanes"]]) {
    const expected = new RegExp(`"${setting}", "(\\d+)"`).exec(settings)?.[1];
    assert.equal(new RegExp(` ${option} = (\\d+);`).exec(program)?.[1], expected, setting);
  }
  assert.ok((await bareArgon2id(0.05)) > 1);
});

test("a hash of every form is measured", async () => {
  const words = /kPasswordFormatWords\[\] = \{(.*?)\}/s.exec(source("shared/password_format.h"))?.[1] ?? "";
  assert.deepEqual([...words.matchAll(/"([^"]+)"/g)].map(([, word]) => word).filter((word) => word !== "argon2id"), FORMATS);
  for (const word of FORMATS) assert.ok((await formatRate(word, 0.01)) > 0.1, word);
  await assert.rejects(formatRate("md5", 0.01), /FORMAT must be a word/);
});

const printed = `transaction type: /tmp/insert.pgbench
number of clients: 16
number of transactions actually processed: 22513
number of failed transactions: 0 (0.000%)
latency average = 2.840 ms
initial connection time = 26.613 ms
tps = 5634.211735 (without initial connection time)
`;

test("pgbench's output is read, and a failed transaction or none at all gives no figure", () => {
  assert.deepEqual(readPgbench(printed), { transactions: 22513, perSecond: 5634.211735 });
  assert.throws(() => readPgbench(printed.replace("failed transactions: 0", "failed transactions: 1")), /pgbench said/);
  assert.throws(() => readPgbench(printed.replace("22513", "0")), /pgbench said/);
  assert.throws(() => readPgbench(""), /pgbench said/);
});

test("the generator's output is read, and calls that were neither answered with 200 nor lost give no figure", () => {
  const words = { calls: 200, statuses: { 200: 200 }, seconds: 2, p50: 1.5, p99: 9, signing_us: 5 };
  assert.deepEqual(readLoad(JSON.stringify(words)), { calls: 200, lost: 0, perSecond: 100, latency: { p50: 1.5, p99: 9 }, signingMicroseconds: 5 });
  assert.deepEqual(readLoad(JSON.stringify({ ...words, statuses: { 200: 200, 503: 7 } })).lost, 7);
  assert.throws(() => readLoad(JSON.stringify({ ...words, statuses: { 200: 199, 503: 1 } })), /origin_load said/);
  assert.throws(() => readLoad(JSON.stringify({ ...words, statuses: { 200: 200, 500: 1 } })), /origin_load said/);
  assert.throws(() => readLoad(JSON.stringify({ ...words, calls: 0, statuses: { 200: 0 } })), /origin_load said/);
});

/**
 * @typedef {{path: string, headers: import("node:http").IncomingHttpHeaders, body: any, text: string}} Heard
 *
 * Runs `work` against a stub whose answer to each call is `answer` of its place in the order.
 * @param {(place: number) => {status?: number, outcome: string, detail?: string}} answer
 * @param {(origin: {port: number, keys: string, folder: string}, heard: Heard[], connections: () => number) => Promise<void>} work
 */
async function withStub(answer, work) {
  const folder = mkdtempSync(join(tmpdir(), "rekey-origin-"));
  /** @type {Heard[]} */
  const heard = [];
  let connections = 0;
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const piece of request) text += piece;
    const { status = 200, outcome, detail } = answer(heard.push({ path: request.url ?? "", headers: request.headers, body: JSON.parse(text), text }));
    const body = JSON.stringify({ outcome, detail });
    response.writeHead(status, { "content-type": "application/json", "content-length": body.length }).end(body);
  });
  server.on("connection", () => ++connections);
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  try {
    await work({ port, keys, folder }, heard, () => connections);
  } finally {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const pace = { connections: 3, seconds: 0.2003, warmUp: 0.05 };
/** @type {import("./origin_load.mjs").Calls} */
const logIns = {
  useCase: "login", input: { email: "%line", password: "p-%number", session: "%hash" }, outcome: "ok",
  lines: ["a@example.com", "b@example.com"], use: "again",
};

test("every call is written and signed anew, over persistent connections", () =>
  withStub(() => ({ outcome: "ok" }), async (origin, heard, connections) => {
    const { calls } = await loadOrigin(origin, logIns, pace);
    assert.ok(calls > 10 && heard.length > calls, `${calls} counted of ${heard.length}: the warm-up is not`);
    assert.equal(connections(), 3);
    assert.equal(new Set(heard.map(({ body }) => body.request_id)).size, heard.length);
    assert.equal(new Set(heard.map(({ body }) => body.input.session)).size, heard.length);
    assert.equal(new Set(heard.map(({ headers }) => headers.signature)).size, heard.length);
    assert.deepEqual(new Set(heard.map(({ body }) => body.input.email)), new Set(logIns.lines));
    assert.ok(heard.every(({ body }) => /^p-\d+$/.test(body.input.password) && /^[0-9a-f]{64}$/.test(body.input.session)));
    const [{ path, headers, body, text }] = heard;
    assert.equal(path, "/internal/login");
    assert.equal(headers["content-digest"], signedHeaders(keys, path, text, body.request_id)["content-digest"]);
    assert.ok(String(headers["signature-input"]).endsWith(`;keyid="1";alg="hmac-sha256";nonce="${body.request_id}"`));
  }));

test("one wrong outcome among good ones fails the whole measurement", () =>
  withStub((place) => ({ outcome: place === 20 ? "bad_credentials" : "ok" }), (origin) =>
    assert.rejects(loadOrigin(origin, logIns, pace), /wrong answer: .*bad_credentials/s)));

const turnedAway = { status: 503, outcome: "", detail: "Too many requests wait." };

test("calls that an overloaded origin turns away are lost: counted, but in neither the rate nor the latency", () =>
  withStub((place) => (place % 5 === 0 ? turnedAway : { outcome: "ok" }), async (origin, heard) => {
    const { calls, lost, perSecond } = await loadOrigin(origin, logIns, pace);
    assert.ok(lost > 0 && lost < calls && calls + lost <= heard.length, `${lost} lost, ${calls} answered, ${heard.length} in all`);
    assert.ok(Math.abs(perSecond - calls / pace.seconds) < 1);
  }));

test("an origin that turns every call away gives no figure", () =>
  withStub(() => turnedAway, (origin) => assert.rejects(loadOrigin(origin, logIns, pace), /no call was answered within the time/)));

for (const other of [{ status: 503, outcome: "" }, { status: 500, outcome: "ok" }, { status: 429, outcome: "", detail: turnedAway.detail }]) {
  test(`one answer ${other.status} that is not an overloaded origin's fails the whole measurement`, () =>
    withStub((place) => (place === 20 ? other : { outcome: "ok" }), (origin) =>
      assert.rejects(loadOrigin(origin, logIns, pace), new RegExp(`^Error: login, 3 connections: wrong answer: HTTP/1.1 ${other.status} `))));
}

test("lines for one use are not used twice", () =>
  withStub(() => ({ outcome: "ok" }), async (origin, heard) => {
    await assert.rejects(loadOrigin(origin, { ...logIns, use: "once" }, pace), /no line is left after 2/);
    assert.ok(heard.length <= 2);
  }));

test("a missing origin is reported", async () => {
  await assert.rejects(loadOrigin({ port: 1, keys, folder: tmpdir() }, { ...logIns, lines: undefined }, pace), /nobody listens/);
});
