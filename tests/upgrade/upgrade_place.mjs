// A Rekey of two origins, an edge and a relay, on which an upgrade to `rekey-origin-next` is tried under load: the origin of today with one
// more migration (migrations/0002_mail_domain.sql).
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import { SmtpSink } from "../bench/mail_sink.mjs";
import { Rig } from "../rig/rig.mjs";
import { checkout } from "../system/stack.mjs";
import { Load } from "./load.mjs";
import { LockWatch } from "./lock_watch.mjs";

export const PREVIOUS = join(checkout, "build/release/origin/rekey-origin");
export const NEXT = join(checkout, "build/release/tests/upgrade/rekey-origin-next");

/** The cheapest Argon2id that is allowed: the upgrade is measured, not the hash. */
const CHEAP_HASH = { ARGON2_MEMORY_KIB: "7168", ARGON2_PASSES: "1" };

/** @typedef {{child: import("node:child_process").ChildProcess, said: string, ended: Promise<number | null>}} Command said: both outputs, so far */

export class UpgradePlace {
  #parts;

  /** @param {{users: number, perSecond: number}} extent @returns {Promise<UpgradePlace>} */
  static async start(extent) {
    await using parts = new AsyncDisposableStack(); // ends the started parts if a later one does not start
    const sink = parts.adopt(await SmtpSink.start(), (one) => one.stop());
    const plan = { origins: 2, edges: 1, relayPort: sink.port, originSettings: CHEAP_HASH };
    const rig = parts.adopt(await Rig.start(plan), (one) => one.stop());
    const load = await Load.prepare(rig, extent);
    const locks = parts.adopt(await LockWatch.start(rig.database), (one) => one.stop());
    return new UpgradePlace({ rig, load, locks }, parts.move());
  }

  /** @param {{rig: Rig, load: Load, locks: LockWatch}} what @param {AsyncDisposableStack} parts that run */
  constructor({ rig, load, locks }, parts) {
    this.#parts = parts;
    this.rig = rig;
    this.load = load;
    this.locks = locks;
  }

  async stop() {
    await this.load.stop();
    await this.#parts.disposeAsync();
  }

  /** Starts a command of a program. @param {string} program @param {string[]} words @returns {Command} */
  command(program, ...words) {
    const { settings, databaseUrl } = this.rig;
    const env = { PATH: process.env.PATH ?? "", ...settings, ...(words.includes("migrate") ? { DATABASE_URL: databaseUrl } : {}) };
    const child = spawn(program, words, { cwd: checkout, env, stdio: ["ignore", "pipe", "pipe"] });
    /** @type {Command} */
    const command = { child, said: "", ended: once(child, "close").then(([code]) => code) };
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", (text) => (command.said += text));
    return command;
  }

  /** Replaces the origins by another program, one after the other. @param {string} program @param {string} phase */
  async roll(program, phase) {
    this.load.phase = phase;
    this.rig.originBinary = program;
    for (const origin of this.rig.origins) {
      await origin.end();
      await origin.start();
    }
  }

  /** @returns {Promise<string[]>} the schema that each origin's program knows, by its metrics */
  schemas() {
    return Promise.all(this.rig.origins.map(async ({ opsUrl }) => {
      const text = await (await fetch(`${opsUrl}/metrics`)).text();
      return /rekey_build_info\{[^}]*schema="(\d+)"/.exec(text)?.[1] ?? "";
    }));
  }

  /** @returns {Promise<number[]>} the status of each origin's /readyz */
  readiness() {
    return Promise.all(this.rig.origins.map(async ({ opsUrl }) => (await fetch(`${opsUrl}/readyz`)).status));
  }
}
