// The routes under AUTH_PREFIX in the shapes that clients of fastapi-users' router expect: rows A1 to A5 and A9.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";

import { mintToken } from "./keys.mjs";
import { NodeEdge } from "./node_edge.mjs";
import { StubOrigin } from "./stub_origin.mjs";

const origin = new StubOrigin();
/** @type {NodeEdge} */
let edge;
before(async () => {
  await origin.start();
  edge = new NodeEdge({ ORIGIN_URLS: origin.url });
});
afterEach(() => origin.reset());
after(() => origin.stop());

const password = "correct horse battery staple";

/** @param {Response} response @returns {Promise<any>} */
const json = (response) => response.json();

/** @param {Response} response @param {unknown[]} loc @param {string} type */
async function isInvalid(response, loc, type) {
  assert.equal(response.status, 422);
  assert.equal(response.headers.get("content-type"), "application/json");
  const { detail } = await json(response);
  assert.equal(detail.length, 1);
  assert.deepEqual(Object.keys(detail[0]).sort(), ["loc", "msg", "type"]);
  assert.deepEqual(detail[0].loc, loc);
  assert.equal(detail[0].type, type);
  assert.equal(typeof detail[0].msg, "string");
}

describe("POST /auth/forgot-password", () => {
  test("A1: 202 with the body null", async () => {
    const response = await edge.send("/auth/forgot-password", { email: "ada@example.com" });
    assert.equal(response.status, 202);
    assert.equal(response.headers.get("content-type"), "application/json");
    assert.equal(await response.text(), "null");
    assert.deepEqual(origin.lastCall.body.input, { email: "ada@example.com", suppress: false });
  });

  test("A1: a missing or malformed address is 422 in FastAPI's shape", async () => {
    const field = ["body", "email"];
    await isInvalid(await edge.send("/auth/forgot-password", {}), field, "missing");
    await isInvalid(await edge.send("/auth/forgot-password", { email: 1 }), field, "string_type");
    await isInvalid(await edge.send("/auth/forgot-password", { email: "nobody" }), field, "value_error");
    await isInvalid(await edge.send("/auth/forgot-password", []), ["body"], "model_attributes_type");
    await isInvalid(await edge.send("/auth/forgot-password", '{"email":'), ["body"], "json_invalid");
    await isInvalid(await edge.send("/auth/forgot-password", { email: "a@example.com", id: 1 }), ["body", "id"], "extra_forbidden");
    assert.equal(origin.calls.length, 0);
  });
});

describe("POST /auth/reset-password", () => {
  const path = "/auth/reset-password";

  test("A2: 200 with the body null; a missing field is 422", async () => {
    const response = await edge.send(path, { token: mintToken(), password });
    assert.equal(response.status, 200);
    assert.equal(await response.text(), "null");
    await isInvalid(await edge.send(path, { password }), ["body", "token"], "missing");
    await isInvalid(await edge.send(path, { token: mintToken() }), ["body", "password"], "missing");
  });

  test("A3: every bad token is the same 400", async () => {
    const bad = ["", "x", mintToken({ expiresIn: -1 }), mintToken({ purpose: "rekey session v1" }), mintToken({ keyId: 9 })];
    for (const token of bad) {
      const response = await edge.send(path, { token, password });
      assert.equal(response.status, 400);
      assert.equal(await response.text(), '{"detail":"RESET_PASSWORD_BAD_TOKEN"}');
    }
    assert.equal(origin.calls.length, 0);
    origin.answer = () => ({ body: { outcome: "bad_token" } });
    const response = await edge.send(path, { token: mintToken(), password });
    assert.equal(await response.text(), '{"detail":"RESET_PASSWORD_BAD_TOKEN"}');
  });

  test("A4: a refused password is 400 with code and reason, at the edge and from the origin", async () => {
    const isRefused = async (/** @type {Response} */ response) => {
      assert.equal(response.status, 400);
      const { detail } = await json(response);
      assert.deepEqual(Object.keys(detail), ["code", "reason"]);
      assert.equal(detail.code, "RESET_PASSWORD_INVALID_PASSWORD");
      assert.ok(detail.reason.length > 10);
    };
    await isRefused(await edge.send(path, { token: mintToken(), password: "short" }));
    assert.equal(origin.calls.length, 0);
    origin.answer = () => ({ body: { outcome: "password_refused", reason: "common" } });
    await isRefused(await edge.send(path, { token: mintToken(), password }));
  });

  test("A5: tokens signed by any key of the list work, up to their expiry", async () => {
    const { tokenKeys } = await import("./keys.mjs");
    const second = mintToken({ secret: tokenKeys[2], keyId: 2 });
    assert.equal((await edge.send(path, { token: second, password })).status, 200);
    assert.equal((await edge.send(path, { token: mintToken({ expiresIn: 0 }), password })).status, 400);
  });
});

describe("the prefix", () => {
  test("A9: is the operator's choice, and is in the OpenAPI document", async () => {
    const moved = new NodeEdge({ ORIGIN_URLS: origin.url, AUTH_PREFIX: "/v1/auth" });
    assert.equal((await moved.send("/v1/auth/forgot-password", { email: "ada@example.com" })).status, 202);
    assert.equal((await moved.send("/auth/forgot-password", { email: "ada@example.com" })).status, 404);
    const document = await json(await moved.fetch("/openapi.json"));
    const recovery = Object.keys(document.paths).filter((name) => name.endsWith("/forgot-password"));
    assert.deepEqual(recovery, ["/v1/auth/forgot-password"]);
  });

  test("errors that FastAPI doesn't know stay problem documents", async () => {
    const statuses = {
      405: () => edge.fetch("/auth/forgot-password"),
      413: () => edge.send("/auth/forgot-password", { email: "x".repeat(9000) }),
      415: () => edge.send("/auth/forgot-password", "{}", { "content-type": "text/plain" }),
      400: () => edge.send("/auth/forgot-password?x=1", { email: "ada@example.com" }),
    };
    for (const [status, ask] of Object.entries(statuses)) {
      const response = await ask();
      assert.equal(response.status, Number(status));
      assert.equal(response.headers.get("content-type"), "application/problem+json");
    }
  });
});
