// A bare Debian in a folder: made by debootstrap from this machine's mirror, booted with its own systemd in namespaces of its own. Needs
// root. Commands run inside as root; programs of this machine can run in its network, where its ports are.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

import { until } from "../system/polling.mjs";

const QUIET = { encoding: /** @type {const} */ ("utf8"), stdio: /** @type {["ignore", "pipe", "pipe"]} */ (["ignore", "pipe", "pipe"]) };

/** @returns {string} the code name of this machine's Debian */
export function ownSuite() {
  return /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "";
}

/** @param {string} suite @returns {string} of this machine's sources, for a suite of the same archive */
function mirrorOf(suite) {
  const uris = execFileSync("apt-get", ["update", "--print-uris"], QUIET);
  const found = uris.split("\n").map((line) => new RegExp(`^'(.*)/dists/${suite}/InRelease'`).exec(line)?.[1]);
  return found.find(Boolean) ?? (suite.endsWith("-security") ? "http://deb.debian.org/debian-security" : "http://deb.debian.org/debian");
}

/** @returns {string} the folder of this process's group in the unified hierarchy */
function ownGroup() {
  const root = /^\S+ (\S+) cgroup2 /m.exec(readFileSync("/proc/mounts", "utf8"))?.[1] ?? "/sys/fs/cgroup";
  return join(root, /^0::(.*)$/m.exec(readFileSync("/proc/self/cgroup", "utf8"))?.[1] ?? "/");
}

// A process of its own, because the test may be killed: removes the folder and the groups when this process has ended.
const SWEEP = 'cat >/dev/null; sleep 1; find "$1" -depth -type d -exec rmdir {} + 2>/dev/null; rm -rf --one-file-system -- "$0"';

export class BareDebian {
  /** @type {import("node:child_process").ChildProcess | undefined} */
  #booted;
  #init = 0;

  /** @param {string} suite */
  constructor(suite) {
    this.suite = suite;
    this.folder = mkdtempSync("/var/tmp/rekey-bare-");
    chmodSync(this.folder, 0o755); // it becomes /, which every user must enter
    this.group = join(ownGroup(), basename(this.folder));
    const sweeper = spawn("setsid", ["sh", "-c", SWEEP, this.folder, this.group], { stdio: ["pipe", "ignore", "ignore"] });
    sweeper.unref();
    /** @type {import("node:net").Socket} */ (/** @type {unknown} */ (sweeper.stdin)).unref();
  }

  /** Fetches the base system. */
  make() {
    const mirror = mirrorOf(ownSuite());
    execFileSync("debootstrap", ["--variant=minbase", this.suite, this.folder, mirror], QUIET);
    cpSync("/etc/resolv.conf", join(this.folder, "etc/resolv.conf"));
    const security = mirrorOf(`${ownSuite()}-security`);
    const sources = [`deb ${mirror} ${this.suite} main`, `deb ${mirror} ${this.suite}-updates main`, `deb ${security} ${this.suite}-security main`];
    writeFileSync(join(this.folder, "etc/apt/sources.list"), `${sources.join("\n")}\n`);
    this.change("apt-get", "update", "-qq");
  }

