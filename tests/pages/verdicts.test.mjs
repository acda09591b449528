// verdicts.wasm and its caller, as the pages use them. The shared vectors prove that its rules are those of the edge and the origin;
// these tests cover the rest: slots, spellings, international domains, time.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";

import { asciiAddress } from "../../templates/pages/international_domain.js";
import { makeVerdicts } from "../../templates/pages/verdicts.js";
import { build } from "./built_site.mjs";

const bytes = readFileSync(join(build, "pages", "templates", "verdicts.wasm"));
const verdicts = await makeVerdicts(bytes);

/** @param {string} password @param {import("../../templates/pages/verdicts.js").Owner} [owner] */
const refusal = (password, owner) => verdicts.refusalOfPassword(password, 8, "Rekey Portal", owner);

/** @param {number} expiry Unix seconds @returns {string} well-formed, but made without a key */
function tokenUntil(expiry) {
  const token = Buffer.alloc(54, 0x5a);
  token[0] = 1;
  token.writeUInt32BE(expiry, 2);
  return token.toString("base64url");
}

describe("verdicts.wasm", () => {
  test("imports nothing", () => {
    assert.deepEqual(WebAssembly.Module.imports(new WebAssembly.Module(bytes)), []);
  });

  test("is small enough to be loaded before anybody has typed", () => {
    assert.ok(bytes.length < 64 * 1024, `${bytes.length} bytes`);
  });
});

describe("an address", () => {
  for (const good of ["ada@example.com", "Ada+x@Example.com", "user@bücher.example", "user@БЪЛГАРИЯ.example"]) {
    test(`${good} is good`, () => assert.ok(verdicts.emailIsGood(good)));
  }

  for (const bad of ["", "ada", "ada@", "@example.com", "ada@localhost", "ada@example.com ", "adä@example.com", "a@b@example.com"]) {
    test(`"${bad}" is not`, () => assert.ok(!verdicts.emailIsGood(bad)));
  }

  for (const bad of ["a@ｅxample.com", "a@example。com", "a@bücher.example:80", "a@bücher.example/x", "a@example.bücher?x", "a@bücher.example#", "a@bücher.%65xample"]) {
    test(`U05: the platform's parser does not make ${bad} good`, () => assert.ok(!verdicts.emailIsGood(bad)));
  }

  test("an international domain is judged in its A-label form, label by label", () => {
    assert.equal(asciiAddress("user@bücher.example"), "user@xn--bcher-kva.example");
    assert.equal(asciiAddress("a@b@Bücher.Example"), "a@b@xn--bcher-kva.example");
    assert.equal(asciiAddress("user@example.com"), "user@example.com");
  });

  test("longer than its slot is bad, whatever follows", () => {
    assert.ok(!verdicts.emailIsGood(`${"a".repeat(60)}@${"b.".repeat(4000)}com`));
  });
});

describe("a user name", () => {
  test("is judged", () => {
    assert.ok(verdicts.usernameIsGood("ada"));
    for (const bad of ["ad", "-ada", "ada lovelace", "a.da", "a".repeat(31), "ädä", "call-1-800", "ada12345"]) assert.ok(!verdicts.usernameIsGood(bad), bad);
  });
});

describe("a new password", () => {
  test("is judged by its length in code points", () => {
    assert.equal(refusal("🔑🔒🔑🔒🔑🔒🔑"), "too_short");
    assert.equal(refusal("🔑🔒🔑🔒🔑🔒🔑🔏"), "");
    assert.equal(refusal("é".repeat(255) + "x"), "");
    assert.equal(refusal("é".repeat(256) + "x"), "too_long");
  });

  test("far longer than its slot is too long, not unreadable", () => {
    assert.equal(refusal("€".repeat(5000)), "too_long");
  });

  test("P07: is judged in NFC, as it will be stored", () => {
    const accented = "a\u0308"; // two code points as typed, one in NFC
    assert.equal(refusal(accented.repeat(4)), "too_short");
    assert.equal(refusal(accented.repeat(256)), "");
    assert.equal(refusal(accented.repeat(257)), "too_long");
    assert.equal(refusal("\ufb2c".repeat(3)), ""); // three as typed, nine in NFC
  });

  test("with half a surrogate pair is not a text", () => {
    assert.equal(refusal("a good secret \ud800"), "not_text");
  });

  test("P08: must be neither common nor personal", () => {
    assert.equal(refusal("password"), "common");
    assert.equal(refusal("rekey portal"), "personal");
    assert.equal(refusal("ada.lovelace@example.com", { email: "Ada.Lovelace@example.com" }), "personal");
    assert.equal(refusal("lovelace1815", { username: "Lovelace1815" }), "personal");
    assert.equal(refusal("lovelace1815"), "");
  });

  test("is compared with the address in its A-label form, as the service knows it", () => {
    const owner = { email: "ada@bücher.example" };
    assert.equal(refusal("ada@xn--bcher-kva.example", owner), "personal");
    assert.equal(refusal("ada@bücher.example", owner), "");
  });

  test("is judged by the operator's minimum length", () => {
    assert.equal(verdicts.refusalOfPassword("twelve chars", 13, ""), "too_short");
    assert.equal(verdicts.refusalOfPassword("twelve chars", 12, ""), "");
  });
});

describe("a link's token", () => {
  test("is expired from the second of its expiry on", () => {
    assert.equal(verdicts.stateOfToken(tokenUntil(1_900_000_000), 1_899_999_999), "good");
    assert.equal(verdicts.stateOfToken(tokenUntil(1_900_000_000), 1_900_000_000), "expired");
  });

  test("is read beyond the year 2038", () => {
    assert.equal(verdicts.stateOfToken(tokenUntil(4_000_000_000), 3_999_999_999), "good");
    assert.equal(verdicts.stateOfToken(tokenUntil(4_000_000_000), 4_000_000_000), "expired");
  });

  test("that is cut short, prolonged or misspelt is malformed", () => {
    const token = tokenUntil(1_900_000_000);
    for (const bad of ["", token.slice(1), `${token}A`, ` ${token.slice(1)}`, token.replace(/.$/, "="), `${token.slice(0, 71)}é`]) {
      assert.equal(verdicts.stateOfToken(bad, 0), "malformed", bad);
    }
  });
});
