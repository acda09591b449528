// Runs bare libcurl (bare_curl.cpp) against the sink: the reference of the drain.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

import { TOOLS } from "./mail_sink.mjs";

const run = promisify(execFile);

/**
 * @param {number} port of the sink
 * @param {{threads: number, bytes: number, seconds: number, mails?: number}} options a mail's size; mails at most
 * @returns {Promise<number>} mails a second
 */
export async function bareCurl(port, { threads, bytes, seconds, mails }) {
  const words = ["--port", port, "--threads", threads, "--bytes", bytes, "--seconds", seconds, ...(mails ? ["--mails", mails] : [])];
  const { stdout } = await run(join(TOOLS, "bare_curl"), words.map(String), { timeout: 1000 * seconds + 30_000 });
  const found = /^mails \d+ seconds [\d.]+ per_second ([\d.]+)$/m.exec(stdout);
  if (!found) throw new Error(`bare_curl said: ${stdout}`);
  return Number(found[1]);
}
