// The stack's PostgreSQL as a primary with a synchronous standby, both on sockets of one folder: a test crashes the one and promotes
// the other, as often as it likes.
import { rmSync } from "node:fs";
import { join } from "node:path";

import { Database } from "./database.mjs";
import { until } from "./polling.mjs";
import { PostgresServer } from "./postgres_server.mjs";

/** @typedef {{server: PostgresServer, port: number}} Member */

export class ServerPair {
  /**
   * @param {string} sockets their folder
   * @param {Member} primary
   * @param {Member} standby
   */
  constructor(sockets, primary, standby) {
    this.sockets = sockets;
    this.primary = primary;
    this.standby = standby;
  }

  /** @param {Database} database on the primary @returns {Promise<ServerPair>} when commits wait for the standby */
  static async of(database) {
    const server = await PostgresServer.of(database);
    const standby = new PostgresServer(join(server.data, "..", "standby"), server.programs);
    const sockets = await database.run("SHOW unix_socket_directories");
    const pair = new ServerPair(sockets, { server, port: 5432 }, { server: standby, port: 5433 });
    await pair.addStandby();
    return pair;
  }

  /** @returns {string} DATABASE_URL with both servers, always in the same order */
  get url() {
    const host = encodeURIComponent(this.sockets);
    return `postgresql://rekey_origin@${host}:5432,${host}:5433/rekey`;
  }

  /** @returns {Database} on the primary */
  get database() {
    return this.#databaseOf(this.primary);
  }

  /** @param {Member} member */
  #databaseOf({ port }) {
    return new Database(`postgresql://rekey@${encodeURIComponent(this.sockets)}:${port}/rekey`);
  }

  /** Makes the standby from the primary, in the place of the server that crashed. Returns when commits wait for it. */
  async addStandby() {
    const { server, port } = this.standby;
    rmSync(server.data, { recursive: true, force: true });
    const source = [`--host=${this.sockets}`, `--port=${this.primary.port}`, "--username=rekey"];
    await server.run("pg_basebackup", `--pgdata=${server.data}`, "--write-recovery-conf", "--checkpoint=fast", ...source);
    await server.start(port);
    // Only now: the standby must not have it. Alone after its promotion, it would wait for a standby of its own.
    await change(this.database, "synchronous_standby_names = '*'");
    await until("the standby is synchronous", async () => (await this.#stateOfReplication()) === "sync");
  }

  /** The standby gets nothing any more, and no commit waits for it. */
  async cutOffStandby() {
    await change(this.database, "synchronous_standby_names = ''");
    await change(this.#databaseOf(this.standby), "primary_conninfo = ''");
    await until("the standby is cut off", async () => (await this.#stateOfReplication()) === "");
  }

  #stateOfReplication() {
    return this.database.run("SELECT sync_state FROM pg_stat_replication");
  }

  async crashPrimary() {
    await this.primary.server.crash();
  }

  async promoteStandby() {
    await this.standby.server.promote();
    [this.primary, this.standby] = [this.standby, this.primary];
  }

  /** Ends both, if they run. */
  async stop() {
    for (const { server } of [this.standby, this.primary]) await server.crash().catch(() => {});
  }
}

/** @param {Database} database @param {string} setting of its server, with a value */
async function change(database, setting) {
  await database.run(`ALTER SYSTEM SET ${setting}`);
  await database.run("SELECT pg_reload_conf()");
}
