// What limiters have on the disk: they store a second after they have counted.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

import { until } from "../system/polling.mjs";

const SECOND = 1000; // a limiter waits this long after its first change

/** Waits until all that was counted before this call is stored: until two quiet seconds follow a change, or none has come for five. @param {string} folder */
export async function stored(folder) {
  const now = Date.now();
  const isOver = () => {
    const latest = Math.max(0, ...storageBelow(folder).map((file) => file.changed));
    return (latest > now || Date.now() - now > 5 * SECOND) && Date.now() - latest > 2 * SECOND;
  };
  await until("the limiters have stored their counts", isOver, { deadline: 30_000, every: 50 });
}

/** The limiters' databases; others are the platform's own. @param {string} folder @returns {{path: string, size: number, changed: number}[]} */
export function storageBelow(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile() && /^[0-9a-f]{64}\.sqlite/.test(entry.name)).map((entry) => join(entry.parentPath, entry.name));
  return paths.flatMap((path) => {
    const found = statSync(path, { throwIfNoEntry: false }); // workerd may delete a log meanwhile
    return found ? [{ path, size: found.size, changed: found.mtimeMs }] : [];
  });
}
