// What the memory part reads from /proc: a process's memory, its family, and 0 for ended processes.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";

import { until } from "../system/polling.mjs";
import { familyOf, familyPssMiB, pssMiB } from "./memory_pss.mjs";

test("memory that a process allocates shows in its figure", () => {
  const before = pssMiB(process.pid);
  const taken = Buffer.alloc(64 * 2 ** 20, 1);
  const grown = pssMiB(process.pid) - before;
  assert.ok(grown > 48 && grown < 96, `${taken.length / 2 ** 20} MiB taken, ${grown} seen`);
});

test("a family is a process with all its descendants; an ended one has no memory", async () => {
  const parent = spawn("sh", ["-c", "sh -c 'sleep 30 & wait' & wait"], { detached: true, stdio: "ignore" });
  const pid = /** @type {number} */ (parent.pid);
  const family = await until("the grandchildren run", () => familyOf(pid).length === 3 && familyOf(pid));
  assert.equal(new Set(family).size, 3);
  assert.ok(familyPssMiB(pid) > pssMiB(pid), "the children count");
  const ended = once(parent, "exit");
  process.kill(-pid, "SIGKILL");
  await ended;
  assert.equal(pssMiB(pid), 0);
  assert.deepEqual(familyOf(pid), [pid]);
});
