// The origin's process: it forbids core files, and refuses a file of settings that it was told to read and can't.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";

import { checkout } from "./stack.mjs";

const binary = process.env.REKEY_ORIGIN_BINARY ?? join(checkout, "build", "native", "origin", "rekey-origin");

/** Well-formed settings. @param {number} port of a database that never answers */
const settings = (port) => ({
  DATABASE_URL: `postgresql://127.0.0.1:${port}/rekey?sslmode=disable`,
  EDGE_ORIGIN_KEYS: `1:${"A".repeat(43)}`,
  RESET_PASSWORD_TOKEN_SECRET: `1:AQ${"A".repeat(41)}`,
  SEED_SECRET: `Ag${"A".repeat(41)}`,
  FRONTEND_URL: "https://accounts.example.com",
  MAIL_SERVER: "127.0.0.1",
  MAIL_FROM: "rekey@example.com",
});

for (const command of ["serve", "migrate", "doctor"]) {
  test(`rekey-origin ${command} writes no core file, whatever limit it is started with`, async () => {
    const database = createServer();
    await once(database.listen(0, "127.0.0.1"), "listening");
    const { port } = /** @type {import("node:net").AddressInfo} */ (database.address());
    const asked = once(database, "connection");
    const env = { PATH: process.env.PATH, ...settings(port) };
    const origin = spawn("/bin/sh", ["-c", `ulimit -c unlimited; exec "$0" "$1"`, binary, command], { cwd: "/", env, stdio: "ignore" });
    const ended = once(origin, "exit");
    try {
      const [socket] = await asked; // now it waits for the database
      const limits = readFileSync(`/proc/${origin.pid}/limits`, "utf8");
      assert.match(limits, /^Max core file size +0 +0 +bytes/m);
      socket.destroy();
    } finally {
      origin.kill("SIGKILL");
      await ended;
      database.close();
    }
  });
}

test("an --env-file that cannot be read stops a command, a missing .env does not", () => {
  const env = { PATH: process.env.PATH, ...settings(1) };
  const run = (/** @type {string[]} */ ...words) => spawnSync(binary, words, { cwd: "/", env, encoding: "utf8" });
  const refused = run("--env-file", "/no/such/file", "migrate");
  assert.equal(refused.status, 2);
  assert.match(refused.stderr, /--env-file names a file that cannot be read/);
  assert.equal(run("migrate").status, 1); // nothing listens at its database's port
});
