// The limits: the client or account each call counts for, their order, and the answers past them. Rows L01 to L19 of tests/attacks.md,
// without workerd.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, mock, test } from "node:test";

import { withoutId } from "../system/account.mjs";
import { base64url, mintSession, mintToken, originKey } from "./keys.mjs";
import { NodeEdge } from "./node_edge.mjs";
import { keepTimeStill } from "./still_time.mjs";
import { StubOrigin, user } from "./stub_origin.mjs";

const origin = new StubOrigin();
before(() => origin.start());
afterEach(() => origin.reset());
after(() => origin.stop());
keepTimeStill();

/** @param {Record<string, string>} [limits] */
const edgeWith = (limits = {}) => new NodeEdge({ ORIGIN_URLS: origin.url, ...limits });

/** @param {NodeEdge} edge @param {string} email @param {Record<string, string>} [headers] */
const forgot = (edge, email, headers = {}) =>
  edge.send("/api/users/forgot-password", { email }, { "cf-connecting-ip": "192.0.2.1", ...headers });

const originSecret = base64url(originKey);
const token = mintToken();

/** The name of the limiter that counts a client. @param {NodeEdge} edge @param {string} address */
async function clientKey(edge, address) {
  edge.asked = [];
  await forgot(edge, "ada@example.com", { "cf-connecting-ip": address });
  return edge.asked[0];
}

