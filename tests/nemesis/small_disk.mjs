// A file system in a few megabytes of memory, which can be filled and freed. Needs root, or sudo without a password.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";

const REFILL_EVERY = 250;

export class SmallDisk {
  /** @type {NodeJS.Timeout | undefined} */
  #filling;
  /** @type {Promise<void>} */
  #writing = Promise.resolve();

  /** @param {string} folder where it is mounted */
  constructor(folder) {
    this.folder = folder;
    this.ballast = join(folder, "ballast");
  }

  /** @param {string} folder @param {number} megabytes @returns {SmallDisk | undefined} undefined if mounting is not allowed */
  static mount(folder, megabytes) {
    mkdirSync(folder, { recursive: true });
    return asRoot("mount", "-t", "tmpfs", "-o", `size=${megabytes}m,mode=0777`, "rekey-nemesis", folder) ? new SmallDisk(folder) : undefined;
  }

  /** Occupies every free block, also those that become free later. */
  fill() {
    const again = () => (this.#writing = this.#writing.then(() => this.#write()));
    this.#filling = setInterval(again, REFILL_EVERY);
    return again();
  }

  async free() {
    clearInterval(this.#filling);
    await this.#writing;
    rmSync(this.ballast, { force: true });
  }

  /** Works also while files are open. */
  unmount() {
    clearInterval(this.#filling);
    asRoot("umount", "--lazy", this.folder);
  }

  async #write() {
    const file = await open(this.ballast, "a");
    try {
      for (const size of [1 << 20, 1 << 12]) await writeUntilFull(file, Buffer.alloc(size));
    } finally {
      await file.close().catch(() => {});
    }
  }
}

/** @param {import("node:fs/promises").FileHandle} file @param {Buffer} block */
async function writeUntilFull(file, block) {
  for (;;) {
    const full = await file.write(block).then(({ bytesWritten }) => bytesWritten < block.length, () => true);
    if (full) return;
  }
}

/** @param {string[]} command */
function asRoot(...command) {
  const words = process.getuid?.() === 0 ? command : ["sudo", "-n", ...command];
  return spawnSync(words[0], words.slice(1), { stdio: "ignore" }).status === 0;
}
