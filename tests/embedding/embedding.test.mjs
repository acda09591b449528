// The installed release: it is installed below a prefix, the prefix is moved, a program outside the tree is built by find_package(rekey),
// and signed calls lead that program through a reset. Needs `scripts/build release`; no database.
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { appendFileSync, cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { section } from "../documents/document.mjs";
import { until } from "../system/polling.mjs";
import { checkout } from "../system/stack.mjs";
import { signedCall } from "../system/origin_call.mjs";
import { tokenHash } from "../system/token.mjs";

const program = join(import.meta.dirname, "program");
const folder = mkdtempSync(join(tmpdir(), "rekey-embedding-"));
const prefix = join(folder, "installed");

/** @param {string} command @param {string[]} words @returns {string} */
function run(command, ...words) {
  return execFileSync(command, words, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

const key = () => randomBytes(32).toString("base64url");

const settings = {
  EDGE_ORIGIN_KEYS: `1:${key()}`,
  RESET_PASSWORD_TOKEN_SECRET: `1:${key()}`,
  SEED_SECRET: key(),
  FRONTEND_URL: "https://account.example.com",
  MAIL_FROM: "service@example.com",
};

before(() => {
  run("cmake", "--install", join(checkout, "build/release"), "--prefix", join(folder, "first"));
  renameSync(join(folder, "first"), prefix);
});
after(() => rmSync(folder, { recursive: true, force: true }));

test("without Catch2 and OpenSSL a release can be configured, the tests cannot", () => {
  const missing = ["Catch2", "OpenSSL"].map((name) => `-DCMAKE_DISABLE_FIND_PACKAGE_${name}=ON`);
  /** @param {string} tests */
  const configure = (tests) => {
    const words = ["-S", checkout, "-B", join(folder, `tests-${tests}`), "-G", "Ninja", "-DREKEY_SANITIZE=OFF", `-DREKEY_TESTS=${tests}`];
    return spawnSync("cmake", [...words, ...missing], { encoding: "utf8" });
  };
  const release = configure("OFF");
  assert.equal(release.status, 0, release.stderr);
  const tests = configure("ON");
  assert.equal(tests.status, 1);
  assert.match(tests.stderr, /Catch2/);
});

describe("the installed program", () => {
  const elsewhere = { ...settings, DATABASE_URL: "postgresql://nobody@127.0.0.1:9/none", MAIL_SERVER: "127.0.0.1", MAIL_PORT: "9", MAIL_TLS: "none" };
  const doctor = () => spawnSync(join(prefix, "bin/rekey-origin"), ["doctor"], { cwd: folder, env: elsewhere, encoding: "utf8" }).stdout;

  test("finds its templates beside itself, wherever it was moved to", () => {
    assert.match(doctor(), /^ok {4}templates$/m);
    const template = join(prefix, "share/rekey/templates/email/reset.txt");
    const sound = readFileSync(template);
    appendFileSync(template, "{{no_such_value}}");
    assert.match(doctor(), new RegExp(`^WRONG templates: .*${template}: .*no_such_value`, "m"));
    rmSync(template);
    assert.ok(doctor().includes(`WRONG templates: ${template}: can't be read`), doctor());
    writeFileSync(template, sound);
    assert.match(doctor(), /^ok {4}templates$/m);
  });
});

describe("A10: a program outside the tree, with a store, a hasher, a mailer and hooks of its own", () => {
  /** @type {import("node:child_process").ChildProcessWithoutNullStreams} */
  let service;
  /** @type {Promise<number | null>} */
  let exitCode;
  let printed = "";

  /** @param {RegExp} pattern @returns {Promise<string>} its first group */
  const print = (pattern) =>
    until(`it prints ${pattern}`, () => {
      assert.ok(service.exitCode === null && service.signalCode === null, "the program has ended");
      return pattern.exec(printed)?.[1];
    });

  /** @param {string} useCase @param {Record<string, unknown>} input @returns {Promise<string>} the outcome */
  async function call(useCase, input) {
    const { path, headers, body } = signedCall(settings.EDGE_ORIGIN_KEYS, useCase, input);
    const url = `http://127.0.0.1:${await print(/^listening on port (\d+)$/m)}${path}`;
    const answer = await fetch(url, { method: "POST", headers, body });
    assert.equal(answer.status, 200, await answer.clone().text());
    return (await answer.json()).outcome;
  }

  const session = () => randomBytes(32).toString("hex");
  const logIn = (/** @type {string} */ password, token = session()) => call("login", { email: "ada@example.com", password, session: token });
  const mailsTo = (/** @type {string} */ address) => printed.split(`mail to ${address}: `).length - 1;

  before(() => {
    cpSync(program, join(folder, "program"), { recursive: true });
    run("cmake", "-S", "program", "-B", "program/build", "-G", "Ninja", `-DCMAKE_PREFIX_PATH=${prefix}`, "-DCMAKE_BUILD_TYPE=Debug");
    run("ninja", "-C", "program/build");
    service = spawn(join(folder, "program/build/my_service"), { env: { ...settings, REGISTRATION: "on", LOG_LEVEL: "error", ORIGIN_LISTEN: "127.0.0.1:0", OPS_LISTEN: "127.0.0.1:0" } });
    exitCode = once(service, "exit").then(([code]) => code);
    service.stdout.on("data", (/** @type {Buffer} */ data) => (printed += data));
    service.stderr.pipe(process.stderr); // the log: errors alone
  });
  after(() => service?.kill("SIGKILL"));

  test("walks from a forgotten password to a new one", async () => {
    assert.equal(await call("register", { username: "ada", email: "ada@example.com", password: "correct horse battery staple" }), "created");
    const before = session();
    assert.equal(await logIn("correct horse battery staple", before), "ok");

    assert.equal(await call("forgot-password", { email: "nobody@example.com", suppress: false }), "accepted");
    assert.equal(await call("forgot-password", { email: "ADA@example.com", suppress: false }), "accepted");
    const token = await print(/^mail to ada@example\.com: https:\/\/account\.example\.com\/reset-password#token=([\w-]{72})$/m);
    assert.equal(await logIn("correct horse battery staple"), "ok");

    assert.equal(await call("reset-password", { token: tokenHash(`${token}x`), new_password: "another horse, another staple" }), "bad_token");
    assert.equal(await call("reset-password", { token: tokenHash(token), new_password: "another horse, another staple" }), "ok");
    assert.equal(await print(/^new password of (ada, set from 192\.0\.2\.1)$/m), "ada, set from 192.0.2.1");
    assert.equal(await call("reset-password", { token: tokenHash(token), new_password: "a third horse, a third staple" }), "bad_token");

    assert.equal(await logIn("correct horse battery staple"), "bad_credentials");
    assert.equal(await logIn("another horse, another staple"), "ok");
    assert.equal(await call("me", { session: before, renewal: "" }), "no_session");
    assert.equal(mailsTo("ada@example.com"), 1);
    assert.equal(mailsTo("nobody@example.com"), 0);
  });

  test("ends when its input ends", { timeout: 30_000 }, async () => {
    service.stdin.end();
    assert.equal(await exitCode, 0);
  });
});

test("the README shows the program that is built here", () => {
  const blocks = [...section(readFileSync(join(checkout, "README.md"), "utf8"), "Embed it").matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)];
  assert.deepEqual(blocks.map(([, language]) => language), ["cmake", "cpp"]);
  const [cmake, cpp] = blocks.map(([, , text]) => text);
  assert.ok(readFileSync(join(program, "CMakeLists.txt"), "utf8").includes(cmake), cmake);
  assert.ok(readFileSync(join(program, "main.cpp"), "utf8").includes(cpp), cpp);
});
