// `rekey-origin doctor` beside a complete Rekey, and edges that hold other keys than its origin: each part says so by name.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { EdgeProcess } from "../edge/edge_process.mjs";
import { until } from "./polling.mjs";
import { startStack } from "./stack.mjs";

/** @typedef {{check: string, verdict: string, cause: string, text: string}} Finding */

const otherKey = () => `1:${randomBytes(32).toString("base64url")}`;

/** @type {import("./stack.mjs").Stack} */
let stack;
before(async () => {
  stack = await startStack();
});
after(() => stack?.stop());

/**
 * @param {Record<string, string>} [settings] beside the stack's own
 * @returns {Promise<{exitCode: number, findings: Finding[]}>}
 */
function doctor(settings = {}) {
  const env = { PATH: process.env.PATH, ...stack.settings, ...settings };
  return new Promise((resolve, reject) => {
    execFile(stack.origin.binary, ["doctor", "--json"], { cwd: "/", env }, (error, stdout, stderr) => {
      if (!stdout) return reject(new Error(stderr));
      resolve({ exitCode: Number(error?.code ?? 0), findings: JSON.parse(stdout).findings });
    });
  });
}

/** @param {Finding[]} findings @param {string} check */
const causes = (findings, check) => findings.filter((finding) => finding.check === check).map(({ cause }) => cause);

/** @param {EdgeProcess} edge */
async function health(edge) {
  const response = await edge.fetch("/healthz");
  return { status: response.status, .../** @type {any} */ (await response.json()) };
}

test("doctor finds nothing wrong with a Rekey that runs, and mails nothing", async () => {
  const { exitCode, findings } = await doctor();
  assert.equal(exitCode, 0, JSON.stringify(findings));
  const others = findings.filter(({ check }) => check !== "machine"); // whose limits are the test machine's
  assert.deepEqual(others.filter(({ verdict }) => verdict !== "ok"), []);
  assert.deepEqual(others.map(({ check }) => check), ["settings", "templates", "database", "accounts", "mail relay", "origin", "edge", "clocks"]);
  assert.deepEqual(await stack.mailBox.mailsTo("postmaster@example.com"), []);
});

describe("an edge with another RESET_PASSWORD_TOKEN_SECRET than its origin", () => {
  /** @type {EdgeProcess} */
  let edge;
  before(async () => {
    const { EDGE_ORIGIN_KEYS } = stack.settings;
    edge = await new EdgeProcess({ ORIGIN_URLS: stack.originUrl, EDGE_ORIGIN_KEYS, RESET_PASSWORD_TOKEN_SECRET: otherKey() }).start();
  });
  after(() => edge?.remove());

  test("accepts requests, and says on /healthz, in its log and in the origin's what is wrong", async () => {
    assert.equal((await edge.send("/api/users/forgot-password", { email: "ada@example.com" })).status, 202);
    const { status, type, detail } = await health(edge);
    assert.deepEqual([status, type], [503, "urn:rekey:problem:other-keys"]);
    assert.match(detail, /^RESET_PASSWORD_TOKEN_SECRET /);
    await until("the edge has logged it", () => /"alarm\.other_token_keys"/.test(edge.output));
    const log = () => readFileSync(join(stack.folder, "log", "origin.log"), "utf8");
    await until("the origin has logged it", () => /"event":"alarm\.other_keys".*"setting":"RESET_PASSWORD_TOKEN_SECRET"/.test(log()));
  });

  test("is found by doctor", async () => {
    const { exitCode, findings } = await doctor({ FRONTEND_URL: edge.url });
    assert.equal(exitCode, 1);
    assert.deepEqual(causes(findings, "edge"), ["other_keys", "setting", "origin_keys"]); // it has another FRONTEND_URL, too
    assert.match(findings.find(({ cause }) => cause === "other_keys")?.text ?? "", /RESET_PASSWORD_TOKEN_SECRET/);
  });
});

describe("an edge with other EDGE_ORIGIN_KEYS than its origin", () => {
  /** @type {EdgeProcess} */
  let edge;
  before(async () => {
    const { RESET_PASSWORD_TOKEN_SECRET } = stack.settings;
    edge = await new EdgeProcess({ ORIGIN_URLS: stack.originUrl, EDGE_ORIGIN_KEYS: otherKey(), RESET_PASSWORD_TOKEN_SECRET }).start();
  });
  after(() => edge?.remove());

  test("says on /healthz and in its log what is wrong", async () => {
    const { status, type, detail } = await health(edge);
    assert.deepEqual([status, type], [503, "urn:rekey:problem:other-keys"]);
    assert.match(detail, /^EDGE_ORIGIN_KEYS /);
    await until("the edge has logged it", () => /"alarm\.origin_refused_signature"/.test(edge.output));
  });

  test("is found by doctor", async () => {
    const { exitCode, findings } = await doctor({ FRONTEND_URL: edge.url });
    assert.equal(exitCode, 1);
    assert.deepEqual(causes(findings, "edge"), ["other_keys", "setting", "origin_keys"]);
    assert.match(findings.find(({ cause }) => cause === "other_keys")?.text ?? "", /EDGE_ORIGIN_KEYS/);
  });
});

test("doctor finds that the origin that runs was started with other settings than its own", async () => {
  const { exitCode, findings } = await doctor({ RESET_PASSWORD_TOKEN_SECRET: otherKey() });
  assert.equal(exitCode, 1);
  assert.deepEqual([causes(findings, "origin"), causes(findings, "edge")], [["other_keys"], ["other_keys"]]);
});
