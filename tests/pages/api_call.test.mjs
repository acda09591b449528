// The key of a page's call that must not be carried out twice: the same until an answer tells the outcome.
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";

import { callApi, callOnce } from "../../templates/pages/api_call.js";

const { fetch } = globalThis;
afterEach(() => void (globalThis.fetch = fetch));

const PATH = "/api/users/reset-password";
const PROBLEM = "urn:rekey:problem:";

/** Keys of one call that is sent until it has had all the answers. @param {(() => Response)[]} answers @param {Record<string, string>} body */
async function keysOf(answers, body = { token: "t", new_password: "one" }) {
  /** @type {(string | null)[]} */
  const keys = [];
  for (const answer of answers) {
    globalThis.fetch = async (_, init) => {
      keys.push(new Headers(init?.headers).get("idempotency-key"));
      return answer();
    };
    await callOnce("POST", PATH, body);
  }
  return keys;
}

const lost = () => {
  throw new TypeError("no network");
};
/** @param {number} status @param {string} [type] */
const refusal = (status, type = "x") => () => Response.json({ type: PROBLEM + type }, { status });
const proxyError = () => new Response("<h1>Bad Gateway</h1>", { status: 502 });
const done = () => Response.json({ message: "done" });

describe("the key of a call", () => {
  test("R12: stays while nobody knows the outcome: without an answer, past a limit, behind a proxy that fails", async () => {
    const keys = await keysOf([lost, refusal(429, "rate-limited"), refusal(408), proxyError, refusal(503), refusal(504), refusal(409, "call-under-way"), done]);
    assert.match(String(keys[0]), /^[0-9a-f]{32}$/);
    assert.equal(new Set(keys).size, 1);
  });

  test("is another one after an answer that tells the outcome", async () => {
    const keys = await keysOf([done, refusal(400, "bad-token"), refusal(422), refusal(409, "taken"), refusal(401), done]);
    assert.equal(new Set(keys).size, 6);
  });

  test("is another one for another body", async () => {
    const [first] = await keysOf([lost]);
    const [second] = await keysOf([lost], { token: "t", new_password: "two" });
    const [third] = await keysOf([done]);
    assert.equal(new Set([first, second, third]).size, 3);
  });
});

test("other calls have no key", async () => {
  globalThis.fetch = async (_, init) => Response.json({ key: new Headers(init?.headers).get("idempotency-key") });
  assert.equal((await callApi("POST", "/api/users/login", { email: "x" })).body.key, null);
});
