// The origin as an adversary of the edge: slow, garbled, huge, gone, or one of several. Rows O20 to O29 and F17 of tests/attacks.md.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, mock, test } from "node:test";

import { mintRecoveryId, mintSession, mintToken } from "./keys.mjs";
import { NodeEdge } from "./node_edge.mjs";
import { StubOrigin, user } from "./stub_origin.mjs";

const origin = new StubOrigin();
const second = new StubOrigin();
before(async () => {
  await origin.start();
  await second.start();
});
afterEach(() => {
  assert.deepEqual([...origin.unverified, ...second.unverified], []);
  origin.reset();
  second.reset();
});
after(async () => {
  await origin.stop();
  await second.stop();
});

const edgeTo = (/** @type {string[]} */ ...urls) => new NodeEdge({ ORIGIN_URLS: urls.join(",") });
/** @param {NodeEdge} edge */
const forgot = (edge) => edge.send("/api/users/forgot-password", { email: "ada@example.com" });
/** @param {NodeEdge} edge */
const reset = (edge) => edge.send("/api/users/reset-password", { token: mintToken(), new_password: "correct horse" });

const session = () => ({ authorization: `Bearer ${mintSession()}` });

/** @param {Response} response */
async function isUnavailable(response) {
  assert.equal(response.status, 503);
  assert.ok(Number(response.headers.get("retry-after")) > 0);
  assert.deepEqual((/** @type {any} */ (await response.json())).type, "urn:rekey:problem:unavailable");
}

describe("edge and origin of different versions", () => {
  test("a call names the edge's version, in the body that is signed", async () => {
    assert.equal((await forgot(edgeTo(origin.url))).status, 202);
    assert.equal(Object.keys(origin.lastCall.body)[0], "version");
    assert.equal(origin.lastCall.body.version, 1);
  });

  test("the answers of an origin of the version before and of the next one are understood; fields that only these have are ignored", async () => {
    const cases = [{ version: 0 }, { version: 0, advice: "old" }, { version: 1 }, { version: 2 }, { version: 2, advice: { text: "new" } }];
    for (const more of cases) {
      origin.answer = () => ({ body: { outcome: "accepted", ...more } });
      assert.equal((await forgot(edgeTo(origin.url))).status, 202, JSON.stringify(more));
    }
    origin.answer = () => ({ body: { outcome: "ok", renewed: false, user: { ...user, nickname: "new" }, version: 2 } });
    const me = () => edgeTo(origin.url).fetch("/api/users/me", { headers: { authorization: `Bearer ${mintSession()}` } });
    assert.equal((await me()).status, 200);
    origin.answer = () => ({ body: { outcome: "ok", renewed: false, user: { ...user, nickname: "new" }, version: 1 } });
    await isUnavailable(await me());
  });

  test("what a newer origin can't leave out is still required", async () => {
    origin.answer = () => ({ body: { result: "accepted", version: 2, outcome: undefined } });
    await isUnavailable(await forgot(edgeTo(origin.url)));
  });

  for (const [what, answer] of /** @type {[string, import("./stub_origin.mjs").OriginAnswer][]} */ ([
    ["refuses the edge's version", { status: 400, body: { type: "urn:rekey:problem:other-version" } }],
    ["answers in a version far newer", { body: { outcome: "accepted", version: 3 } }],
    ["answers in a version far older", { body: { outcome: "accepted", version: -1 } }],
    ["answers in a version whose form is another one", { body: '{"version":7,"result":["accepted"]}' }],
  ])) {
    test(`an origin that ${what} is named by the alarm, and by /healthz alone`, async () => {
      origin.answer = () => answer;
      const edge = edgeTo(origin.url);
      await isUnavailable(await forgot(edge));
      const health = await edge.fetch("/healthz");
      assert.deepEqual([health.status, (/** @type {any} */ (await health.json())).type], [503, "urn:rekey:problem:other-version"]);
      assert.deepEqual(edge.eventNames, ["alarm.other_version", "alarm.other_version"]);
    });
  }
});

