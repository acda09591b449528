// PASSWORD_FORMAT through the whole system: other programs' functions (Node's, pgcrypto's) verify the hashes that Rekey writes; Rekey's
// log-in reads them, and replaces them once the setting names another form; bcrypt's limit reaches the client with its reason.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { argon2Sync, createHash, pbkdf2Sync, scryptSync } from "node:crypto";
import { after, before, describe, test } from "node:test";

import { logIn, newPassword, newPerson, newUsername, requestLink, reset } from "./account.mjs";
import { literal } from "./database.mjs";
import { startStack } from "./stack.mjs";

/** The least that the settings allow. */
const CHEAP = { ARGON2_MEMORY_KIB: "7168", ARGON2_PASSES: "1", BCRYPT_COST: "10", PBKDF2_ITERATIONS: "100000" };

/** @type {import("./stack.mjs").Stack} */
let stack;
before(async () => {
  stack = await startStack(CHEAP);
  await stack.database.run("CREATE EXTENSION pgcrypto");
});
after(() => stack?.stop());

/** @param {string} email @returns {Promise<string>} */
async function storedHash(email) {
  return (await stack.database.row(`SELECT password_hash FROM users WHERE email = ${literal(email)}`)).password_hash;
}

/**
 * Adds an account by the operator's command.
 * @param {string} format
 * @param {string} password
 * @returns {Promise<{email: string, hash: string}>}
 */
async function addAccount(format, password) {
  const username = newUsername();
  const email = `${username}@example.com`;
  const env = { PATH: process.env.PATH, ...stack.settings, PASSWORD_FORMAT: format };
  const { status, stderr } = spawnSync(stack.origin.binary, ["user", "add", email, "--username", username], { env, input: `${password}\n` });
  assert.equal(status, 0, String(stderr));
  return { email, hash: await storedHash(email) };
}

/** @param {string} password @param {string} hash a PHC string */
function isArgon2id(password, hash) {
  const [, name, version, costs, salt, digest] = hash.split("$");
  const tag = argon2Sync("argon2id", {
    message: password, nonce: Buffer.from(salt, "base64"), memory: 7168, passes: 1, parallelism: 1, tagLength: Buffer.from(digest, "base64").length,
  });
  return `${name}$${version}$${costs}` === "argon2id$v=19$m=7168,t=1,p=1" && tag.equals(Buffer.from(digest, "base64"));
}

/** pgcrypto knows no letter but a, which means the same. @param {string} password @param {string} hash @param {string} beginning */
async function isBcrypt(password, hash, beginning) {
  const setting = literal(`$2a$${hash.slice(4)}`);
  return hash.startsWith(beginning) && (await stack.database.run(`SELECT crypt(${literal(password)}, ${setting}) = ${setting}`)) === "t";
}

/** @param {string} password @param {string} hash */
function isDjangoPbkdf2(password, hash) {
  const [name, iterations, salt, digest] = hash.split("$");
  return `${name}$${iterations}` === "pbkdf2_sha256$100000" && pbkdf2Sync(password, salt, 100_000, 32, "sha256").toString("base64") === digest;
}

/** @param {string} password @param {string} hash */
function isBetterAuth(password, hash) {
  const [salt, key] = hash.split(":");
  return scryptSync(password.normalize("NFKC"), salt, 64, { N: 16384, r: 16, p: 1, maxmem: 64 << 20 }).toString("hex") === key;
}

/** @param {string} password @param {string} hash version, PRF, iterations, size of the salt, salt, 32 bytes */
function isAspnetV3(password, hash) {
  const bytes = Buffer.from(hash, "base64");
  assert.equal(bytes.subarray(0, 13).toString("hex"), `01${"00000002"}${(100_000).toString(16).padStart(8, "0")}${"00000010"}`);
  return pbkdf2Sync(password, bytes.subarray(13, 29), 100_000, 32, "sha512").equals(bytes.subarray(29));
}

/** @type {Record<string, (password: string, hash: string) => boolean | Promise<boolean>>} */
const verifiers = {
  "argon2id": isArgon2id,
  "bcrypt-2b": (password, hash) => isBcrypt(password, hash, "$2b$10$"),
  "bcrypt-2y": (password, hash) => isBcrypt(password, hash, "$2y$10$"),
  "django-argon2": (password, hash) => hash.startsWith("argon2$") && isArgon2id(password, hash.slice("argon2".length)),
  "django-pbkdf2": isDjangoPbkdf2,
  "django-bcrypt-sha256": (password, hash) =>
    hash.startsWith("bcrypt_sha256$$") && isBcrypt(createHash("sha256").update(password).digest("hex"), hash.slice("bcrypt_sha256$".length), "$2b$10$"),
  "better-auth": isBetterAuth,
  "aspnet-v3": isAspnetV3,
};

describe("a hash of PASSWORD_FORMAT", () => {
  for (const [format, verify] of Object.entries(verifiers)) {
    test(`P20: ${format} is what the product would verify, and a log-in replaces it once Argon2id is written`, async () => {
      const password = `${newPassword()} ① bättery`;
      const { email, hash } = await addAccount(format, password);
      assert.ok(await verify(password, hash), hash);
      assert.ok(!(await verify(`${password}x`, hash)));
      assert.equal((await logIn(stack, email, `${password}x`)).status, 401);
      assert.equal(await storedHash(email), hash);
      for (let logIns = 0; logIns < 2; ++logIns) assert.equal((await logIn(stack, email, password)).status, 200);
      const isKept = (await storedHash(email)) === hash;
      // better-auth takes ① and 1 for one: a new hash would refuse the other.
      assert.equal(isKept, format === "argon2id" || format === "better-auth");
    });
  }
});

describe("where new hashes are bcrypt", () => {
  const long = `${newPassword()} ${"é".repeat(30)}`;
  /** @type {{email: string, hash: string}} */
  let older;
  before(async () => {
    older = await addAccount("argon2id", long);
    await stack.origin.end("SIGTERM");
    await stack.origin.start({ PASSWORD_FORMAT: "bcrypt-2y" });
  });

  test("P04: a password of 73 bytes is refused with its own reason and spends no link; one of 72 bytes is stored", async () => {
    const person = await newPerson(stack);
    assert.match(await storedHash(person.email), /^\$2y\$10\$/);
    const { token } = await requestLink(stack, person.email);
    const most = `${"seven lemons ".repeat(5)}ä bike`;
    assert.equal(Buffer.byteLength(most), 72);
    const refused = await reset(stack, token, `${most}s`);
    assert.equal(refused.status, 422);
    assert.deepEqual(refused.json.errors.map((/** @type {{pointer: string, reason: string}} */ { pointer, reason }) => [pointer, reason]),
      [["/new_password", "too_many_bytes"]]);
    assert.equal((await reset(stack, token, most)).status, 200);
    assert.equal((await logIn(stack, person.email, most)).status, 200);
    assert.equal((await logIn(stack, person.email, person.password)).status, 401);
  });

  test("P19: an account whose password is longer logs in, and keeps its hash", async () => {
    assert.ok(Buffer.byteLength(long) > 72);
    assert.equal((await logIn(stack, older.email, long)).status, 200);
    assert.equal(await storedHash(older.email), older.hash);
  });
});
