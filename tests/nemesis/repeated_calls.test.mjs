// The edge repeats a call at another origin whenever one gave no answer, although that one may have carried it out, or be at it still.
// Here each use case is called twice under one request id, at two origins: one after the other, and at the same time.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";

import { Rig } from "../rig/rig.mjs";
import { plantCode, printsOf } from "../system/code.mjs";
import { literal } from "../system/database.mjs";
import { exchange } from "../system/http_exchange.mjs";
import { signedCall } from "../system/origin_call.mjs";
import { plantedLinks } from "../system/planted_links.mjs";

const TIMES = 4; // calls at the same time meet in another order each time
const PASSWORD = "correct horse battery";
const NEW_PASSWORD = "staple correct horse";

/** @type {Rig} */
let rig;
before(async () => {
  rig = await Rig.start({ origins: 2, edges: 0, originSettings: { ARGON2_MEMORY_KIB: "7168", ARGON2_PASSES: "1" } });
});
after(() => rig?.stop());

/** @typedef {import("../system/origin_call.mjs").OriginCall} OriginCall */

/** @param {string} useCase @param {Record<string, unknown>} input */
const newCall = (useCase, input) => signedCall(rig.settings.EDGE_ORIGIN_KEYS, useCase, input);

/** @param {number} origin @param {OriginCall} call */
async function ask(origin, { path, headers, body }) {
  const { status, json } = await exchange("POST", rig.origins[origin].url + path, headers, body);
  assert.equal(status, 200, JSON.stringify(json));
  return json;
}

const hash = () => randomBytes(32).toString("hex");
const letters = () => Array.from(randomBytes(12), (byte) => String.fromCharCode(97 + (byte % 26))).join("");

/** @returns {Promise<{id: string, email: string}>} a new account */
async function person() {
  const username = letters();
  const { user } = await ask(0, newCall("register", { username, email: `${username}@example.com`, password: PASSWORD }));
  return user;
}

/** @param {{email: string}} of @returns {Promise<string>} the hash of a session's token */
async function sessionOf({ email }) {
  const session = hash();
  assert.equal((await ask(0, newCall("login", { email, password: PASSWORD, session }))).outcome, "ok");
  return session;
}

/** @param {{id: string}} of @returns {Promise<string>} the hash of a reset token */
async function linkOf({ id }) {
  const token = hash();
  await rig.database.run(plantedLinks(`SELECT '\\x${token}'::bytea AS hash, ${literal(id)}::uuid AS owner`));
  return token;
}

/** @param {{id: string}} of */
const codeOf = ({ id }) => plantCode(rig.database, rig.settings.RESET_PASSWORD_TOKEN_SECRET, id, "31415926");

const NOTHING = "reset_tokens"; // the link lives on, and no other is made

