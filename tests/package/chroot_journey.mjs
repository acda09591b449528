// The packages in a bare Debian: installed by apt, both units started by the systemd in there, the journey walked from the settings' file to
// a new password. Called by `scripts/package --test`; not part of scripts/test: it fetches a Debian, and takes minutes.
import assert from "node:assert/strict";
import { cpSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { everyFile } from "../documents/document.mjs";
import { until } from "../system/polling.mjs";
import { checkout } from "../system/stack.mjs";
import { BareDebian, ownSuite } from "./bare_debian.mjs";

const suite = process.env.REKEY_SUITE || ownSuite();
const packages = process.env.REKEY_PACKAGES ?? join(checkout, "build/package/packages");
const debian = new BareDebian(suite);
/** @type {import("node:child_process").ChildProcess | undefined} */
let inbox;

const units = ["rekey-origin", "rekey-edge"];
const site = "http://localhost:8787";
const mary = "mary@example.com";

/** @param {string} name */
function file(name) {
  const found = readdirSync(packages).find((entry) => entry.startsWith(`${name}_`));
  assert.ok(found, `there is no package ${name} in ${packages}: run scripts/package`);
  return join(packages, found);
}

/** @param {string} unit @param {string} name */
const property = (unit, name) => debian.run("systemctl", "show", unit, "--property", name, "--value").trim();

/** @param {string} path @param {Record<string, string>} body */
function call(path, body) {
  const words = ["--silent", "--include", "--max-time", "20", "--header", "X-Real-IP: 192.0.2.1", "--json", JSON.stringify(body), site + path];
  const answer = debian.inNetwork("curl", ...words);
  return { status: Number(/^HTTP\/1.1 (\d{3})/.exec(answer)?.[1]), text: answer };
}

/** @param {string} unit @param {number} restarts */
const restarted = (unit, restarts) =>
  until(`${unit} runs again`, () => Number(property(unit, "NRestarts")) > restarts && property(unit, "ActiveState") === "active", { deadline: 90_000, every: 500 });

before(async () => {
  debian.make();
  debian.install("systemd", "dbus", "libnss-systemd", "postgresql", "iproute2", "procps");
  const bare = debian.installedKib();
  debian.install(debian.olderThan(file("rekey")), file("rekey-workerd"));
  console.log(`${suite}: ${["rekey", "rekey-workerd", "rekey-dev"].map((name) => `${name} ${Math.round(statSync(file(name)).size / 1024)} KiB`).join(", ")}; installed, with all libraries, ${debian.installedKib() - bare} KiB`);
  await debian.boot();
  debian.run("runuser", "-u", "postgres", "--", "createuser", "rekey");
  debian.run("runuser", "-u", "postgres", "--", "createdb", "--owner", "rekey", "rekey");
  inbox = debian.startInNetwork(join(checkout, "node_modules/.bin/node"), join(checkout, "node_modules/.bin/maildev"), "--ip", "127.0.0.1", "--smtp", "1025", "--web", "1080");
});
after(async () => {
  inbox?.kill("SIGKILL");
  await debian.remove();
});

test("rekey holds the program, both units, all templates and the edge's bundle; workerd is in its own package", () => {
  const held = debian.run("dpkg", "--listfiles", "rekey").trim().split("\n");
  const templates = everyFile("templates").filter((name) => !/\.(cpp|h|cmake)$|\/CMakeLists\.txt$/.test(name));
  const files = ["/usr/bin/rekey-origin", "/usr/share/rekey/watch/rekey.rules.yml", "/usr/share/rekey/site/verdicts.wasm", "/usr/share/rekey/site/swagger-ui-bundle.js", "/usr/sbin/rekey", "/usr/share/zsh/vendor-completions/_rekey-origin", "/etc/rekey/rekey.env", ...units.map((unit) => `/usr/lib/systemd/system/${unit}.service`)];
  for (const name of [...files, ...templates.map((template) => `/usr/share/rekey/${template}`)]) assert.ok(held.includes(name), name);
  for (const name of ["start", "watch", "rekey.capnp", "rekey.wasm", "worker.js", "site"]) assert.ok(held.includes(`/usr/lib/rekey/edge/${name}`), name);
  const copyright = debian.run("cat", "/usr/share/doc/rekey/copyright");
  for (const name of ["cpp-httplib", "CLI11", "mustache", "prometheus-cpp", "BearSSL", "Boost Software License", "wasi-libc", "libc++", "emscripten"]) assert.match(copyright, new RegExp(name.replaceAll("+", "\\+"), "i"));
  assert.ok(!held.includes("/usr/lib/rekey/edge/workerd"));
  assert.equal(debian.run("dpkg", "--search", "/usr/lib/rekey/edge/workerd").split(":")[0], "rekey-workerd");
});

test("the installation starts nothing, and makes secrets that only root can read", () => {
  for (const unit of units) assert.equal(property(unit, "ActiveState"), "inactive");
  const secrets = debian.run("find", "/etc/rekey", "-printf", "%p %U %m\\n").trim().split("\n").sort();
  assert.deepEqual(secrets, [
    "/etc/rekey 0 755",
    "/etc/rekey/rekey.env 0 600",
    "/etc/rekey/secrets 0 700",
    "/etc/rekey/secrets/EDGE_METRICS_KEY 0 600",
    "/etc/rekey/secrets/EDGE_ORIGIN_KEYS 0 600",
    "/etc/rekey/secrets/RESET_PASSWORD_TOKEN_SECRET 0 600",
    "/etc/rekey/secrets/SEED_SECRET 0 600",
  ]);
});

test("before the file is filled in, the origin's start fails at once, by the settings' names, and is not tried again", () => {
  assert.notEqual(debian.try("systemctl", "start", "rekey-origin").status, 0);
  const log = debian.run("journalctl", "--unit", "rekey-origin", "--output", "cat");
  for (const name of ["FRONTEND_URL", "MAIL_SERVER", "MAIL_FROM"]) assert.match(log, new RegExp(`${name} must be set`));
  assert.doesNotMatch(log, /DATABASE_URL|SEED_SECRET|KEYS/);
  assert.equal(property("rekey-origin", "ActiveState"), "failed");
  assert.equal(property("rekey-origin", "NRestarts"), "0");
});

test("so does the edge's, whose setting the journal names", () => {
  assert.notEqual(debian.try("systemctl", "start", "rekey-edge").status, 0);
  assert.match(debian.run("journalctl", "--unit", "rekey-edge", "--output", "cat"), /FRONTEND_URL must be set/);
  assert.equal(property("rekey-edge", "ActiveState"), "failed");
  assert.equal(property("rekey-edge", "NRestarts"), "0");
});

test("with the file filled in, both units start; start returns when they answer", async () => {
  const fill = [`s|^FRONTEND_URL=$|FRONTEND_URL=${site}|`, "s|^MAIL_SERVER=$|MAIL_SERVER=127.0.0.1|", "s|^MAIL_FROM=$|MAIL_FROM=rekey@example.com|"];
  const testRelay = ["s|^MAIL_PORT=.*|MAIL_PORT=1025|", "s|^MAIL_TLS=.*|MAIL_TLS=none|"];
  debian.run("sed", "--in-place", [...fill, ...testRelay].join(";"), "/etc/rekey/rekey.env");
  await until("the inbox answers", () => debian.inNetwork("curl", "--silent", "http://127.0.0.1:1080/healthz") === "true", { deadline: 30_000 });
  const started = debian.try("systemctl", "enable", "--now", ...units);
  assert.equal(started.status, 0, started.stderr + debian.run("journalctl", "--lines", "40", "--output", "cat"));
  for (const unit of units) assert.equal(property(unit, "StatusText"), "Listening.");
  assert.match(debian.inNetwork("curl", "--silent", "http://127.0.0.1:9090/readyz"), /^ok/);
  assert.match(debian.inNetwork("curl", "--silent", `${site}/login`), /<form/);
});

test("it listens on loopback alone", () => {
  const sockets = debian.run("ss", "--listening", "--tcp", "--numeric", "--no-header").trim().split("\n");
  const addresses = sockets.map((line) => line.split(/\s+/)[3]).filter((address) => !/:(5432|1025|1080)$/.test(address));
  console.log(`${suite}: listens on ${addresses.sort().join(", ")}`);
  assert.deepEqual(addresses.sort(), ["127.0.0.1:8080", "127.0.0.1:8787", "127.0.0.1:9090"]);
});

test("every process runs without root, capabilities and the right to gain any, behind a filter of system calls", () => {
  for (const unit of units) {
    const group = property(unit, "ControlGroup");
    const processes = debian.run("cat", `/sys/fs/cgroup${group}/cgroup.procs`).trim().split("\n");
    for (const pid of processes) {
      const status = debian.run("cat", `/proc/${pid}/status`);
      assert.doesNotMatch(status, /^Uid:\s+0\s/m);
      for (const line of [/^CapEff:\s+0+$/m, /^CapBnd:\s+0+$/m, /^NoNewPrivs:\s+1$/m, /^Seccomp:\s+2$/m]) assert.match(status, line);
    }
  }
});

test("the edge has its secrets, and none of the origin's", () => {
  const pid = property("rekey-edge", "MainPID");
  const environment = debian.run("cat", `/proc/${pid}/environ`);
  assert.match(environment, /EDGE_ORIGIN_KEYS=1:/);
  assert.doesNotMatch(environment, /SEED_SECRET|DATABASE_URL/);
  assert.equal(debian.run("ls", "/run/credentials/rekey-edge.service"), "rekey_EDGE_METRICS_KEY\nrekey_EDGE_ORIGIN_KEYS\nrekey_RESET_PASSWORD_TOKEN_SECRET\n");
});

test("systemd shows no secret, and knows both services' lines by their names", () => {
  const shown = units.map((unit) => debian.run("systemctl", "show", unit)).join("");
  for (const name of ["EDGE_ORIGIN_KEYS", "RESET_PASSWORD_TOKEN_SECRET", "SEED_SECRET", "EDGE_METRICS_KEY"]) {
    const value = debian.run("cat", `/etc/rekey/secrets/${name}`).trim();
    assert.ok(value.length >= 43 && !shown.includes(value), name);
  }
  assert.notEqual(debian.run("journalctl", "--identifier", "rekey-origin", "--output", "cat").trim(), "");
});

test("the edge shows its metrics to the holder of the key that the installation made", () => {
  const key = debian.run("cat", "/etc/rekey/secrets/EDGE_METRICS_KEY").trim();
  const ask = (/** @type {string} */ bearer) => debian.inNetwork("curl", "--silent", "--header", "X-Real-IP: 192.0.2.1", "--header", `Authorization: Bearer ${bearer}`, `${site}/metrics`);
  assert.match(ask(key), /^rekey_edge_build_info/m);
  assert.doesNotMatch(ask(`${key}x`), /rekey_edge/);
});

test("systemd rates the exposure of each unit at most 2.0", () => {
  for (const unit of units) {
    const rating = debian.run("systemd-analyze", "security", "--offline=true", "--no-pager", `/usr/lib/systemd/system/${unit}.service`);
    const exposure = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(rating)?.[1]);
    console.log(`${suite}: systemd rates ${unit} ${exposure}`);
    assert.ok(exposure <= 2.0, String(exposure));
  }
});

