// C07, C14: wrong codes are counted once, however many come at once, at how many origins, and whatever dies in between.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";

import { Rig } from "../rig/rig.mjs";
import { mintRecoveryId, missesOf, plantCode, wrongCode } from "../system/code.mjs";

/** @type {Rig} */
let rig;
before(async () => {
  rig = await Rig.start({ origins: 2, edges: 1, originSettings: { ARGON2_MEMORY_KIB: "7168", ARGON2_PASSES: "1", CODE_MISSES_A_DAY: "100000" } });
});
after(() => rig?.stop());

async function mailed() {
  const username = Array.from(randomBytes(12), (byte) => String.fromCharCode(97 + (byte % 26))).join("");
  const { json } = await rig.ask(rig.edges[0].url, "POST", "/api/users", { username, email: `${username}@example.com`, password: "correct horse battery" });
  const planted = await plantCode(rig.database, rig.settings.RESET_PASSWORD_TOKEN_SECRET, json.id, "31415926");
  return { ...planted, recovery_id: mintRecoveryId(rig.settings.RESET_PASSWORD_TOKEN_SECRET, planted.requestId) };
}

/** @param {string} recovery_id @param {string} code */
const check = (recovery_id, code) =>
  rig.ask(rig.edges[0].url, "POST", "/api/users/recovery/check", { recovery_id, code }).then(({ status }) => status, () => 0);

/** @param {string} token */
const useLink = (token) => rig.ask(rig.edges[0].url, "POST", "/api/users/reset-password", { token, new_password: "staple correct horse" });

describe("100 wrong codes at once", () => {
  test("C07: at two origins: five are counted, the right code is refused afterwards, the link is good", async () => {
    const { recovery_id, requestId, code, token } = await mailed();
    assert.equal(await check(recovery_id, code), 204);
    const statuses = await Promise.all(Array.from({ length: 100 }, () => check(recovery_id, wrongCode(code))));
    assert.deepEqual(statuses.filter((status) => status !== 400 && status !== 503), []);
    assert.equal(await missesOf(rig.database, requestId), 5);
    assert.equal(await check(recovery_id, code), 400);
    assert.equal((await useLink(token)).status, 200);
  });

  test("C14: the same while one origin is killed and comes back", async () => {
    const { recovery_id, requestId, code, token } = await mailed();
    const tries = [];
    for (let turn = 0; turn < 100; ++turn) {
      tries.push(check(recovery_id, wrongCode(code)));
      if (turn === 2) await rig.origins[0].end("SIGKILL");
    }
    const statuses = await Promise.all(tries);
    assert.deepEqual(statuses.filter((status) => ![400, 503, 0].includes(status)), []);
    for (let turn = 0; turn < 5; ++turn) await check(recovery_id, wrongCode(code));
    await rig.origins[0].start();
    assert.equal(await missesOf(rig.database, requestId), 5);
    assert.equal(await check(recovery_id, code), 400);
    assert.equal((await useLink(token)).status, 200);
  });
});
