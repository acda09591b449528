// The origin as an adversary of the edge: slow, garbled, huge, gone, or one of several. Rows O20 to O29 and F17 of tests/attacks.md.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";

import { mintSession, mintToken } from "./keys.mjs";
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

/** @param {Response} response */
async function isUnavailable(response) {
  assert.equal(response.status, 503);
  assert.ok(Number(response.headers.get("retry-after")) > 0);
  assert.deepEqual((/** @type {any} */ (await response.json())).type, "urn:rekey:problem:unavailable");
}

describe("an unexpected answer of the origin becomes 503", () => {
  /** @type {Record<string, import("./stub_origin.mjs").OriginAnswer>} */
  const answers = {
    "no JSON": { body: "<html>" },
    "nothing": { body: "" },
    "another shape": { body: [] },
    "no outcome": { body: {} },
    "an outcome of another use case": { body: { outcome: "created", user } },
    "an unknown outcome": { body: { outcome: "maybe" } },
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

describe("of several origins", () => {
  const dead = "http://127.0.0.1:9"; // nothing listens on the discard port

  test("the next is called if the first doesn't answer and a repeat is harmless", async () => {
    const edge = edgeTo(dead, origin.url);
    for (let i = 0; i < 8; ++i) assert.equal((await forgot(edge)).status, 202);
    assert.equal(origin.calls.length, 8);
  });

  test("the log names the one that failed and the one that answered", async () => {
    const edge = edgeTo(dead, origin.url);
    for (let i = 0; i < 8; ++i) await forgot(edge);
    const failed = edge.events.filter(({ event }) => event === "origin.failed");
    const answered = edge.events.filter(({ event }) => event === "forgot.accepted");
    assert.ok(failed.length > 0 && failed.every((line) => line.origin === new URL(dead).host));
    assert.ok(answered.length === 8 && answered.every((line) => line.origin === new URL(origin.url).host));
  });

  test("a refusal of the edge's own names no origin", async () => {
    const edge = edgeTo(origin.url);
    await edge.send("/api/users/forgot-password", "{");
    assert.deepEqual(edge.events.map(({ event, origin }) => [event, origin]), [["shape.refused", undefined]]);
  });

  test("both get the same request id when a call is repeated", async () => {
    for (let i = 0; i < 20; ++i) {
      origin.reset();
      second.reset();
      origin.answer = (_, response) => void response.destroy();
      assert.equal((await forgot(edgeTo(origin.url, second.url))).status, 202);
      if (origin.calls.length === 1) break;
    }
    assert.equal(origin.calls.length, 1);
    assert.equal(origin.lastCall.body.request_id, second.lastCall.body.request_id);
  });

  test("a call that hashes a password is never repeated", async () => {
    for (const ask of [reset, (/** @type {NodeEdge} */ e) => e.send("/api/users/login", { email: "a@example.com", password: "x" })]) {
      for (const each of [origin, second]) {
        each.reset();
        each.answer = (_, response) => void response.destroy();
      }
      await isUnavailable(await ask(edgeTo(origin.url, second.url)));
      assert.equal(origin.calls.length + second.calls.length, 1);
    }
  });

  test("one that failed is skipped for a while, also by calls that may not be repeated", async () => {
    const edge = edgeTo(dead, origin.url);
    const statuses = [];
    for (let i = 0; i < 20; ++i) statuses.push((await reset(edge)).status);
    assert.ok(statuses.filter((status) => status === 503).length <= 1, statuses.join());
  });

  test("at most two are called for a request, none of them twice", async () => {
    const third = await new StubOrigin().start();
    const all = [origin, second, third];
    for (const each of all) each.answer = (_, response) => void response.destroy();
    await isUnavailable(await forgot(edgeTo(...all.map((each) => each.url))));
    assert.deepEqual(all.map((each) => each.calls.length).sort(), [0, 1, 1]);
    await third.stop();
  });

  test("all share the calls while all answer", async () => {
    const edge = edgeTo(origin.url, second.url);
    for (let i = 0; i < 64; ++i) await forgot(edge);
    assert.ok(origin.calls.length > 0 && second.calls.length > 0);
    assert.equal(origin.calls.length + second.calls.length, 64);
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