describe("an unexpected answer of the origin becomes 503", () => {
  /** @type {Record<string, import("./stub_origin.mjs").OriginAnswer>} */
  const answers = {
    "no JSON": { body: "<html>" },
    "nothing": { body: "" },
    "another shape": { body: [] },
    "no outcome": { body: {} },
    "an outcome of another use case": { body: { outcome: "created", user } },
    "an unknown outcome": { body: { outcome: "maybe" } },
    "no version": { body: '{"outcome":"accepted"}' },
    "a version that is no number": { body: { outcome: "accepted", version: "1" } },
    "an unknown field": { body: { outcome: "accepted", note: "x" } },
    "an outcome of another type": { body: { outcome: 1 } },
    "a body of a mebibyte": { body: `{"outcome":"accepted"${" ".repeat(1 << 20)}}` },
    "a body longer than what is parsed": { body: `{"outcome":"accepted"${" ".repeat(60_000)}}` },
    "a redirect": { status: 307, headers: { location: "/internal/health" }, body: "" },
    "201": { status: 201, body: { outcome: "accepted" } },
    "400": { status: 400, body: { outcome: "accepted" } },
    "500": { status: 500, body: { outcome: "accepted" } },
    "401": { status: 401, body: { type: "urn:rekey:problem:bad-signature" } },
  };

  for (const [name, answer] of Object.entries(answers)) {
    test(`${name} [O29]`, async () => {
      const edge = edgeTo(origin.url);
      origin.answer = () => answer;
      await isUnavailable(await forgot(edge));
      assert.equal(origin.calls.length, 1);
    });
  }

  test("a user that lacks a field", async () => {
    const edge = edgeTo(origin.url);
    const { is_active: _, ...rest } = user;
    origin.answer = () => ({ body: { outcome: "ok", user: rest, renewed: false } });
    await isUnavailable(await edge.fetch("/api/users/me", { headers: { authorization: `Bearer ${mintSession()}` } }));
  });

  test("a refused signature raises an alarm and does not become a 401", async () => {
    const edge = edgeTo(origin.url);
    origin.answer = () => ({ status: 401, body: { type: "urn:rekey:problem:bad-signature" } });
    await isUnavailable(await edge.fetch("/api/users/me", { headers: { authorization: `Bearer ${mintSession()}` } }));
    assert.ok(edge.eventNames.includes("alarm.origin_refused_signature"));
  });

  test("an origin that hangs up before or during its answer", async () => {
    for (const begin of ["", '{"outcome":']) {
      const edge = edgeTo(origin.url);
      origin.answer = (_, response) => {
        if (begin) response.writeHead(200, { "content-length": "100" }).write(begin);
        response.destroy();
      };
      await isUnavailable(await forgot(edge));
    }
  });

  test("an origin that never answers, or stops within its answer, is given up [F17]", async () => {
    for (const begin of ["", '{"outcome":']) {
      const edge = edgeTo(origin.url);
      origin.answer = (_, response) => {
        if (begin) response.writeHead(200, { "content-length": "100" }).write(begin);
      };
      await isUnavailable(await forgot(edge));
      assert.deepEqual(edge.eventNames, ["origin.failed", "origin.unreachable"]);
    }
  });

  test("a busy origin's Retry-After is passed on, up to a bound", async () => {
    const edge = edgeTo(origin.url);
    for (const [said, told] of [["7", "7"], ["100000", "5"], ["soon", "5"], ["-1", "5"]]) {
      origin.answer = () => ({ status: 503, headers: { "retry-after": said }, body: {} });
      const response = await forgot(edge);
      assert.equal(response.headers.get("retry-after"), told);
      await isUnavailable(response);
    }
  });
});

/** Calls of every kind. @type {Record<string, (edge: NodeEdge) => Promise<Response>>} */
const kinds = {
  register: (edge) => edge.send("/api/users", { username: "ada", email: "ada@example.com", password: "correct horse" }),
  login: (edge) => edge.send("/api/users/login", { email: "ada@example.com", password: "correct horse" }),
  logout: (edge) => edge.fetch("/api/users/logout", { method: "POST", headers: session() }),
  me: (edge) => edge.fetch("/api/users/me", { headers: session() }),
  "change-password": (edge) =>
    edge.send("/api/users/me/password", { current_password: "correct horse", new_password: "battery staple" }, session(), "PATCH"),
  "forgot-password": forgot,
  "reset-password": reset,
  "cancel-reset": (edge) => edge.send("/api/users/reset-password/cancel", { token: mintToken(), email: "ada@example.com" }),
  "check-code": (edge) => edge.send("/api/users/recovery/check", { recovery_id: mintRecoveryId(Buffer.alloc(16, 1)), code: "12345678" }),
  health: (edge) => edge.fetch("/healthz"),
};