describe("a client", () => {
  /** @type {NodeEdge} */
  let edge;
  before(() => {
    edge = edgeWith();
  });

  test("is the same in every spelling of its address [L04]", async () => {
    const spellings = [
      ["192.0.2.1", "::ffff:192.0.2.1", "::FFFF:192.0.2.1", "::ffff:c000:201", "0:0:0:0:0:ffff:c000:0201", "192.0.2.1:567", "192.0.2.1:65535",
        "[::ffff:192.0.2.1]:443", "::ffff:0:192.0.2.1", "64:ff9b::192.0.2.1", "64:ff9b::c000:201", "[64:ff9b::192.0.2.1]:80", "2002:c000:201::", "2002:C000:0201:1:2:3:4:5"],
      ["2001:db8:1:2::1", "2001:DB8:1:2::1", "2001:0db8:0001:0002:0000:0000:0000:0001", "2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::192.0.2.1", "[2001:db8:1:2::1]:443", "[2001:db8:1:2::1]"],
      ["::1", "0:0:0:0:0:0:0:1", "::"],
    ];
    for (const [first, ...others] of spellings) {
      for (const other of others) assert.equal(await clientKey(edge, other), await clientKey(edge, first), other);
    }
  });

  test("differs with another IPv4 address or another /64", async () => {
    const addresses = ["192.0.2.1", "192.0.2.2", "2001:db8:1:2::1", "2001:db8:1:3::1", "::1", "64:ff9b::192.0.2.3", "64:ff9b:1::192.0.2.3", "64:ff9b:1::192.0.2.4", "64:ff9b:1:c000:2:500::", "64:ff9b:1:c000:2:600::",
      "64:ff9b:2::192.0.2.3", "::ffff:0:192.0.2.5", "2002:c000:204::", "unparsable"];
    const keys = new Set();
    for (const address of addresses) keys.add(await clientKey(edge, address));
    assert.equal(keys.size, addresses.length);
  });

  test("without a readable address is the one unknown client [L02, L05]", async () => {
    const unreadable = ["", "nonsense", "192.0.2.1, 198.51.100.7", "192.0.2", "192.0.2.256", "192.0.2.01", "192.0.2.1:", "192.0.2.1:x", "192.0.2.1:65536", "192.0.2.1:80:80",
      "[192.0.2.1]:80", "[2001:db8::1", "2001:db8::1]:443", "[2001:db8::1]x", "[2001:db8::1]:", "[]:443", "2001:db8::1%eth0",
      "1:2:3:4:5:6:7:8:9", "1::2::3", ":::", "12345::", "2001:db8::192.0.2.1.5", "1.2.3.4::", "x".repeat(4000)];
    const unknown = await clientKey(edge, "unknown");
    for (const address of unreadable) assert.equal(await clientKey(edge, address), unknown, address);
  });

  test("without a readable address is reported, once a minute and without the address", async () => {
    const watched = edgeWith();
    const alarms = () => watched.eventNames.filter((name) => name === "alarm.client_address").length;
    await forgot(watched, "ada@example.com", { "cf-connecting-ip": "192.0.2.1:567" });
    assert.equal(alarms(), 0);
    for (let i = 0; i < 3; ++i) await forgot(watched, "ada@example.com", { "cf-connecting-ip": "192.0.2.1, 198.51.100.7" });
    assert.equal(alarms(), 1);
    mock.timers.tick(59_000);
    await forgot(watched, "ada@example.com", { "cf-connecting-ip": "nonsense" });
    assert.equal(alarms(), 1);
    mock.timers.tick(1_000);
    await forgot(watched, "ada@example.com", { "cf-connecting-ip": "" });
    assert.equal(alarms(), 2);
    assert.ok(!JSON.stringify(watched.events).includes("198.51.100.7"));
  });

  test("is named to the origin by its address alone, without port or prefix", async () => {
    const told = { "192.0.2.1:567": "192.0.2.1", "[2001:db8::1]:443": "2001:db8::1", "::ffff:192.0.2.1": "192.0.2.1", "64:ff9b::192.0.2.1": "192.0.2.1", "2002:c000:201::9": "192.0.2.1" };
    for (const [given, address] of Object.entries(told)) {
      await forgot(edge, "ada@example.com", { "cf-connecting-ip": given });
      assert.equal(origin.lastCall.body.client.ip, address, given);
    }
  });

  test("cannot choose its identity by other headers [L01, O19]", async () => {
    const plain = await clientKey(edge, "192.0.2.1");
    for (const name of ["x-forwarded-for", "x-real-ip", "forwarded", "true-client-ip", "client-ip", "x-client-ip"]) {
      edge.asked = [];
      await forgot(edge, "ada@example.com", { [name]: "198.51.100.99" });
      assert.equal(edge.asked[0], plain, name);
      assert.ok(!origin.lastCall.text.includes("198.51.100.99"), name);
    }
  });

  test("is identified by the header that the operator sets", async () => {
    const behindProxy = edgeWith({ CLIENT_IP_HEADER: "X-Real-IP" });
    await forgot(behindProxy, "ada@example.com", { "x-real-ip": "203.0.113.5" });
    assert.equal(origin.lastCall.body.client.ip, "203.0.113.5");
  });

  test("is counted under names that hold no address", async () => {
    edge.asked = [];
    await forgot(edge, "ada@example.com");
    assert.equal(edge.asked.length, 2);
    for (const name of edge.asked) assert.match(name, /^[0-9a-f]{64}$/);
  });
});

describe("the keys' rotation", () => {
  test("leaves every count where it was", async () => {
    const secrets = Object.fromEntries([0x31, 0x32, 0x33, 0x34].map((fill) => [fill, base64url(Buffer.alloc(32, fill))]));
    const stages = [["1:" + secrets[0x31], "1:" + originSecret], [`1:${secrets[0x31]},2:${secrets[0x32]}`, "1:" + originSecret],
      [`2:${secrets[0x32]},1:${secrets[0x31]}`, "1:" + originSecret], ["2:" + secrets[0x32], `1:${originSecret},2:${secrets[0x33]}`]];
    const asked = [];
    for (const [tokenKeys, originKeys] of stages) {
      const edge = edgeWith({ RESET_PASSWORD_TOKEN_SECRET: tokenKeys, EDGE_ORIGIN_KEYS: originKeys });
      await forgot(edge, "ada@example.com");
      asked.push(edge.asked);
    }
    assert.equal(asked[0].length, 2);
    for (const names of asked) assert.deepEqual(names, asked[0]);
  });
});

