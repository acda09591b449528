// Where PostgreSQL's programs are. On Debian the server's are outside PATH, in a folder for each version, and those in PATH are scripts
// that look for the version at each call; scripts/database uses the newest one, too.
import { readdirSync } from "node:fs";

const FOLDER = "/usr/lib/postgresql";

/** @param {string} name @returns {string} the program's path, of the newest version */
export function postgresProgram(name) {
  const versions = readdirSync(FOLDER).map(Number).toSorted((a, b) => b - a);
  return `${FOLDER}/${versions[0]}/bin/${name}`;
}
