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

test("two calls with one link do not both succeed", async () => {
  for (let i = 0; i < TIMES; ++i) {
    const token = await linkOf(await person());
    const calls = [0, 1].map(() => newCall("reset-password", { token, new_password: NEW_PASSWORD }));
    const ends = await Promise.all(calls.map((call, origin) => ask(origin, call)));
    assert.deepEqual(ends.map(({ outcome }) => outcome).sort(), ["bad_token", "ok"]);
  }
});