describe("past a client's limit", () => {
  test("the answer is 429 with Retry-After and the RateLimit fields, and the origin isn't called [L10]", async () => {
    const edge = edgeWith({ LIMIT_FORGOT_PER_CLIENT: "3/60" });
    const statuses = [];
    for (let i = 0; i < 5; ++i) statuses.push((await forgot(edge, `user${i}@example.com`)).status);
    assert.deepEqual(statuses, [202, 202, 202, 429, 429]);
    const response = await forgot(edge, "more@example.com");
    assert.equal(response.headers.get("retry-after"), "20");
    assert.equal(response.headers.get("ratelimit-policy"), '"forgot-per-client";q=3;w=60');
    assert.match(String(response.headers.get("ratelimit")), /^"forgot-per-client";r=0;t=\d+$/);
    assert.equal((/** @type {any} */ (await response.json())).type, "urn:rekey:problem:rate-limited");
    assert.equal(origin.calls.length, 3);
    assert.equal((await forgot(edge, "ada@example.com", { "cf-connecting-ip": "192.0.2.2" })).status, 202);
  });

  test("the account is not counted", async () => {
    const edge = edgeWith({ LIMIT_FORGOT_PER_CLIENT: "1/60", LIMIT_FORGOT_PER_ACCOUNT: "2/60" });
    for (let i = 0; i < 5; ++i) await forgot(edge, "ada@example.com");
    for (const client of ["192.0.2.2", "192.0.2.3"]) await forgot(edge, "ada@example.com", { "cf-connecting-ip": client });
    assert.deepEqual(origin.calls.map((call) => call.body.input.suppress), [false, false, true]);
  });

  test("no object is asked again until a call would pass", async () => {
    mock.timers.setTime(1_000_000_000_000);
    const edge = edgeWith({ LIMIT_FORGOT_PER_CLIENT: "2/60" });
    const statuses = [];
    for (const at of [0, 0, 0, 10_000, 29_999, 30_000, 30_001]) {
      mock.timers.setTime(1_000_000_000_000 + at);
      statuses.push([(await forgot(edge, "ada@example.com")).status, edge.objects.splice(0).length]);
    }
    assert.deepEqual(statuses, [[202, 1], [202, 1], [429, 1], [429, 0], [429, 0], [202, 1], [429, 1]]);
  });

  test("a clock that jumps back shuts nobody out for longer than one period", async () => {
    mock.timers.setTime(1_000_000_000_000);
    const edge = edgeWith({ LIMIT_FORGOT_PER_CLIENT: "1/60" });
    for (let i = 0; i < 2; ++i) await forgot(edge, "ada@example.com");
    mock.timers.setTime(1_000_000_000_000 - 3_600_000);
    assert.equal((await forgot(edge, "ada@example.com")).status, 429);
    mock.timers.setTime(1_000_000_000_000 - 3_540_000);
    assert.equal((await forgot(edge, "ada@example.com")).status, 202);
  });

  for (const [limit, ask] of /** @type {[string, (edge: NodeEdge) => Promise<Response>][]} */ ([
    ["RESET_PER_CLIENT", (edge) => edge.send("/api/users/reset-password", { token, new_password: "correct horse" })],
    ["LOGIN_PER_CLIENT", (edge) => edge.send("/api/users/login", { email: `${Math.random()}@example.com`, password: "x" })],
    ["REGISTER_PER_CLIENT", (edge) => edge.send("/api/users", { username: "ada", email: "a@example.com", password: "correct horse" })],
    ["OTHER_PER_CLIENT", (edge) => edge.fetch("/api/users/me", { headers: { authorization: `Bearer ${mintSession()}` } })],
    ["OTHER_PER_CLIENT", (edge) => edge.send("/api/users/reset-password/cancel", { token: mintToken(), email: "a@example.com" })],
    ["OTHER_PER_CLIENT", (edge) => edge.fetch("/healthz")],
  ])) {
    test(`LIMIT_${limit} holds`, async () => {
      const edge = edgeWith({ [`LIMIT_${limit}`]: "2/60" });
      const statuses = [];
      for (let i = 0; i < 3; ++i) statuses.push((await ask(edge)).status);
      assert.equal(statuses.indexOf(429), 2);
    });
  }
});