test("doctor, run as the service runs, finds nothing wrong", () => {
  const found = debian.try("rekey", "doctor");
  assert.equal(found.status, 0, found.stdout + found.stderr);
  assert.match(found.stdout, /^ok {4}edge/m);
});

test("the journey: an account, a forgotten password, the mail, a new password", async () => {
  const added = debian.runWithInput("a walk in the rain\n", "rekey", "user", "add", mary, "--username", "mary");
  assert.equal(added.status, 0, added.stdout + added.stderr);
  assert.equal(call("/api/users/login", { email: mary, password: "a walk in the rain" }).status, 204);

  assert.equal(call("/api/users/forgot-password", { email: mary }).status, 202);
  const token = await until("the mail is in the inbox", () => /#token=([\w-]{72})/.exec(debian.inNetwork("curl", "--silent", "http://127.0.0.1:1080/email"))?.[1], { deadline: 30_000, every: 200 });
  assert.equal(call("/api/users/reset-password", { token, new_password: "an umbrella at last" }).status, 200);
  assert.equal(call("/api/users/reset-password", { token, new_password: "an umbrella at last" }).status, 400);

  assert.equal(call("/api/users/login", { email: mary, password: "a walk in the rain" }).status, 401);
  assert.equal(call("/api/users/login", { email: mary, password: "an umbrella at last" }).status, 204);
});

test("the limits are counted on the disk", () => {
  assert.match(debian.run("find", "/var/lib/private/rekey-edge", "-name", "*.sqlite"), /\.sqlite$/m);
  assert.doesNotMatch(debian.run("journalctl", "--unit", "rekey-edge", "--output", "cat"), /alarm\.limiter/);
});

test("LOG_FILE may be in /var/log/rekey, and a reload opens it again", async () => {
  const log = "/var/log/rekey/origin.log";
  debian.run("sh", "-c", `echo LOG_FILE=${log} >>/etc/rekey/rekey.env && systemctl restart rekey-origin && mv ${log} ${log}.1 && systemctl reload rekey-origin`);
  await until("the log is open again", () => debian.try("grep", "--silent", "log.reopened", log).status === 0 || undefined, { deadline: 30_000, every: 200 });
  debian.run("sh", "-c", "sed --in-place /^LOG_FILE=/d /etc/rekey/rekey.env && systemctl restart rekey-origin");
});

test("an edge without the file of its metrics' key starts, and shows no metrics", () => {
  debian.run("sh", "-c", "mv /etc/rekey/secrets/EDGE_METRICS_KEY /var/tmp && systemctl restart rekey-edge");
  const words = ["--silent", "--output", "/dev/null", "--write-out", "%{http_code}", "--header", "X-Real-IP: 192.0.2.1", `${site}/metrics`];
  assert.equal(debian.inNetwork("curl", ...words), "404");
  debian.run("sh", "-c", "mv /var/tmp/EDGE_METRICS_KEY /etc/rekey/secrets && systemctl restart rekey-edge");
});

test("a brand is put on the pages without a build, by root, and reaches origin and edge by the shared file", async () => {
  const brand = "/usr/share/rekey/templates/brand-example";
  assert.match(debian.run("env", `BRAND_DIR=${brand}`, "rekey-origin", "site", "/var/lib/rekey/site"), /^wrote \d+ pages and \d+ assets to \/var\/lib\/rekey\/site, with the brand of /);
  debian.run("sh", "-c", `printf 'BRAND_DIR=${brand}\\nSITE_DIR=/var/lib/rekey/site\\n' >>/etc/rekey/rekey.env && systemctl restart ${units.join(" ")}`);
  assert.match(debian.inNetwork("curl", "--silent", "--header", "X-Real-IP: 192.0.2.1", `${site}/login`), /<title>[^<]* · Example Library<\/title>/);
  assert.match(debian.run("rekey", "preview", "reset"), /Your new password for the Example Library/);
  assert.equal(debian.try("rekey", "doctor").status, 0);
  debian.run("sh", "-c", `sed --in-place '/^BRAND_DIR=/d;/^SITE_DIR=/d' /etc/rekey/rekey.env && systemctl restart ${units.join(" ")}`);
});

test("the secrets of webhooks are a file, too: the origin gets it, and the edge does not, wherever it is", () => {
  const [name, secret] = ["WEBHOOK_SECRETS", `whsec_${"A".repeat(43)}=`];
  const unset = () => debian.run("sh", "-c", `rm -f /etc/rekey/secrets/${name}; sed --in-place /^WEBHOOK_/d /etc/rekey/rekey.env; systemctl restart ${units.join(" ")}`);
  for (const add of [`echo ${secret} >/etc/rekey/secrets/${name}`, `echo ${name}=${secret} >>/etc/rekey/rekey.env`]) {
    debian.run("sh", "-c", `${add}; echo WEBHOOK_URLS=http://127.0.0.1:9/ >>/etc/rekey/rekey.env; systemctl restart ${units.join(" ")}`);
    assert.match(debian.run("rekey", "webhooks", "urls"), /http:\/\/127\.0\.0\.1:9\//);
    assert.doesNotMatch(debian.run("cat", `/proc/${property("rekey-edge", "MainPID")}/environ`), /whsec_/);
    unset();
  }
});

for (const unit of units) {
  test(`a ${unit} that hangs is started again by the watchdog`, async () => {
    debian.run("sh", "-c", `mkdir -p /run/systemd/system/${unit}.service.d && printf '[Service]\\nWatchdogSec=6\\n' >/run/systemd/system/${unit}.service.d/test.conf && systemctl daemon-reload && systemctl restart ${unit}`);
    const restarts = Number(property(unit, "NRestarts"));
    debian.run("kill", "-STOP", property(unit, "MainPID"));
    await restarted(unit, restarts);
    assert.equal(call("/api/users/login", { email: mary, password: "an umbrella at last" }).status, 204);
  });
}

test("an upgrade restarts what runs, and keeps settings and secrets", () => {
  const state = () => debian.run("sh", "-c", "sha256sum /etc/rekey/rekey.env /etc/rekey/secrets/*");
  const pids = () => units.map((unit) => property(unit, "MainPID"));
  const [before, old] = [state(), pids()];
  assert.equal(debian.run("dpkg-query", "--show", "--showformat=${Version}", "rekey"), "0.0.9-1");
  debian.add(file("rekey"));
  assert.notEqual(debian.run("dpkg-query", "--show", "--showformat=${Version}", "rekey"), "0.0.9-1");
  assert.equal(state(), before);
  for (const [index, unit] of units.entries()) {
    assert.equal(property(unit, "ActiveState"), "active");
    assert.notEqual(pids()[index], old[index]);
  }
  assert.equal(call("/api/users/login", { email: mary, password: "an umbrella at last" }).status, 204);
});

test("an upgrade while the database is away ends well, and the origin runs when it is back", async () => {
  debian.run("systemctl", "stop", "postgresql@*");
  debian.add("--reinstall", file("rekey"));
  assert.equal(debian.run("dpkg-query", "--show", "--showformat=${Status}", "rekey"), "install ok installed");
  debian.run("systemctl", "start", "postgresql");
  await until("the origin runs", () => property("rekey-origin", "ActiveState") === "active" || undefined, { deadline: 60_000, every: 500 });
  assert.equal(call("/api/users/login", { email: mary, password: "an umbrella at last" }).status, 204);
});

test("a program is built with rekey-dev alone, and starts", () => {
  debian.install(file("rekey-dev"), "cmake", "g++", "ninja-build"); // from outside: the Debian that runs has no network
  cpSync(join(checkout, "tests/embedding/program"), join(debian.folder, "var/cache/program"), { recursive: true });
  debian.run("cmake", "-G", "Ninja", "-S", "/var/cache/program", "-B", "/var/cache/built");
  debian.run("cmake", "--build", "/var/cache/built");
  const program = debian.run("find", "/var/cache/built", "-maxdepth", "1", "-type", "f", "-executable").trim();
  const started = debian.try("env", "-i", program);
  assert.notEqual(started.status, 0);
  assert.match(started.stdout + started.stderr, /FRONTEND_URL must be set/);
});

test("a stop ends both within their time, and leaves no process", () => {
  debian.run("systemctl", "stop", ...units);
  for (const unit of units) assert.equal(property(unit, "Result"), "success");
  assert.equal(debian.try("pgrep", "--full", "rekey-origin|workerd").stdout, "");
});

test("removed and installed again, both services are as enabled as before", () => {
  debian.run("apt-get", "remove", "--yes", "-qq", "rekey-dev", "rekey");
  debian.add(file("rekey"));
  for (const unit of units) assert.equal(debian.run("systemctl", "is-enabled", unit).trim(), "enabled");
});

test("a purge removes all files but the database", () => {
  debian.run("apt-get", "purge", "--yes", "-qq", "rekey", "rekey-workerd");
  assert.equal(debian.try("sh", "-c", "ls -d /etc/rekey /usr/lib/rekey /usr/share/rekey /var/lib/rekey-edge /var/lib/private/rekey-edge /var/log/rekey /etc/systemd/system/multi-user.target.wants/rekey-* 2>/dev/null").stdout, "");
  assert.match(debian.run("runuser", "-u", "postgres", "--", "psql", "-XAtc", "SELECT datname FROM pg_database"), /^rekey$/m);
});
