// The relay that takes everything (smtp_sink.cpp) as a measurement's own process, with the arrivals that it stamps.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { checkout } from "../system/stack.mjs";
import { readStamps } from "./mail_stamps.mjs";

/** @typedef {import("./mail_stamps.mjs").Stamp} Stamp */

/** The folder of the programs of `scripts/build instruments`. */
export const TOOLS = join(checkout, "build/release/tests/bench");

export class SmtpSink {
  /** @type {Stamp[]} every mail since the start, or since forget(), as far as look() has read */
  stamps = [];
  /** All mails since the sink's start, by its own count at its end. */
  counted = 0;
  #folder = mkdtempSync(join(tmpdir(), "rekey-sink-"));
  #offset = 0;
  #rest = "";
  #killed = () => {
    this.process.kill("SIGKILL");
    this.#forgetFolder();
  };

  /**
   * @param {{delayMs?: number}} [options] how long each mail's reply is held
   * @returns {Promise<SmtpSink>} that listens
   */
  static async start({ delayMs = 0 } = {}) {
    const sink = new SmtpSink(delayMs);
    await sink.#listening().catch((error) => {
      sink.#forgetFolder();
      throw error;
    });
    return sink;
  }

  /** @param {number} delayMs */
  constructor(delayMs) {
    this.port = 0;
    this.path = join(this.#folder, "stamps");
    const options = ["--stamps", this.path, ...(delayMs > 0 ? ["--delay-ms", String(delayMs)] : [])];
    this.process = spawn(join(TOOLS, "smtp_sink"), options, { stdio: ["ignore", "pipe", "inherit"] });
    process.once("exit", this.#killed);
  }

  /** Reads the stamps since the last look. @returns {Promise<Stamp[]>} all stamps */
  async look() {
    const file = await open(this.path, "r");
    try {
      const { size } = await file.stat();
      const { buffer, bytesRead } = await file.read(Buffer.alloc(size - this.#offset), 0, size - this.#offset, this.#offset);
      this.#offset += bytesRead;
      const { stamps, rest } = readStamps(this.#rest + buffer.toString("latin1", 0, bytesRead));
      this.#rest = rest;
      for (const stamp of stamps) this.stamps.push(stamp);
    } finally {
      await file.close();
    }
    return this.stamps;
  }

  /** Discards the stamps so far. */
  async forget() {
    await this.look();
    this.stamps = [];
  }

  /** Ends the sink, and reads its count. */
  async stop() {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const ended = once(this.process, "close");
      this.process.kill("SIGTERM");
      await ended;
    }
    process.off("exit", this.#killed);
    this.#forgetFolder();
  }

  #forgetFolder() {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** @returns {Promise<void>} when it has told its port */
  #listening() {
    const lines = createInterface({ input: this.process.stdout });
    return new Promise((resolve, reject) => {
      lines.on("line", (line) => {
        const [what, number] = line.split(" ");
        if (what === "mails") this.counted = Number(number);
        if (what !== "port") return;
        this.port = Number(number);
        resolve();
      });
      this.process.once("error", reject);
      this.process.once("exit", (code) => reject(new Error(`smtp_sink ended with ${code}`)));
    });
  }
}