describe("past an account's limit", () => {
  test("a forgot request is forwarded with a mark, and the caller sees no difference [E11]", async () => {
    const edge = edgeWith({ LIMIT_FORGOT_PER_ACCOUNT: "2/60" });
    const answers = [];
    for (let i = 0; i < 4; ++i) {
      const response = await forgot(edge, "ada@example.com", { "cf-connecting-ip": `192.0.2.${i}` });
      answers.push([response.status, withoutId(await response.text()), [...response.headers.keys()].join()].join());
    }
    assert.equal(new Set(answers).size, 1);
    assert.deepEqual(origin.calls.map((call) => call.body.input.suppress), [false, false, true, true]);
    assert.deepEqual(edge.eventNames, ["forgot.accepted", "forgot.accepted", "forgot.suppressed", "forgot.suppressed"]);
  });

  test("spellings of one address count as one [L08]", async () => {
    const edge = edgeWith({ LIMIT_FORGOT_PER_ACCOUNT: "1/60" });
    for (const email of ["ada@example.com", "ADA@Example.COM"]) await forgot(edge, email);
    assert.deepEqual(origin.calls.map((call) => call.body.input.suppress), [false, true]);
  });

  test("requests for aliases, which cause no mail, use up nothing of the owner's limit [L16]", async () => {
    const edge = edgeWith({ LIMIT_FORGOT_PER_ACCOUNT: "1/60" });
    for (const email of ["ada+1@example.com", "a.da@example.com", "ada@example.com"]) await forgot(edge, email);
    assert.deepEqual(origin.calls.map((call) => call.body.input.suppress), [false, false, false]);
  });

  test("log-ins of one client are 429, those of others go on", async () => {
    const edge = edgeWith({ LIMIT_LOGIN_PER_ACCOUNT: "2/300" });
    const logIn = (/** @type {string} */ ip, email = "ada@example.com") =>
      edge.send("/api/users/login", { email, password: "guess" }, { "cf-connecting-ip": ip });
    const statuses = [];
    for (const ip of ["192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2"]) statuses.push((await logIn(ip)).status);
    statuses.push((await logIn("192.0.2.1", "alan@example.com")).status);
    assert.deepEqual(statuses, [204, 204, 429, 204, 204]);
  });

  test("guesses of the current password are counted per session [P11]", async () => {
    const edge = edgeWith({ LIMIT_LOGIN_PER_ACCOUNT: "2/300" });
    origin.answer = () => ({ body: { outcome: "wrong_password" } });
    const authorization = `Bearer ${mintSession()}`;
    const guess = (/** @type {string} */ ip) => edge.send("/api/users/me/password", { current_password: "guess", new_password: "correct horse" },
      { authorization, "cf-connecting-ip": ip }, "PATCH");
    const statuses = [];
    for (let i = 0; i < 3; ++i) statuses.push((await guess(`192.0.2.${i}`)).status);
    assert.deepEqual(statuses, [400, 400, 429]);
  });
});

