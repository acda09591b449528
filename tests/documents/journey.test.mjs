// The README's journey by curl, run word for word against a complete Rekey.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { startStack } from "../system/stack.mjs";
import { read, section } from "./document.mjs";

const run = promisify(execFile);

/** @type {import("../system/stack.mjs").Stack} */
let stack;
before(async () => {
  stack = await startStack();
});
after(() => stack?.stop());

/** @param {string} script */
async function bash(script) {
  const { stdout } = await run("bash", ["-euo", "pipefail", "-c", script]);
  return stdout.trim();
}

test("the journey of the README leads through a reset", async () => {
  const [[, block], [, byCode]] = section(read("README.md"), "The whole journey, by curl").matchAll(/```\n([\s\S]*?)```/g);
  const inbox = "http://127.0.0.1:1080";
  const script = block.replaceAll("http://localhost:8787", stack.edgeUrl).replaceAll(inbox, stack.mailBox.baseUrl);
  const [until, from] = script.replaceAll("curl ", "curl --silent --show-error ").split("# the link in the mail");

  const first = await bash(`${until}\nprintf '\\n%s' "$token"`);
  assert.match(first, /"username":"mary"[\s\S]*"is_active":true[\s\S]*a mail with a link is on its way/);
  const token = first.split("\n").at(-1) ?? "";
  assert.match(token, /^[\w-]{72}$/);

  await stack.mailBox.waitFor("mary@example.com");
  const [beginning] = until.split("# an account");
  const second = await bash(`${beginning}\ntoken='${token}'\n#${from}`);
  assert.match(second, /The password is changed[\s\S]*"status":401/);

  const code = `${beginning}\n${byCode}`.replaceAll("http://localhost:8787", stack.edgeUrl).replaceAll(inbox, stack.mailBox.baseUrl);
  await stack.post("/api/users", { username: "ada", email: "ada@example.com", password: "a walk in the rain" });
  const untilMailed = `until curl -s ${stack.mailBox.baseUrl}/email | grep -q 'ada@example.com'; do sleep 0.1; done`;
  assert.match(await bash(code.replace("sleep 2", untilMailed)), /^HTTP\/1\.1 204 [\s\S]*The password is changed/);
});