/** Each call, the outcome that it must have both times, and what it leaves once in the database. @type {Record<string, {call: () => Promise<OriginCall>, outcome: string, leaves: string}>} */
const CASES = {
  "a registration": {
    call: async () => {
      const username = letters();
      return newCall("register", { username, email: `${username}@example.com`, password: PASSWORD });
    },
    outcome: "created",
    leaves: "audit_log WHERE event = 'user.registered'",
  },
  "a log-in": {
    call: async () => newCall("login", { email: (await person()).email, password: PASSWORD, session: hash() }),
    outcome: "ok",
    leaves: "sessions",
  },
  "a refused log-in": {
    call: async () => newCall("login", { email: (await person()).email, password: "wrong", session: hash() }),
    outcome: "bad_credentials",
    leaves: "audit_log WHERE event = 'login.refused'",
  },
  "a log-out": {
    call: async () => newCall("logout", { session: await sessionOf(await person()) }),
    outcome: "ok",
    leaves: "audit_log WHERE event = 'session.ended'",
  },
  "a renewal": {
    call: async () => newCall("me", { session: await sessionOf(await person()), renewal: hash() }),
    outcome: "ok",
    leaves: "sessions WHERE created_at > started_at",
  },
  "the use of a session after its renewal": {
    call: async () => {
      const session = await sessionOf(await person());
      await ask(0, newCall("me", { session, renewal: hash() }));
      await rig.database.run(`UPDATE sessions SET renewed_at = now() - interval '61 seconds', expires_at = now() - interval '1 second' WHERE token_hash = '\\x${session}'`);
      return newCall("me", { session, renewal: "" });
    },
    outcome: "no_session",
    leaves: "deliveries WHERE kind = 'session_reused'",
  },
  "the end of other sessions": {
    call: async () => {
      const owner = await person();
      await sessionOf(owner);
      return newCall("end-sessions", { session: await sessionOf(owner), chosen: "" });
    },
    outcome: "ok",
    leaves: "audit_log WHERE event = 'session.ended'",
  },
  "a change of the password": {
    call: async () =>
      newCall("change-password", { session: await sessionOf(await person()), current_password: PASSWORD, new_password: NEW_PASSWORD }),
    outcome: "ok",
    leaves: "deliveries WHERE kind = 'password_changed'",
  },
  "a change to the same password": {
    call: async () =>
      newCall("change-password", { session: await sessionOf(await person()), current_password: PASSWORD, new_password: PASSWORD }),
    outcome: "ok",
    leaves: "deliveries WHERE kind = 'password_changed'",
  },
  "a request for a link": {
    call: async () => newCall("forgot-password", { email: (await person()).email, suppress: false }),
    outcome: "accepted",
    leaves: "reset_requests",
  },
  "a reset": {
    call: async () => newCall("reset-password", { token: await linkOf(await person()), new_password: NEW_PASSWORD }),
    outcome: "ok",
    leaves: "deliveries WHERE kind = 'password_changed'",
  },
  "a reset with a password that is refused": {
    call: async () => newCall("reset-password", { token: await linkOf(await person()), new_password: "password" }),
    outcome: "password_refused",
    leaves: NOTHING,
  },
  "a wrong code": {
    call: async () => newCall("check-code", { recovery: (await codeOf(await person())).requestId, code: "1:0000000000000000" }),
    outcome: "bad_token",
    leaves: "reset_requests CROSS JOIN LATERAL unnest(code_misses)",
  },
  "a reset by code": {
    call: async () => {
      const { requestId, code } = await codeOf(await person());
      const prints = printsOf(rig.settings.RESET_PASSWORD_TOKEN_SECRET, requestId, code);
      return newCall("reset-password", { token: "", recovery: requestId, code: prints, new_password: NEW_PASSWORD });
    },
    outcome: "ok",
    leaves: "deliveries WHERE kind = 'password_changed'",
  },
  "a cancellation": {
    call: async () => {
      const owner = await person();
      return newCall("cancel-reset", { token: await linkOf(owner), email: owner.email });
    },
    outcome: "ok",
    leaves: "audit_log WHERE event = 'reset.cancelled'",
  },
};

/** @type {Record<string, (call: OriginCall) => Promise<any[]>>} */
const WAYS = {
  "one after the other": async (call) => [await ask(0, call), await ask(1, call)],
  "at the same time": (call) => Promise.all([ask(0, call), ask(1, call)]),
};

/** @param {string} name @param {string} how @param {number} rows that came */
function assertDoneOnce(name, how, rows) {
  // The audit log has a row for each of two refusals that look for the other's in the same moment.
  if (name === "a refused log-in" && how === "at the same time") return assert.ok(rows === 1 || rows === 2);
  assert.equal(rows, CASES[name].leaves === NOTHING ? 0 : 1);
}

describe("a call that two origins get ends twice in the same way, and is done once:", () => {
  for (const [name, { call, outcome, leaves }] of Object.entries(CASES)) {
    for (const [how, twice] of Object.entries(WAYS)) {
      test(`${name}, ${how}`, async () => {
        for (let i = 0; i < TIMES; ++i) {
          const made = await call();
          const before = await left(leaves);
          const [first, second] = await twice(made);
          assert.equal(first.outcome, outcome);
          assert.deepEqual(second, first);
          assertDoneOnce(name, how, (await left(leaves)) - before);
        }
      });
    }
  }
});

