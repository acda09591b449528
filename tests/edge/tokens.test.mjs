// Attacks on reset tokens that end at the edge. Rows T02 to T17 of tests/attacks.md.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";

import { hashOf, mintSession, mintToken, tokenKeys } from "./keys.mjs";
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

/** @param {unknown} token */
const reset = (token) => edge.send("/api/users/reset-password", { token, new_password: "correct horse battery staple" });

/** @param {unknown} token @param {string} [why] */
async function isBad(token, why = String(token)) {
  const response = await reset(token);
  assert.equal(response.status, 400, why);
  const body = /** @type {any} */ (await response.json());
  assert.equal(body.type, "urn:rekey:problem:bad-token", why);
  assert.equal(origin.calls.length, 0, why);
}

describe("a reset token", () => {
  test("is accepted as it was minted, and only its hash reaches the origin", async () => {
    const token = mintToken();
    assert.equal((await reset(token)).status, 200);
    assert.equal(origin.lastCall.body.input.token, hashOf(token));
  });

  test("is bad with any one of its 432 bits flipped [T02]", async () => {
    const good = Buffer.from(mintToken(), "base64url");
    for (let bit = 0; bit < good.length * 8; ++bit) {
      const flipped = Buffer.from(good);
      flipped[bit >> 3] ^= 1 << (bit & 7);
      await isBad(flipped.toString("base64url"), `bit ${bit}`);
    }
  });

  test("has one spelling: padding, other alphabets, white space and lengths are bad [T04]", async () => {
    const token = mintToken();
    const others = [`${token}=`, `${token}==`, ` ${token}`, `${token} `, token.slice(1), `${token}A`, token.slice(0, 71), "", "x".repeat(72),
      token.replaceAll("-", "+").replaceAll("_", "/") + (/[-_]/.test(token) ? "" : "+"), token.toUpperCase(), encodeURIComponent(`${token}\u00e9`)];
    for (const other of others) await isBad(other, other);
  });

  test("is bad if made for another purpose or version, or with another key or secret [T13, T17]", async () => {
    await isBad(mintSession(), "a session token");
    await isBad(mintToken({ purpose: "rekey reset v2" }), "another purpose");
    await isBad(mintToken({ purpose: "" }), "no purpose");
    await isBad(mintToken({ version: 2 }), "another version");
    await isBad(mintToken({ keyId: 3 }), "an unknown key");
    await isBad(mintToken({ keyId: 2 }), "the id of one key, the tag of another");
    await isBad(mintToken({ secret: Buffer.alloc(32) }), "a key of zeros");
    assert.equal((await reset(mintToken({ keyId: 2, secret: tokenKeys[2] }))).status, 200);
  });

  test("is bad from its expiry on [T05]", async () => {
    await isBad(mintToken({ expiresIn: 0 }));
    await isBad(mintToken({ expiresIn: -3600 }));
    assert.equal((await reset(mintToken({ expiresIn: 60 }))).status, 200);
  });

  test("must be a string; anything else is a bad shape [T14]", async () => {
    for (const other of [1, true, null, [mintToken()], { token: mintToken() }]) assert.equal((await reset(other)).status, 422);
    assert.equal(origin.calls.length, 0);
  });

  test("gets the same answer whatever is wrong with it", async () => {
    const bodies = new Set();
    for (const token of ["", "x", mintSession(), mintToken({ expiresIn: -1 }), mintToken({ keyId: 3 })]) bodies.add(await (await reset(token)).text());
    origin.answer = () => ({ body: { outcome: "bad_token" } });
    bodies.add(await (await reset(mintToken())).text());
    assert.equal(bodies.size, 1);
  });

  test("that is forged does not reach a limiter either", async () => {
    const before = edge.asked.length;
    await isBad(mintToken({ keyId: 3 }));
    assert.equal(edge.asked.length, before);
  });
});