  /** @param {string[]} packages names, or files of this machine */
  install(...packages) {
    const words = packages.map((name) => (name.endsWith(".deb") ? this.#bring(name) : name));
    this.change("apt-get", "install", "-qq", "--yes", "--no-install-recommends", ...words);
  }

  /** Installs packages of this machine into the Debian that runs. @param {string[]} files */
  add(...files) {
    const env = ["env", "DEBIAN_FRONTEND=noninteractive"];
    return this.run(...env, "apt-get", "install", "-qq", "--yes", "--no-install-recommends", ...files.map((name) => (name.endsWith(".deb") ? this.#bring(name) : name)));
  }

  /** Makes the same package with a lower version, in the Debian's folder. @param {string} file @returns {string} the file, of this machine */
  olderThan(file) {
    const made = join(this.folder, "var/cache", "older", basename(file).replace(/_[^_]+_/, "_0.0.9-1_"));
    const tree = join(this.folder, "var/cache", "older", "tree");
    mkdirSync(tree, { recursive: true });
    execFileSync("dpkg-deb", ["--raw-extract", file, tree], QUIET);
    const control = join(tree, "DEBIAN/control");
    writeFileSync(control, readFileSync(control, "utf8").replace(/^Version: .*$/m, "Version: 0.0.9-1").replace(/^Breaks: .*\n/m, ""));
    execFileSync("dpkg-deb", ["--root-owner-group", "-Zgzip", "-z1", "--build", tree, made], QUIET);
    rmSync(tree, { recursive: true });
    return made;
  }

  /** @returns {number} KiB of all installed packages */
  installedKib() {
    const sizes = this.change("dpkg-query", "--show", "--showformat=${Installed-Size}\\n");
    return sizes.trim().split("\n").reduce((sum, size) => sum + Number(size), 0);
  }

  /** Runs a command before the boot; it must succeed. @param {string[]} words */
  change(...words) {
    const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive" };
    const inside = ["--mount", "--propagation", "private", "sh", "-c", 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"', this.folder, ...words];
    const done = spawnSync("unshare", inside, { ...QUIET, env });
    if (done.status !== 0) throw new Error(`${words.join(" ")} ended with ${done.status}:\n${done.stdout}${done.stderr}`);
    return done.stdout;
  }

  async boot() {
    const words = ["--mount", "--pid", "--fork", "--kill-child", "--cgroup", "--ipc", "--uts", "--net", "--propagation", "private"];
    mkdirSync(this.group);
    const inGroup = ["-c", 'echo $$ >"$0/cgroup.procs" && exec "$@"', this.group, "setpriv", "--pdeathsig", "KILL", "unshare"];
    const booted = spawn("sh", [...inGroup, ...words, join(import.meta.dirname, "boot"), this.folder], { stdio: "ignore" });
    this.#booted = booted;
    this.#init = await until("systemd has started", () => {
      const children = readFileSync(`/proc/${booted.pid}/task/${booted.pid}/children`, "utf8").trim();
      return children && readFileSync(`/proc/${children}/comm`, "utf8").trim() === "systemd" ? Number(children) : undefined;
    });
    await until("systemd has booted", () => /running|degraded/.test(this.try("systemctl", "is-system-running").stdout), { deadline: 120_000, every: 500 }).catch((late) => {
      throw new Error(`${late.message}: ${this.try("systemctl", "list-jobs").stdout}`);
    });
  }

  /** @param {string[]} words @returns {string} what the command prints inside; it must succeed */
  run(...words) {
    const done = this.try(...words);
    if (done.status !== 0) throw new Error(`${words.join(" ")} ended with ${done.status}:\n${done.stdout}${done.stderr}`);
    return done.stdout;
  }

  /** @param {string[]} words */
  try(...words) {
    return this.#enter(["--all", "--root", "--wd"], words, "");
  }

  /** @param {string} input @param {string[]} words */
  runWithInput(input, ...words) {
    return this.#enter(["--all", "--root", "--wd"], words, input);
  }

  /** Runs a program of this machine in the Debian's network. @param {string[]} words */
  inNetwork(...words) {
    return this.#enter(["--net"], words, "").stdout;
  }

  /** Starts a program of this machine in the Debian's network. @param {string[]} words */
  startInNetwork(...words) {
    return spawn("nsenter", ["--target", String(this.#init), "--net", ...words], { stdio: "ignore" });
  }

  async remove() {
    if (this.#booted && this.#booted.exitCode === null) {
      const ended = once(this.#booted, "exit");
      this.#booted.kill("SIGKILL"); // the namespaces, their processes and mounts go with it
      await ended;
      await until("process 1 is gone", () => !existsSync(`/proc/${this.#init}`));
    }
    spawnSync("find", [this.group, "-depth", "-type", "d", "-exec", "rmdir", "{}", "+"]);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** @param {string} file */
  #bring(file) {
    cpSync(file, join(this.folder, "var/cache", basename(file)));
    return join("/var/cache", basename(file));
  }

  /** @param {string[]} spaces @param {string[]} words @param {string} input */
  #enter(spaces, words, input) {
    const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C", SYSTEMD_PAGER: "" };
    return spawnSync("nsenter", ["--target", String(this.#init), ...spaces, ...words], { encoding: "utf8", input, env });
  }
}
