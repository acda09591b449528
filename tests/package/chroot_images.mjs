// The steps of both Dockerfiles, walked in bare Debians instead of containers: every COPY and RUN, then the entry point as the image's user.
// Called by `scripts/package --test`, because Docker itself may be absent; it shows that the steps work, not that Docker takes them.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { settings as secrets } from "../edge/keys.mjs";
import { checkout } from "../system/stack.mjs";
import { BareDebian, ownSuite } from "./bare_debian.mjs";
import { instructions } from "./dockerfile.mjs";

const suite = process.env.REKEY_SUITE || ownSuite();
const packages = process.env.REKEY_PACKAGES ?? join(checkout, "build/package/packages");
const base = new BareDebian(suite);
/** @type {BareDebian[]} */
const made = [base];

before(() => base.make());
after(async () => {
  for (const debian of made) await debian.remove();
});

/** @returns {BareDebian} a copy of the base system */
function fresh() {
  const debian = new BareDebian(suite);
  made.push(debian);
  execFileSync("cp", ["--archive", `${base.folder}/.`, debian.folder]);
  return debian;
}

/** @param {string} name of the Dockerfile */
function build(name) {
  /** @type {Map<string, BareDebian>} */
  const stages = new Map();
  let debian = base;
  const image = { debian, user: "0:0", env: /** @type {Record<string, string>} */ ({}), entry: /** @type {string[]} */ ([]), health: /** @type {string[]} */ ([]) };
  for (const { word, rest } of instructions(name)) {
    if (word === "FROM") {
      debian = fresh();
      stages.set(/ AS (\w+)$/.exec(rest)?.[1] ?? "", debian);
    }
    if (word === "COPY") copy(rest, debian, stages);
    if (word === "RUN") runStep(rest, debian);
    if (word === "USER") image.user = rest;
    if (word === "ENV") Object.assign(image.env, Object.fromEntries(rest.split(" ").map((pair) => pair.split("="))));
    if (word === "ENTRYPOINT") image.entry = JSON.parse(rest);
    if (word === "HEALTHCHECK") image.health = JSON.parse(rest.slice(rest.indexOf("[")));
  }
  return { ...image, debian };
}

/** Of Docker's mounts only that of the build's context is known. @param {string} step @param {BareDebian} debian */
function runStep(step, debian) {
  const mount = "--mount=type=bind,target=/packages ";
  if (!step.startsWith(mount)) return debian.change("sh", "-c", step);
  const context = join(debian.folder, "packages");
  cpSync(packages, context, { recursive: true });
  debian.change("sh", "-c", step.slice(mount.length));
  rmSync(context, { recursive: true });
}

/** @param {string} words @param {BareDebian} debian @param {Map<string, BareDebian>} stages */
function copy(words, debian, stages) {
  const parts = words.split(" ");
  const target = join(debian.folder, parts.pop() ?? "");
  if (parts[0].startsWith("--from=")) {
    const stage = stages.get(parts[0].slice("--from=".length));
    assert.ok(stage);
    return cpSync(join(stage.folder, parts[1]), target, { recursive: true });
  }
  mkdirSync(target, { recursive: true });
  for (const pattern of parts) {
    const start = pattern.slice(0, pattern.indexOf("*"));
    const found = readdirSync(packages).filter((entry) => entry.startsWith(start) && entry.endsWith(".deb"));
    assert.ok(found.length > 0, `there is no ${pattern} in ${packages}`);
    for (const file of found) cpSync(join(packages, file), join(target, file));
  }
}

