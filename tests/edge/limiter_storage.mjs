// What limiters have on the disk: they store a second after they have counted.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

import { until } from "../system/polling.mjs";

/** Waits until all that was counted before this call is stored. @param {string} folder */
export async function stored(folder) {
  const now = Date.now();
  await until("the limiters have stored their counts", () => storageBelow(folder).some((file) => file.changed > now), { deadline: 10_000, every: 50 });
}

/** The limiters' databases; others are the platform's own. @param {string} folder @returns {{path: string, size: number, changed: number}[]} */
export function storageBelow(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile() && /^[0-9a-f]{64}\.sqlite/.test(entry.name)).map((entry) => join(entry.parentPath, entry.name));
  return paths.map((path) => ({ path, size: statSync(path).size, changed: statSync(path).mtimeMs }));
}
