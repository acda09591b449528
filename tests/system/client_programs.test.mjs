// The Kotlin and the Swift client of templates/clients against a running Rekey: a program each makes the whole journey. Debian 12 has a
// compiler of Kotlin, Debian 13 one of Swift, too: without `swiftc` its test is skipped.
import assert from "node:assert/strict";
import { execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { isResetMail, newPassword, newUsername } from "./account.mjs";
import { codeOf } from "./code.mjs";
import { startStack } from "./stack.mjs";

const run = promisify(execFile);

/** @type {import("./stack.mjs").Stack} */
let stack;
before(async () => {
  stack = await startStack({ MAIL_LIMIT_PER_ACCOUNT: "2/60,5/3600" });
});
after(() => stack?.stop());

const JSON_OF_ANDROID = "/usr/share/java/com.android.json.jar";
const JAVA_OPTIONS = ["-XX:TieredStopAtLevel=1", "--add-opens", "java.base/java.net=ALL-UNNAMED"];

/** What a mail holds, by the word with which a program asks. @type {Record<string, (mail: import("./mail_message.mjs").MailMessage) => string>} */
const ANSWERS = {
  code: codeOf,
  link: (mail) => /\bhttps?:\S+\/reset-password#token=\S+/.exec(mail.text)?.[0] ?? assert.fail(mail.text),
};

/** Runs a program's journey, and answers it. @param {string} program @param {string[]} words */
async function journey(program, words) {
  const username = newUsername();
  const child = spawn(program, [...words, stack.edgeUrl, username, newPassword(), newPassword(), newPassword()], { stdio: ["pipe", "pipe", "pipe"] });
  let errors = "";
  child.stderr.on("data", (text) => (errors += text));
  const ended = once(child, "close");
  /** @type {string[]} */
  const said = [];
  try {
    for await (const line of createInterface(child.stdout)) said.push(await answer(line, said.length + 1, child.stdin));
  } finally {
    child.stdin.end();
  }
  const [status] = await ended;
  assert.deepEqual([status, said], [0, ["code", "link", "done"]], errors);
  assert.equal(await stack.database.run(`SELECT count(*) FROM users WHERE username = '${username}'`), "1");
}

/**
 * @param {string} line `code ADDRESS`, `link ADDRESS`, or another word
 * @param {number} count of the mails so far
 * @param {import("node:stream").Writable} stdin
 * @returns {Promise<string>} the word
 */
async function answer(line, count, stdin) {
  const [word, email] = line.split(" ");
  if (email) stdin.write(`${ANSWERS[word](await stack.mailBox.waitFor(email, { where: isResetMail, count }))}\n`);
  return word;
}

/** @param {string} name @returns {string} a new folder */
function newFolder(name) {
  const folder = join(stack.folder, name);
  mkdirSync(folder);
  return folder;
}

test("the Kotlin client makes the whole journey", async () => {
  const classes = newFolder("kotlin");
  const sources = ["templates/clients/kotlin/Rekey.kt", "tests/system/clients/Journey.kt"];
  await run("kotlinc", [...sources, "-classpath", JSON_OF_ANDROID, "-d", classes]);
  const classpath = [classes, JSON_OF_ANDROID, "/usr/share/java/kotlin-stdlib.jar"].join(":");
  await journey("java", [...JAVA_OPTIONS, "-classpath", classpath, "org.rekey.client.JourneyKt"]);
});

const hasSwift = spawnSync("swiftc", ["--version"]).status === 0;

test("the Swift client makes the whole journey", { skip: !hasSwift && "no swiftc: Debian 13 has it" }, async () => {
  const program = join(newFolder("swift"), "journey");
  await run("swiftc", ["-swift-version", "6", "-warnings-as-errors", "templates/clients/swift/Rekey.swift", "tests/system/clients/Journey.swift", "-o", program]);
  await journey(program, []);
});
