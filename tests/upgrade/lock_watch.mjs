// Looks for calls that wait for a lock of the database, as often as it can, and keeps the longest wait that it saw. Waits of the migration
// itself don't count.
import { setTimeout as sleep } from "node:timers/promises";

import { DatabaseSession } from "../system/database.mjs";

const PAUSE = 10; // milliseconds between two looks

const LONGEST = `
  SELECT coalesce(max(extract(epoch FROM clock_timestamp() - waitstart) * 1000), 0)::int
  FROM pg_locks JOIN pg_stat_activity USING (pid)
  WHERE NOT granted AND application_name = 'rekey' AND locktype IN ('relation', 'tuple', 'transactionid')
    AND mode NOT IN ('AccessExclusiveLock', 'ShareUpdateExclusiveLock')`;

export class LockWatch {
  /** In milliseconds. */
  longest = 0;
  #stopping = false;
  /** @type {Promise<void>} */
  #loop = Promise.resolve();

  /** @param {import("../system/database.mjs").Database} database */
  static async start(database) {
    const watch = new LockWatch(new DatabaseSession(database.url));
    await watch.session.run(LONGEST);
    watch.#loop = watch.#run();
    return watch;
  }

  /** @param {DatabaseSession} session */
  constructor(session) {
    this.session = session;
  }

  async stop() {
    this.#stopping = true;
    await this.#loop;
    await this.session.close();
  }

  async #run() {
    while (!this.#stopping) {
      this.longest = Math.max(this.longest, Number(await this.session.run(LONGEST)));
      await sleep(PAUSE);
    }
  }
}
