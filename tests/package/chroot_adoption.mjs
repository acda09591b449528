// README.md, "Into your product", walked in a bare Debian by its own commands: a Django project with users takes Rekey, from the packages to
// a log-in with the new password. Called by `scripts/package --test`; prints the commands and the seconds that they took.
import assert from "node:assert/strict";
import { cpSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { read, section } from "../documents/document.mjs";
import { until } from "../system/polling.mjs";
import { checkout } from "../system/stack.mjs";
import { BareDebian, ownSuite } from "./bare_debian.mjs";

const suite = process.env.REKEY_SUITE || ownSuite();
const packages = process.env.REKEY_PACKAGES ?? join(checkout, "build/package/packages");
const debian = new BareDebian(suite);
const site = "http://localhost:8787";
const newPassword = "an umbrella at last";
/** @type {import("node:child_process").ChildProcess | undefined} */
let inbox;

// The section has three blocks.
const [installation, settings, start] = [...section(read("README.md"), "Into your product").matchAll(/^```\n([\s\S]*?)^```$/gm)].map(([, block]) => block);

/** What stands here instead of an adopter's values. @type {Record<string, string>} */
const HERE = { FRONTEND_URL: site, MAIL_SERVER: "127.0.0.1", MAIL_FROM: "rekey@example.com", LOGIN_URL: "https://shop.example.com/login/" };
const RELAY = "MAIL_PORT=1025\nMAIL_TLS=none\n";

/** Runs Django's or the shop's commands as the shop. @param {string} input @param {string[]} words */
function python(input, ...words) {
  const env = ["env", "PYTHONDONTWRITEBYTECODE=1", "DJANGO_SETTINGS_MODULE=shop.settings", "SHOP_DATABASE_HOST=/run/postgresql", "SHOP_DATABASE_NAME=shop"];
  const done = debian.runWithInput(input, "runuser", "-u", "shop", "--", ...env, "sh", "-c", 'cd /opt/shop && exec python3 -m "$@"', "python3", ...words);
  assert.equal(done.status, 0, done.stderr);
  return done.stdout;
}

/** @param {string} username @param {string} password @returns {boolean} whether Django's authenticate() accepts it */
const authenticates = (username, password) => JSON.parse(python(JSON.stringify({ username, password }), "shop.users", "authenticate"))[0];

before(async () => {
  debian.make();
  const ofShop = ["python3-argon2", "python3-bcrypt", "python3-django", "python3-psycopg2"];
  debian.install("systemd", "dbus", "libnss-systemd", "postgresql", "openssl", "iproute2", "procps", ...ofShop);
  cpSync(join(checkout, "tests/django/shop"), join(debian.folder, "opt/shop/shop"), { recursive: true });
  for (const name of readdirSync(packages)) cpSync(join(packages, name), join(debian.folder, "root", name));
  debian.change("sh", "-c", "cd /root && apt-get install -qq --yes --download-only ./rekey_*.deb ./rekey-workerd_*.deb"); // once booted it has no network
  await debian.boot();
  inbox = debian.startInNetwork(join(checkout, "node_modules/.bin/node"), join(checkout, "node_modules/.bin/maildev"), "--ip", "127.0.0.1", "--smtp", "1025", "--web", "1080");
  debian.run("useradd", "shop");
  for (const words of [["createuser", "shop"], ["createdb", "--owner", "shop", "shop"]]) debian.run("runuser", "-u", "postgres", "--", ...words);
  python("", "django", "migrate", "--verbosity", "0");
  python("", "shop.users", "make", "200");
});
after(async () => {
  inbox?.kill("SIGKILL");
  await debian.remove();
});

test("a Django project adopts Rekey by README's commands alone", async () => {
  const iterations = python("", "shop.iterations").trim();
  const values = settings.replace(/^(\w+)=.*$/gm, (line, name) => (HERE[name] ? `${name}=${HERE[name]}` : name === "PBKDF2_ITERATIONS" ? `${name}=${iterations}` : line));
  const names = [...values.matchAll(/^(\w+)=/gm)].map(([, name]) => name);
  const file = "/etc/rekey/rekey.env";
  const edited = `sed -i -E '/^(DATABASE_URL|MAIL_PORT|MAIL_TLS|${names.join("|")})=/d' ${file} && cat >>${file} <<'END'\n${values}${RELAY}END`;
  const began = performance.now();
  const script = `set -e\ncd /root\n${installation.replace("apt install", "apt-get install -qq --yes").replace(/^editor .*$/m, edited)}`;
  debian.run("bash", "-c", script);
  const started = debian.try("bash", "-c", `set -e\n${start.replace("somebody@example.com", "user100@example.com")}`);
  assert.equal(started.status, 0, started.stdout + started.stderr + debian.run("journalctl", "--lines", "40", "--output", "cat"));
  assert.match(started.stdout, /^ok {4}accounts.*Django/m);
  assert.match(started.stdout, /user100@example\.com/);
  const commands = `${installation}${start}`.trim().split("\n").length;
  console.log(`${suite}: ${commands} commands and ${names.length} settings, ${Math.round((performance.now() - began) / 1000)} s of them the machine's`);
});

test("its users reset their passwords, and Django accepts the new one alone", async () => {
  assert.ok(authenticates("user100", "a walk in rain 1"));
  const post = (/** @type {string} */ path, /** @type {Record<string, string>} */ body) =>
    debian.inNetwork("curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}", "--max-time", "20", "--header", "X-Real-IP: 192.0.2.1", "--json", JSON.stringify(body), site + path);
  assert.equal(post("/api/users/forgot-password", { email: "user100@example.com" }), "202");
  const token = await until("the mail is in the inbox", () => /#token=([\w-]{72})/.exec(debian.inNetwork("curl", "--silent", "http://127.0.0.1:1080/email"))?.[1], { deadline: 30_000, every: 200 });
  assert.equal(post("/api/users/reset-password", { token, new_password: newPassword }), "200");
  assert.deepEqual([authenticates("user100", "a walk in rain 1"), authenticates("user100", newPassword)], [false, true]);
  assert.equal(post("/api/users/login", { email: "user100@example.com", password: newPassword }), "404");
});

test("a restart migrates nothing, and serves again", () => {
  debian.run("systemctl", "restart", "rekey-origin");
  assert.equal(debian.run("systemctl", "is-active", "rekey-origin").trim(), "active");
});
