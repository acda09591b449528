// The ordinary FastAPI application (fastapi_app/app.py) under uvicorn, with its own database in Rekey's cluster.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

import { Service } from "../rig/service.mjs";
import { Database } from "../system/database.mjs";
import { checkout, freePorts } from "../system/stack.mjs";

/** @typedef {import("../rig/rig.mjs").Rig} Rig */

const APP = join(checkout, "tests/bench/fastapi_app");
const PYTHON = "/usr/bin/python3"; // Debian's, which has Debian's packages
const NAME = "bench_fastapi";
const WORKERS = 2;

const run = promisify(execFile);

export class FastapiReference extends Service {
  /**
   * @param {Rig} rig @param {number} mailPort its relay @param {string[]} addresses of its users
   * @returns {Promise<FastapiReference>} that answers
   */
  static async start(rig, mailPort, addresses) {
    await rig.database.run(`CREATE DATABASE ${NAME}`);
    const env = { PATH: process.env.PATH ?? "", DATABASE_URL: databaseUrl(rig.databaseUrl), MAIL_PORT: String(mailPort), PYTHONDONTWRITEBYTECODE: "1" };
    await run(PYTHON, ["-c", "import app; app.Base.metadata.create_all(app.engine)"], { cwd: APP, env });
    const database = new Database(rig.databaseUrl.replace(/[^/]*$/, NAME));
    await database.run(`INSERT INTO users (email) VALUES ${addresses.map((address) => `('${address}')`).join(", ")}; ANALYZE users`);
    const service = new FastapiReference(rig.folder, env, await freePorts(1));
    await service.start().catch(async (error) => {
      await service.end();
      throw error;
    });
    return service;
  }

  /** @param {string} folder for its log @param {Record<string, string>} env @param {number} port */
  constructor(folder, env, port) {
    const words = ["--workers", String(WORKERS), "--host", "127.0.0.1", "--port", String(port), "--app-dir", APP, "--no-access-log"];
    const command = [PYTHON, "-m", "uvicorn", "app:app", ...words];
    super("the FastAPI application", join(folder, "fastapi.log"), () => ({ command, env }), `http://127.0.0.1:${port}/none`);
    process.once("exit", () => this.signal("SIGTERM")); // which it passes on to its workers
  }
}

/** SQLAlchemy reads the socket's folder only from the query. @param {string} url postgresql://user@folder/name */
function databaseUrl(url) {
  const [, user, folder] = /^postgresql:\/\/([^@]+)@([^/]+)\//.exec(url) ?? [];
  if (!folder) throw new Error("the database's URL must name the folder of a socket");
  return `postgresql+psycopg2://${user}@/${NAME}?host=${folder}`;
}
