// Checks strace's counts with programs whose system calls are known: counts that miss some would pass every gate of the edge.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";

import { SystemCalls } from "./system_calls.mjs";

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "rekey-counts-"));
after(() => rmSync(folder, { recursive: true, force: true }));

let traces = 0;

/** @param {string[]} words a program and its arguments */
async function countsOfProgram(...words) {
  const calls = new SystemCalls(join(folder, `${++traces}.strace`));
  writeFileSync(calls.file, "");
  const { command } = calls.traced({ command: words, env: {} });
  return calls.during(() => run(command[0], command.slice(1)));
}

/** dd reads and writes each block. @param {number} blocks */
function copied(blocks) {
  return countsOfProgram("dd", "if=/dev/zero", `of=${join(folder, "copy")}`, "bs=1000", `count=${blocks}`, "conv=fsync", "status=none");
}

test("writes, their bytes and a wait for the disk are counted exactly", async () => {
  const [few, more] = [await copied(7), await copied(17)];
  assert.deepEqual([few.syncs, few.bytesWritten, few.connects], [1, 7000, 0]);
  assert.deepEqual([more.syncs, more.bytesWritten, more.connects], [1, 17_000, 0]);
  assert.equal(more.all - few.all, 20);
});

test("simultaneous calls of several threads, and connections, are counted exactly", async (t) => {
  const server = createServer((socket) => socket.on("error", () => {}).end()).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const program = join(import.meta.dirname, "known_calls.mjs");
  const words = ["200", "7", "5", "3", String(port)];
  const { syncs, bytesWritten, connects } = await countsOfProgram(process.execPath, program, join(folder, "written"), ...words);
  assert.deepEqual({ syncs, bytesWritten, connects }, { syncs: 12, bytesWritten: 20_000, connects: 3 });
});
