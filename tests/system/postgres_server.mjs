// The stack's PostgreSQL as a server that a test restarts while clients use it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { join } from "node:path";

export class PostgresServer {
  /**
   * @param {string} data the cluster's folder
   * @param {string} programs the folder of pg_ctl
   */
  constructor(data, programs) {
    this.data = data;
    this.programs = programs;
  }

  /** @param {import("./database.mjs").Database} database */
  static async of(database) {
    const programs = await database.run("SELECT setting FROM pg_config WHERE name = 'BINDIR'");
    return new PostgresServer(await database.run("SHOW data_directory"), programs);
  }

  /**
   * Returns when the server answers again.
   * @param {string} mode `fast` or `immediate`, which is a crash
   */
  async restart(mode) {
    const { uid, gid } = statSync(this.data);
    const log = join(this.data, "..", "log");
    const words = ["restart", "--pgdata", this.data, "--mode", mode, "--wait", "--silent", "--log", log];
    const process = spawn(join(this.programs, "pg_ctl"), words, { uid, gid, cwd: "/", stdio: "ignore" });
    const [code] = await once(process, "exit");
    if (code !== 0) throw new Error(`pg_ctl restart ended with ${code}`);
  }
}