describe("a session that is renewed, one after the other or many at once", () => {
  const given = (/** @type {Response} */ response) => String(response.headers.get("set-cookie")).slice("__Host-rekey=".length, "__Host-rekey=".length + 72);

  /** @param {NodeEdge} edge @param {string} token @param {"cookie" | "authorization"} [carried] */
  const guess = async (edge, token, carried = "cookie") => {
    origin.answer = () => ({ body: { outcome: "wrong_password" } });
    const credential = carried === "cookie" ? `__Host-rekey=${token}` : `Bearer ${token}`;
    const body = { current_password: "guess", new_password: "correct horse" };
    return (await edge.send("/api/users/me/password", body, { [carried]: credential }, "PATCH")).status;
  };

  /** @param {NodeEdge} edge @param {string} token */
  const renew = async (edge, token) => {
    origin.answer = () => ({ body: { outcome: "ok", user, renewed: true } });
    return given(await edge.fetch("/api/users/me", { headers: { cookie: `__Host-rekey=${token}` } }));
  };

  test("allows no more guesses of the password than one that is not renewed", async () => {
    const edge = edgeWith({ LIMIT_LOGIN_PER_ACCOUNT: "4/300", ACCESS_TOKEN_EXPIRE_MINUTES: "5" });
    const first = mintSession(300); // from a log-in for a cookie or for a bearer token: they look the same
    const second = await renew(edge, first);
    const third = await renew(edge, second);
    const beside = await Promise.all([1, 2, 3].map(() => renew(edge, first)));
    const tokens = [first, second, third, ...beside];
    assert.equal(new Set(tokens).size, 6);
    const statuses = [];
    for (const token of tokens) statuses.push(await guess(edge, token));
    assert.deepEqual(statuses, [400, 400, 400, 400, 429, 429]);
    assert.equal(await guess(edge, third, "authorization"), 429);
  });

  test("uses up no guesses of another session", async () => {
    const edge = edgeWith({ LIMIT_LOGIN_PER_ACCOUNT: "1/300" });
    const [first, second] = [mintSession(300), mintSession(300)];
    assert.deepEqual([await guess(edge, first), await guess(edge, first), await guess(edge, second)], [400, 429, 400]);
    assert.equal(await guess(edge, await renew(edge, second)), 429);
  });
});

describe("failures", () => {
  test("past their limit get 429 without asking any limiter; good requests go on", async () => {
    const edge = edgeWith({ LIMIT_FAILURES_PER_CLIENT: "3/60" });
    const fail = (/** @type {string} */ ip) => edge.send("/api/users/forgot-password", "{}", { "cf-connecting-ip": ip });
    const statuses = [];
    for (let i = 0; i < 5; ++i) statuses.push((await fail("192.0.2.1")).status);
    assert.deepEqual(statuses, [422, 422, 422, 429, 429]);
    assert.deepEqual(edge.asked, []);
    const limited = await fail("192.0.2.1");
    assert.equal(limited.headers.get("ratelimit-policy"), '"failures-per-client";q=3;w=60');
    assert.equal(limited.headers.get("retry-after"), "20");
    assert.equal((await fail("192.0.2.2")).status, 422);
    assert.equal((await forgot(edge, "ada@example.com")).status, 202);
  });

  test("are bad shapes and bad tokens, not unknown pages or ended sessions", async () => {
    const edge = edgeWith({ LIMIT_FAILURES_PER_CLIENT: "1/60" });
    await edge.fetch("/nowhere");
    await edge.fetch("/api/users/me");
    await edge.fetch("/api/users/me", { headers: { authorization: `Bearer ${mintSession(-1)}` } });
    const bad = () => edge.send("/api/users/reset-password", { token: "x", new_password: "correct horse" });
    assert.equal((await bad()).status, 400);
    assert.equal((await bad()).status, 429);
  });

  test("of 500 clients are nearly all remembered", async () => {
    const edge = edgeWith({ LIMIT_FAILURES_PER_CLIENT: "1/3600" });
    const fail = (/** @type {number} */ i) => edge.send("/api/users/forgot-password", "{}", { "cf-connecting-ip": `10.0.${i >> 8}.${i & 255}` });
    for (let i = 0; i < 500; ++i) await fail(i);
    let remembered = 0;
    for (let i = 0; i < 500; ++i) remembered += (await fail(i)).status === 429 ? 1 : 0;
    assert.ok(remembered > 475, `${remembered} of 500`);
  });
});