describe("of several origins", () => {
  // A loaded machine may need long for what fails at once.
  beforeEach(() => mock.timers.enable({ apis: ["Date"], now: Date.now() }));
  afterEach(() => mock.timers.reset());

  const dead = "http://127.0.0.1:9"; // nothing listens on the discard port
  /** Ways not to serve a call, with the event that the operator reads. @type {Record<string, [StubOrigin["answer"], string]>} */
  const failures = {
    "hangs up": [(_, response) => void response.destroy(), "origin.failed"],
    "hangs up within its answer": [(_, response) => void response.writeHead(200, { "content-length": "100" }).write("{", () => response.destroy()), "origin.failed"],
    "holds another key": [() => ({ status: 401, body: { type: "urn:rekey:problem:bad-signature" } }), "alarm.origin_refused_signature"],
    "has a wrong clock": [() => ({ status: 401, body: { type: "urn:rekey:problem:stale-signature" } }), "alarm.clock"],
    "is of another version": [() => ({ status: 400, body: { type: "urn:rekey:problem:other-version" } }), "alarm.other_version"],
    "has a proxy that forbids the call": [() => ({ status: 403, body: "<html>" }), "alarm.origin_refused_request"],
    "has a bug": [() => ({ status: 500, body: {} }), "origin.error"],
    "has a proxy that does not reach it": [() => ({ status: 502, body: "<html>" }), "origin.error"],
    "has a proxy that says so at length": [() => ({ status: 502, body: "x".repeat(10_000) }), "origin.error"],
    "is busy": [() => ({ status: 503, headers: { "retry-after": "2" }, body: {} }), "origin.busy"],
    "is something else": [() => ({ body: "<html>" }), "alarm.origin_garbled"],
  };

  /** What /healthz is asked for. @type {Record<string, string>} */
  const differences = { "holds another key": "other-keys", "has a wrong clock": "clocks-apart", "is of another version": "other-version" };

  /** Chance decides when. @param {NodeEdge} edge @param {(edge: NodeEdge) => Promise<Response>} call @param {(last: Response) => void} [check] */
  async function callUntilChosen(edge, call, check = () => {}) {
    for (let i = 0; origin.calls.length === 0 && i < 60; ++i) check(await call(edge));
    assert.equal(origin.calls.length, 1);
  }

  for (const [name, [answer, event]] of Object.entries(failures)) {
    test(`one that ${name} loses no call, of whatever kind, and is named in the log`, async () => {
      for (const [kind, call] of Object.entries(kinds)) {
        if (kind === "health" && name in differences) continue;
        origin.reset();
        second.reset();
        origin.answer = answer;
        const edge = edgeTo(origin.url, second.url);
        await callUntilChosen(edge, call, (response) => assert.ok(response.ok, kind));
        assert.deepEqual(second.lastCall.text, origin.lastCall.text, kind);
        const lines = edge.events.filter((line) => line.origin === new URL(origin.url).host);
        assert.deepEqual(lines.map((line) => line.event), [event], kind);
      }
    });
  }

  for (const [name, type] of Object.entries(differences)) {
    test(`one that ${name} is what /healthz tells, although another one serves`, async () => {
      const edge = edgeTo(origin.url, second.url);
      origin.answer = failures[name][0];
      /** @type {Response | undefined} */
      let last;
      await callUntilChosen(edge, kinds.health, (response) => (last = response));
      assert.equal(last?.status, 503);
      assert.equal((/** @type {any} */ (await last?.json())).type, `urn:rekey:problem:${type}`);
      assert.equal(edge.eventNames.at(-1), failures[name][1]);
      for (let i = 0; i < 8; ++i) assert.equal((await kinds.health(edge)).status, 503, "also while other calls pass it over");
      origin.answer = StubOrigin.accept;
      for (let i = 0; i < 8; ++i) assert.equal((await kinds.health(edge)).status, 200);
    });
  }

  test("one that refuses connections loses no call, of whatever kind", async () => {
    for (const call of Object.values(kinds)) {
      const edge = edgeTo(dead, origin.url);
      for (let i = 0; i < 8; ++i) assert.ok((await call(edge)).ok);
    }
    assert.equal(origin.calls.length, 8 * Object.keys(kinds).length);
  });

  test("one that is silent lets one call wait, of whatever cost", async () => {
    for (const call of [forgot, kinds.login]) {
      origin.reset();
      origin.answer = () => {};
      const edge = edgeTo(origin.url, second.url);
      for (let i = 0; i < 20; ++i) assert.ok((await call(edge)).ok);
      assert.equal(origin.calls.length, 1);
    }
  });

  test("all are asked before a call is given up, if they fail at once", async () => {
    const third = await new StubOrigin().start();
    const all = [origin, second, third];
    for (const each of all) each.answer = failures["has a proxy that forbids the call"][0];
    for (const call of Object.values(kinds)) {
      for (const each of all) each.calls = [];
      assert.equal((await call(edgeTo(dead, ...all.map((each) => each.url)))).status, 503);
      assert.deepEqual(all.map((each) => each.calls.length), [1, 1, 1]);
    }
    await third.stop();
  });

  test("at most two work on a call that they fail", async () => {
    const third = await new StubOrigin().start();
    const all = [origin, second, third];
    for (const each of all) each.answer = failures["is busy"][0];
    const response = await forgot(edgeTo(...all.map((each) => each.url)));
    assert.equal(response.headers.get("retry-after"), "2");
    await isUnavailable(response);
    assert.deepEqual(all.map((each) => each.calls.length).sort(), [0, 1, 1]);
    await third.stop();
  });

  test("one that failed is passed over until a quick call finds it well; no log-in probes it", async () => {
    const edge = edgeTo(origin.url, second.url);
    origin.answer = failures["has a bug"][0];
    await callUntilChosen(edge, forgot);
    origin.answer = StubOrigin.accept;
    for (let i = 0; i < 20; ++i) await forgot(edge);
    assert.equal(origin.calls.length, 1);
    mock.timers.tick(2000);
    for (let i = 0; i < 20; ++i) await kinds.login(edge);
    assert.equal(origin.calls.length, 1);
    await forgot(edge);
    assert.equal(origin.calls.length, 2);
    for (let i = 0; i < 40; ++i) await kinds.login(edge);
    assert.ok(origin.calls.length > 2);
  });

  test("the log names the one that failed and the one that answered", async () => {
    const edge = edgeTo(dead, origin.url);
    for (let i = 0; i < 40; ++i) await forgot(edge); // of two equal ones chance decides which is asked first
    const failed = edge.events.filter(({ event }) => event === "origin.failed");
    const answered = edge.events.filter(({ event }) => event === "forgot.accepted");
    assert.ok(failed.length > 0 && failed.every((line) => line.origin === new URL(dead).host));
    assert.ok(answered.length === 40 && answered.every((line) => line.origin === new URL(origin.url).host));
  });

  test("the line of one that was passed over has the status of its answer", async () => {
    const edge = edgeTo(origin.url, second.url);
    origin.answer = failures["has a proxy that does not reach it"][0];
    await callUntilChosen(edge, forgot);
    const line = edge.events.find(({ event }) => event === "origin.error");
    assert.deepEqual([line?.status, line?.origin], [502, new URL(origin.url).host]);
  });

  test("a refusal of the edge's own names no origin", async () => {
    const edge = edgeTo(origin.url);
    await edge.send("/api/users/forgot-password", "{");
    assert.deepEqual(edge.events.map(({ event, origin }) => [event, origin]), [["shape.refused", undefined]]);
  });

  test("all share the calls while all answer", async () => {
    const edge = edgeTo(origin.url, second.url);
    for (let i = 0; i < 64; ++i) await forgot(edge);
    assert.ok(origin.calls.length > 0 && second.calls.length > 0);
    assert.equal(origin.calls.length + second.calls.length, 64);
  });

  test("those near the client's continent are asked first, the others if they fail", async () => {
    const edge = edgeTo(`${origin.url} EU AF`, `${second.url} NA`);
    const from = (/** @type {string | undefined} */ continent) =>
      edge.fetch("/healthz", { cf: continent ? { continent } : {} });
    for (let i = 0; i < 16; ++i) await from("AF");
    assert.deepEqual([origin.calls.length, second.calls.length], [16, 0]);
    for (let i = 0; i < 16; ++i) await from("NA");
    assert.deepEqual([origin.calls.length, second.calls.length], [16, 16]);
    for (let i = 0; i < 64; ++i) await from(i % 2 ? "AS" : undefined);
    assert.ok(origin.calls.length > 16 && second.calls.length > 16);
    origin.answer = failures["hangs up"][0];
    for (let i = 0; i < 16; ++i) assert.ok((await from("EU")).ok);
  });
});

describe("a host name from the client", () => {
  test("reaches neither origin nor answer [O20, H11]", async () => {
    const edge = edgeTo(origin.url);
    const evil = { "x-forwarded-host": "evil.test", forwarded: "host=evil.test", "x-original-url": "/evil.test", "x-forwarded-proto": "https" };
    const response = await edge.send("/api/users/forgot-password", { email: "ada@example.com" }, evil);
    assert.ok(!origin.lastCall.text.includes("evil.test"));
    assert.ok(!JSON.stringify(origin.lastCall.headers).includes("evil.test"));
    assert.ok(!JSON.stringify([...response.headers]).includes("evil"));
  });
});
