// Builds an origin with a planted bug: a patch of planted/ is applied to copies of its sources, only these are compiled (of a schema, the
// source that embeds it), with the commands of build/release, and linked before that build's library. Kept in .rekey/planted under a hash
// of its inputs.
import { execFileSync, execSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { checkout } from "../system/stack.mjs";

const RELEASE = join(checkout, "build/release");
const LIBRARY = "origin/librekey_origin_lib.a";
const MIGRATIONS = "origin/migrations/";
const KEPT = join(checkout, ".rekey/planted");

/** @param {string} bug the patch's name @returns {string} the program's path */
export function plantedOrigin(bug) {
  const patch = join(import.meta.dirname, "planted", `${bug}.patch`);
  const program = join(KEPT, `${bug}-${fingerprintOf([patch, join(RELEASE, LIBRARY)])}`);
  if (!existsSync(program)) build(patch, program);
  return program;
}

/** @param {string} patch @param {string} program */
function build(patch, program) {
  mkdirSync(KEPT, { recursive: true, mode: 0o700 });
  const scratch = mkdtempSync(join(KEPT, "build-"));
  try {
    const objects = patchedSources(patch, scratch).map((source) => compile(source, scratch));
    link(objects, `${scratch}/program`);
    renameSync(`${scratch}/program`, program);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** @param {string} patch @param {string} scratch @returns {string[]} paths below `scratch`, as below the checkout */
function patchedSources(patch, scratch) {
  const sources = [...readFileSync(patch, "utf8").matchAll(/^\+\+\+ b\/(.+)$/gm)].map(([, path]) => path);
  if (sources.some(isMigration)) cpSync(join(checkout, MIGRATIONS), join(scratch, MIGRATIONS), { recursive: true });
  for (const source of sources) {
    mkdirSync(join(scratch, dirname(source)), { recursive: true });
    copyFileSync(join(checkout, source), join(scratch, source));
  }
  execFileSync("patch", ["--strip=1", "--silent", "--no-backup-if-mismatch", `--directory=${scratch}`, `--input=${patch}`], { stdio: "inherit" });
  return sources.map((source) => (isMigration(source) ? embed(scratch) : source));
}

/** @param {string} source */
function isMigration(source) {
  return source.startsWith(MIGRATIONS);
}

/** All migrations in one source, as the build makes it. @param {string} scratch @returns {string} its path, as below the checkout */
function embed(scratch) {
  const source = "build/release/origin/embedded_migrations.cpp";
  mkdirSync(join(scratch, dirname(source)), { recursive: true });
  const folder = join(scratch, MIGRATIONS);
  const files = readdirSync(folder).filter((name) => name.endsWith(".sql")).map((name) => join(folder, name));
  const list = join(scratch, "migrations.list");
  writeFileSync(list, files.join(";"));
  execFileSync("cmake", [`-DOUT=${join(scratch, source)}`, `-DLIST=${list}`, "-P", join(folder, "write_source.cmake")], { stdio: "inherit" });
  return source;
}

/** @param {string} source @param {string} scratch @returns {string} the object file */
function compile(source, scratch) {
  const original = join(checkout, source);
  const [entry] = JSON.parse(readFileSync(join(RELEASE, "compile_commands.json"), "utf8")).filter((/** @type {any} */ { file }) => file === original);
  if (!entry) throw new Error(`${source} is not compiled in build/release`);
  const object = `${join(scratch, source)}.o`;
  const command = entry.command.replace(` -c ${original}`, ` -c ${join(scratch, source)}`).replace(/ -o \S+/, ` -o ${object}`);
  execSync(command, { cwd: entry.directory, stdio: "inherit" });
  return object;
}

/** The linker takes no archive member whose symbols are already defined, so the patched objects win. @param {string[]} objects @param {string} program */
function link(objects, program) {
  const commands = execFileSync("ninja", ["-C", RELEASE, "-t", "commands", "rekey-origin"], { encoding: "utf8" }).trim().split("\n");
  const command = /** @type {string} */ (commands.at(-1)).replace(" -o origin/rekey-origin", ` ${objects.join(" ")} -o ${program}`);
  execSync(command, { cwd: RELEASE, stdio: "inherit" });
}

/** @param {string[]} files */
function fingerprintOf(files) {
  const hash = createHash("sha256");
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest("hex").slice(0, 16);
}