describe("limiters that fail", () => {
  const failing = (limits = {}) => {
    const edge = edgeWith(limits);
    edge.beforeLimiter = () => {
      throw new Error("planted: no storage");
    };
    return edge;
  };

  test("let no guess of a password pass: it is 503 [L19]", async () => {
    const authorization = `Bearer ${mintSession()}`;
    for (const guess of /** @type {((edge: NodeEdge) => Promise<Response>)[]} */ ([
      (edge) => edge.send("/api/users/login", { email: "ada@example.com", password: "guess" }),
      (edge) => edge.send("/api/users/me/password", { current_password: "guess", new_password: "correct horse" }, { authorization }, "PATCH"),
    ])) {
      const edge = failing();
      const response = await guess(edge);
      assert.equal(response.status, 503);
      assert.ok(Number(response.headers.get("retry-after")) > 0);
      assert.equal(origin.calls.length, 0);
      assert.ok(edge.eventNames.includes("limiter.failed") && edge.eventNames.includes("limiter.unavailable"));
    }
  });

  test("leave the counting of all other calls to the instance, so these stay limited [L19]", async () => {
    const edge = failing({ LIMIT_FORGOT_PER_CLIENT: "3/60" });
    const statuses = [];
    for (let i = 0; i < 5; ++i) statuses.push((await forgot(edge, `user${i}@example.com`)).status);
    assert.deepEqual(statuses, [202, 202, 202, 429, 429]);
    assert.equal((await forgot(edge, "ada@example.com", { "cf-connecting-ip": "192.0.2.2" })).status, 202);
    assert.equal(edge.eventNames.filter((name) => name === "limiter.unavailable").length, 0);
  });

  test("go on marking what is past an account's limit", async () => {
    const edge = failing({ LIMIT_FORGOT_PER_ACCOUNT: "1/60" });
    for (let i = 0; i < 2; ++i) await forgot(edge, "ada@example.com", { "cf-connecting-ip": `192.0.2.${i}` });
    assert.deepEqual(origin.calls.map((call) => call.body.input.suppress), [false, true]);
  });
});

describe("an IPv6 network", () => {
  test("may make 32 times the calls of one of its clients, and then refuses all of them", async () => {
    const edge = edgeWith({ LIMIT_FORGOT_PER_CLIENT: "2/60" });
    const from = (/** @type {string} */ address) => forgot(edge, `${Math.random()}@example.com`, { "cf-connecting-ip": address });
    const statuses = [];
    for (let i = 0; i < 70; ++i) statuses.push((await from(`2001:db8:7:${i.toString(16)}::1`)).status);
    assert.deepEqual([statuses.indexOf(429), statuses.filter((status) => status === 202).length], [64, 64]);
    const refused = await from("2001:db8:7:ffff::1");
    assert.equal(refused.headers.get("ratelimit-policy"), '"forgot-per-client-network";q=64;w=60');
    assert.equal((await from("2001:db8:8:1::1")).status, 202);
  });

  test("may make 32 times the log-ins of one of its clients to one account, and any to others", async () => {
    const edge = edgeWith({ LIMIT_LOGIN_PER_ACCOUNT: "2/300" });
    const logIn = (/** @type {string} */ address, email = "ada@example.com") => edge.send("/api/users/login", { email, password: "guess" }, { "cf-connecting-ip": address });
    const statuses = [];
    for (let i = 0; i < 70; ++i) statuses.push((await logIn(`2001:db8:7:${i.toString(16)}::1`)).status);
    assert.deepEqual([statuses.indexOf(429), statuses.filter((status) => status === 204).length], [64, 64]);
    assert.equal((await logIn("2001:db8:7:ffff::1")).headers.get("ratelimit-policy"), '"login-per-account-network";q=64;w=300');
    assert.equal((await logIn("2001:db8:7:ffff::1", "alan@example.com")).status, 204);
    assert.equal((await logIn("2001:db8:8:1::1")).status, 204);
  });

  test("does not loosen the limit of one client", async () => {
    const edge = edgeWith({ LIMIT_FORGOT_PER_CLIENT: "2/60" });
    const statuses = [];
    for (let i = 0; i < 3; ++i) statuses.push((await forgot(edge, `user${i}@example.com`, { "cf-connecting-ip": `2001:db8:7:1::${i}` })).status);
    assert.deepEqual(statuses, [202, 202, 429]);
  });
});