/** @param {string} rows */
const left = async (rows) => Number(await rig.database.run(`SELECT count(*) FROM ${rows}`));

/** @param {string} repeat @param {string} useCase @param {Record<string, unknown>} input */
const keyedCall = (repeat, useCase, input) => signedCall(rig.settings.EDGE_ORIGIN_KEYS, useCase, input, { repeat });

/** The calls that take an Idempotency-Key, each with the input of a new person. @type {Record<string, {input: () => Promise<Record<string, unknown>>, outcome: string, leaves: string}>} */
const KEYED = {
  register: {
    input: async () => {
      const username = letters();
      return { username, email: `${username}@example.com`, password: PASSWORD };
    },
    outcome: "created",
    leaves: "audit_log WHERE event = 'user.registered'",
  },
  "change-password": {
    input: async () => ({ session: await sessionOf(await person()), current_password: PASSWORD, new_password: NEW_PASSWORD }),
    outcome: "ok",
    leaves: "deliveries WHERE kind = 'password_changed'",
  },
  "reset-password": {
    input: async () => ({ token: await linkOf(await person()), new_password: NEW_PASSWORD }),
    outcome: "ok",
    leaves: "deliveries WHERE kind = 'password_changed'",
  },
};

describe("R12: under its Idempotency-Key, another call ends like the first, and is done once:", () => {
  for (const [useCase, { input, outcome, leaves }] of Object.entries(KEYED)) {
    test(useCase, async () => {
      const [repeat, sent] = [hash() + hash(), await input()];
      const before = await left(leaves);
      const first = await ask(0, keyedCall(repeat, useCase, sent));
      assert.equal(first.outcome, outcome);
      assert.deepEqual(await ask(1, keyedCall(repeat, useCase, sent)), first);
      assert.equal((await ask(1, keyedCall(repeat.slice(0, 64) + hash(), useCase, sent))).outcome, "other_body");
      assert.equal((await left(leaves)) - before, 1);
    });

    test(`${useCase}, if its origin died between the change and the answer`, async () => {
      const [repeat, sent] = [hash() + hash(), await input()];
      const first = await ask(0, keyedCall(repeat, useCase, sent));
      const before = await left(leaves);
      const died = "UPDATE call_answers SET outcome = NULL, detail = ''";
      await rig.database.run(`${died}, leased_until = now() + interval '9 seconds' WHERE call_key = '\\x${repeat.slice(0, 64)}'`);
      assert.equal((await ask(1, keyedCall(repeat, useCase, sent))).outcome, "under_way");
      await rig.database.run(`UPDATE call_answers SET leased_until = now() WHERE call_key = '\\x${repeat.slice(0, 64)}'`);
      assert.deepEqual(await ask(1, keyedCall(repeat, useCase, sent)), first);
      assert.equal((await left(leaves)) - before, 0);
    });

    test(`${useCase}, many times at the same time`, async () => {
      const [repeat, sent] = [hash() + hash(), await input()];
      const before = await left(leaves);
      const ends = await Promise.all(Array.from({ length: 8 }, (_, i) => ask(i % 2, keyedCall(repeat, useCase, sent))));
      assert.deepEqual(ends.filter((end) => ![outcome, "under_way"].includes(end.outcome)), []);
      assert.ok(ends.some((end) => end.outcome === outcome));
      assert.equal((await left(leaves)) - before, 1);
    });
  }
});

test("two calls with one link do not both succeed", async () => {
  for (let i = 0; i < TIMES; ++i) {
    const token = await linkOf(await person());
    const calls = [0, 1].map(() => newCall("reset-password", { token, new_password: NEW_PASSWORD }));
    const ends = await Promise.all(calls.map((call, origin) => ask(origin, call)));
    assert.deepEqual(ends.map(({ outcome }) => outcome).sort(), ["bad_token", "ok"]);
  }
});
