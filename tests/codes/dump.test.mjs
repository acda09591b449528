// C13: a copy of the database finds no code, although there are only 10^8. With the key, which the database does not hold, it is found at
// once: so the search itself works.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { newPerson, requestLink } from "../system/account.mjs";
import { codeOf } from "../system/code.mjs";
import { checkout, startStack } from "../system/stack.mjs";
import { signingKey } from "../system/token.mjs";

const program = ["release", "native"].map((build) => join(checkout, "build", build, "tests/codes/try_all_codes")).find(existsSync) ?? "";
const search = (/** @type {string[]} */ ...words) => execFileSync(program, words, { encoding: "utf8" }).trim();

/** @type {import("../system/stack.mjs").Stack} */
let stack;
before(async () => {
  stack = await startStack();
});
after(() => stack?.stop());

describe("a copy of the database", () => {
  test("C13: holds no code, and none of 10^8 tries finds one; the key finds it", async () => {
    const person = await newPerson(stack);
    const { answer, mail } = await requestLink(stack, person.email);
    const code = codeOf(mail);
    assert.match(code, /^\d{8}$/);
    const dump = await stack.database.dump();
    for (const form of [code, `${code.slice(0, 4)} ${code.slice(4)}`, answer.json.recovery_id]) assert.ok(!dump.includes(form));
    const requestId = answer.json.recovery_id.slice(8, 30);
    const { print } = await stack.database.row(`SELECT encode(code_print, 'hex') AS print FROM reset_requests WHERE request_id = '${requestId}'`);
    assert.equal(search(requestId, print, signingKey(stack.settings.RESET_PASSWORD_TOKEN_SECRET).key.toString("hex")), code);
    assert.equal(search(requestId, print), "none");
    assert.equal(search(requestId, print, "00".repeat(32)), "none");
  });
});
