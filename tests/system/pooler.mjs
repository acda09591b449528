// PgBouncer in transaction mode in front of the stack's database, with few sessions of the server, so that the transactions of one
// connection change sessions.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { until } from "./polling.mjs";

const PORT = 6432; // without listen_addr only a part of the socket's name
const SESSIONS = 3;

export class Pooler {
  /** @param {string} folder @param {import("node:child_process").ChildProcess} child */
  constructor(folder, child) {
    this.folder = folder;
    this.child = child;
    this.ended = once(child, "exit");
  }

  /**
   * Runs it as the server's user: it refuses to run as root.
   * @param {import("./database.mjs").Database} database
   */
  static async start(database) {
    const { uid, gid } = statSync(await database.run("SHOW data_directory"));
    const folder = mkdtempSync(join(tmpdir(), "rekey-pooler-"));
    chmodSync(folder, 0o777);
    writeFileSync(join(folder, "users"), `"rekey_origin" ""\n`);
    writeFileSync(join(folder, "ini"), configuration(folder, await database.run("SHOW unix_socket_directories")));
    const child = spawn("/usr/sbin/pgbouncer", ["-q", join(folder, "ini")], { uid, gid, cwd: "/", stdio: "ignore" });
    const pooler = new Pooler(folder, child);
    process.once("exit", () => child.kill("SIGKILL"));
    await until("PgBouncer listens", () => existsSync(join(folder, `.s.PGSQL.${PORT}`)));
    return pooler;
  }

  /** @returns {string} the URL of the database `rekey` through the pooler */
  get url() {
    return `postgresql://rekey_origin@${encodeURIComponent(this.folder)}:${PORT}/rekey`;
  }

  async stop() {
    this.child.kill("SIGKILL");
    await this.ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** @param {string} folder @param {string} sockets of the server */
function configuration(folder, sockets) {
  return `[databases]
* = host=${sockets} user=rekey_origin
[pgbouncer]
pool_mode = transaction
default_pool_size = ${SESSIONS}
auth_type = trust
auth_file = ${folder}/users
listen_port = ${PORT}
unix_socket_dir = ${folder}
logfile = ${folder}/log
`;
}