/** Runs a command as the image's user, without capabilities, in a network of its own. @param {ReturnType<typeof build>} image @param {string} command @param {Record<string, string>} env */
function run(image, command, env) {
  const [uid, gid] = image.user.split(":");
  const inside = 'mount --bind /dev "$0/dev" && mount -t proc proc "$0/proc" && ip link set lo up && exec chroot "$0" setpriv --reuid "$1" --regid "$2" --clear-groups --bounding-set=-all --no-new-privs bash -c "$3"';
  const words = ["--mount", "--net", "--pid", "--fork", "--kill-child", "--propagation", "private", "sh", "-c", inside, image.debian.folder, uid, gid, command];
  return spawnSync("unshare", words, { encoding: "utf8", timeout: 60_000, env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", ...image.env, ...env } });
}

/** Without what Docker's slim images leave out of Debian: documentation and apt's lists. @param {string} part @param {BareDebian} debian */
function tellSize(part, debian) {
  const words = ["--summarize", "--one-file-system", "--exclude=usr/share/doc", "--exclude=usr/share/man", "--exclude=usr/share/locale", "--exclude=var/cache/apt", "--exclude=var/lib/apt", "."];
  const kib = execFileSync("du", words, { cwd: debian.folder, encoding: "utf8" }).split("\t")[0];
  console.log(`${suite}: the ${part}'s image holds about ${Math.round(Number(kib) / 1024)} MiB`);
}

/** @param {string[]} words */
const quoted = (words) => words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");

test("the origin's image starts as its user, finds its templates, holds no secret and listens where the ports are", () => {
  const image = build("origin");
  tellSize("origin", image.debian);
  assert.deepEqual(readdirSync(join(image.debian.folder, "etc")).filter((name) => name === "rekey"), []);
  const refused = run(image, `${quoted(image.entry)} serve`, {});
  assert.equal(refused.status, 2, refused.stderr);
  assert.match(refused.stderr, /FRONTEND_URL must be set/);
  const found = run(image, `id -u; grep ^CapEff /proc/self/status; ${quoted(image.entry)} doctor`, {
    ...secrets,
    SEED_SECRET: randomBytes(32).toString("base64url"),
    FRONTEND_URL: "http://localhost:8787",
    MAIL_SERVER: "127.0.0.1",
    MAIL_TLS: "none",
    MAIL_FROM: "rekey@example.com",
    DATABASE_URL: "postgresql://127.0.0.1:9/none",
  });
  assert.match(found.stdout, /^65532\nCapEff:\t0+\n/);
  assert.match(found.stdout, /^ok {4}templates/m);
  assert.notEqual(run(image, quoted(image.health), {}).status, 0);
  const server = '$s = IO::Socket::INET->new(LocalAddr => "127.0.0.1:9090", Listen => 1, ReuseAddr => 1) or die; $| = 1; print "listens\\n"; $c = $s->accept; while (<$c>) { last if /^\\r?$/ } print $c "HTTP/1.1 503 Service Unavailable\\r\\n\\r\\n"';
  const checked = run(image, `exec 4< <(perl -MIO::Socket::INET -e ${quoted([server])}); read -r _ <&4; ${quoted(image.health)}; echo "health $?"`, {});
  assert.match(checked.stdout, /^health 0$/m, checked.stderr); // a database that is away is no reason to start it again
});

test("the edge's image starts as its user, with its secrets from files, and answers", () => {
  const image = build("edge");
  tellSize("edge", image.debian);
  const folder = join(image.debian.folder, "run/secrets");
  mkdirSync(folder, { recursive: true });
  /** @type {Record<string, string>} */
  const settings = { FRONTEND_URL: "http://localhost:8787", CLIENT_IP_HEADER: "X-Real-IP" };
  for (const [name, value] of Object.entries(secrets)) {
    writeFileSync(join(folder, name), `${value}\n`);
    settings[`${name}_FILE`] = `/run/secrets/${name}`;
  }
  const ask = `exec 3<>/dev/tcp/127.0.0.1/8787 && printf "GET /login HTTP/1.1\\r\\nHost: localhost\\r\\nX-Real-IP: 192.0.2.1\\r\\nConnection: close\\r\\n\\r\\n" >&3 && head -1 <&3`;
  const body = '{"email":"mary@example.com","password":"a walk in the rain"}';
  const logIn = `exec 3<>/dev/tcp/127.0.0.1/8787 && printf "POST /api/users/login HTTP/1.1\\r\\nHost: localhost\\r\\nX-Real-IP: 192.0.2.1\\r\\nContent-Type: application/json\\r\\nContent-Length: ${body.length}\\r\\nConnection: close\\r\\n\\r\\n%s" ${quoted([body])} >&3 && cat <&3 >/dev/null`;
  const done = run(image, `${quoted(image.entry)} & until (${ask}) 2>/dev/null; do sleep 0.2; done; (${logIn}); ${quoted(image.health)}; echo "health $?"; id -u; find /var/lib/rekey-edge -name "*.sqlite" | head -1; kill %1`, settings);
  assert.match(done.stdout, /^HTTP\/1\.1 200 OK\r\n/m, done.stdout + done.stderr);
  assert.match(done.stdout, /^health 0\n65532\n\/var\/lib\/rekey-edge\/.*\.sqlite$/m, done.stdout + done.stderr); // no origin runs
  assert.doesNotMatch(done.stdout + done.stderr, /alarm\.(client_address|limiter|invalid)/);
  for (const name of ["rekey", "rekey-workerd"]) assert.ok(readFileSync(join(image.debian.folder, "usr/share/doc", name, "copyright"), "utf8").length > 0);
});