describe("the extremes of a limit", () => {
  for (const [limit, calls] of /** @type {[string, number][]} */ ([["1/86400", 1], ["1/1", 1], ["100/86400", 100]])) {
    test(`${limit} lets ${calls} pass at once, also from IPv6`, async () => {
      mock.timers.setTime(1_000_000_000_000);
      for (const client of ["192.0.2.1", "2001:db8:7:1::1"]) {
        const edge = edgeWith({ LIMIT_FORGOT_PER_CLIENT: limit });
        const statuses = [];
        for (let i = 0; i < calls + 2; ++i) statuses.push((await forgot(edge, "ada@example.com", { "cf-connecting-ip": client })).status);
        assert.deepEqual([statuses.indexOf(429), statuses.filter((status) => status === 202).length], [calls, calls]);
      }
    });
  }

  test("at 100000/1 the network's limit is counted, too", async () => {
    const edge = edgeWith({ LIMIT_FORGOT_PER_CLIENT: "100000/1", LIMIT_FORGOT_PER_ACCOUNT: "100000/86400" });
    for (let i = 0; i < 3; ++i) assert.equal((await forgot(edge, "ada@example.com", { "cf-connecting-ip": "2001:db8::1" })).status, 202);
  });
});

describe("the objects", () => {
  /** @param {NodeEdge} edge @param {string} client @param {Record<string, string>} [cf] */
  const askedBy = async (edge, client, cf) => {
    edge.objects = [];
    const request = { method: "POST", headers: { "content-type": "application/json", "cf-connecting-ip": client }, body: '{"email":"ada@example.com"}', cf };
    assert.equal((await edge.fetch("/api/users/forgot-password", request)).status, 202);
    return edge.objects;
  };

  test("are one by default, which each call asks once", async () => {
    assert.deepEqual(await askedBy(edgeWith(), "192.0.2.1"), ["limiter.0"]);
    assert.deepEqual(await askedBy(edgeWith(), "2001:db8::1"), ["limiter.0"]);
  });

  test("are as many as LIMITER_OBJECTS says, and share the keys", async () => {
    const edge = edgeWith({ LIMITER_OBJECTS: "4" });
    const names = new Set();
    for (let i = 0; i < 100; ++i) for (const name of await askedBy(edge, `198.51.100.${i}`)) names.add(name);
    assert.deepEqual([...names].sort(), ["limiter.0", "limiter.1", "limiter.2", "limiter.3"]);
  });

  test("count all keys of one client in one of them: a log-in costs one call", async () => {
    const edge = edgeWith({ LIMITER_OBJECTS: "256" });
    for (let i = 0; i < 20; ++i) {
      edge.objects = [];
      edge.asked = [];
      await edge.send("/api/users/login", { email: `u${i}@example.com`, password: "x" }, { "cf-connecting-ip": `2001:db8:${i}::1` });
      assert.deepEqual([edge.objects.length, edge.asked.length], [1, 4]);
    }
  });

  test("are near the client, where the platform tells its continent; an account has one for all", async () => {
    const edge = edgeWith({ LIMITER_OBJECTS: "2" });
    const european = await askedBy(edge, "192.0.2.1", { continent: "EU" });
    const asian = await askedBy(edge, "192.0.2.1", { continent: "AS" });
    assert.match(european[0], /^limiterEU\.[01]$/);
    assert.match(asian[0], /^limiterAS\.[01]$/);
    assert.match(european[1], /^limiter\.[01]$/);
    assert.equal(european[1], asian[1]);
  });
});
