// A real Django with 20,000 users of its own takes Rekey for its password recovery: its table stays, and templates/accounts/django.sql
// tells Rekey how to read it. Django itself says what holds: authenticate(), its sessions, its rows. The release build serves, as a role
// with no more rights than templates/accounts/rights.sql gives.
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { Rig } from "../rig/rig.mjs";
import { literal } from "../system/database.mjs";
import { exchange } from "../system/http_exchange.mjs";
import { resetLinkOf } from "../system/mail_message.mjs";
import { until } from "../system/polling.mjs";
import { Relay } from "../system/relay.mjs";
import { checkout, freePorts } from "../system/stack.mjs";

const USERS = 20_000;
const NEW_PASSWORD = "four umbrellas at noon";
const SECRET = `whsec_${randomBytes(32).toString("base64")}`;
/** Django's own number of rounds: it writes no hash again that has them. */
const ITERATIONS = execFileSync("/usr/bin/python3", ["-m", "shop.iterations"], { cwd: join(checkout, "tests/django"), encoding: "utf8", env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" } }).trim();
const SETTINGS = { PASSWORD_FORMAT: "django-pbkdf2", PBKDF2_ITERATIONS: ITERATIONS, REGISTRATION: "off" };

const relay = new Relay();
/** @type {Rig} */
let rig;
/** @type {import("node:child_process").ChildProcess} */
let shop;
let shopUrl = "";

before(async () => {
  const [relayPort, shopPort] = [await relay.listen(), await freePorts(1)];
  shopUrl = `http://127.0.0.1:${shopPort}`;
  const webhooks = { WEBHOOK_URLS: `${shopUrl}/webhooks/rekey`, WEBHOOK_SECRETS: SECRET };
  rig = await Rig.prepare({ relayPort, originSettings: { ...SETTINGS, ...webhooks } });
  await makeShop();
  await adopt();
  await rig.startServices();
  shop = spawn("/usr/bin/python3", ["-m", "shop.serve", String(shopPort)], { cwd: folder, env: shopEnvironment(), stdio: "inherit" });
  await until("the shop answers", () => exchange("GET", `${shopUrl}/me`, {}).then(() => true, () => false));
});

after(async () => {
  shop?.kill();
  await relay.close();
  await rig?.stop();
});

const folder = join(checkout, "tests/django");

const shopEnvironment = () => ({
  PATH: process.env.PATH ?? "",
  PYTHONDONTWRITEBYTECODE: "1",
  DJANGO_SETTINGS_MODULE: "shop.settings",
  SHOP_DATABASE_HOST: decodeURIComponent(/@([^/]+)/.exec(rig.databaseUrl)?.[1] ?? ""),
  SHOP_WEBHOOK_SECRET: SECRET,
});

/** @param {string[]} words @param {string} [input] */
function python(words, input = "") {
  return execFileSync("/usr/bin/python3", ["-m", ...words], { cwd: folder, env: shopEnvironment(), input, encoding: "utf8" });
}

/** The shop as it was before Rekey: tables and users by Django, owned by a role of the shop's own. */
async function makeShop() {
  await rig.database.run("CREATE ROLE shop LOGIN; GRANT CREATE, USAGE ON SCHEMA public TO shop");
  python(["django", "migrate", "--verbosity", "0"]);
  python(["shop.users", "make", String(USERS)]);
}

/** What README.md tells an adopter to do with the database. */
async function adopt() {
  await rig.database.runFile(join(checkout, "templates/accounts/django.sql"));
}

/** @param {{username: string, password: string}[]} attempts @returns {boolean[]} whether Django's authenticate() accepts each */
const authenticate = (attempts) => JSON.parse(python(["shop.users", "authenticate"], attempts.map((words) => JSON.stringify(words)).join("\n")));

let clients = 0;
/** @param {string} path @param {Record<string, string>} body */
const ask = (path, body) => rig.ask(rig.edges[0].url, "POST", `/api/users/${path}`, body, { "cf-connecting-ip": `192.0.2.${++clients % 250}` });

/** @param {string} email as typed @returns {Promise<string>} the token of the mailed link */
async function mailedToken(email) {
  const before = relay.mails.length;
  assert.equal((await ask("forgot-password", { email })).status, 202);
  const mail = await until(`a mail to ${email}`, () => relay.mails.slice(before).find(({ to }) => to.toLowerCase() === email.toLowerCase()));
  return resetLinkOf(mail.message).token;
}

/** @param {string} email @param {string} password @returns {Promise<number>} the status */
async function resetPassword(email, password) {
  return (await ask("reset-password", { token: await mailedToken(email), new_password: password })).status;
}

/** Everything in Django's tables but the password and the last log-in of one user. @param {string} username */
async function allBut(username) {
  const hidden = `CASE WHEN username = ${literal(username)} THEN to_jsonb(u) - 'password' - 'last_login' ELSE to_jsonb(u) END`;
  return rig.database.run(`SELECT md5(string_agg((${hidden})::text, '' ORDER BY id)), count(*) FROM auth_user u`);
}

/** @param {number} n */
const user = (n) => ({ username: `user${n}`, email: `user${n}@example.com`, password: `a walk in rain ${n % 3}` });

/** @param {{username: string, password: string}} words @returns {Promise<string>} the cookie of a session in the shop */
async function logInToShop({ username, password }) {
  const { status, headers } = await exchange("POST", `${shopUrl}/log-in`, { "content-type": "application/json" }, JSON.stringify({ username, password }));
  assert.equal(status, 204);
  return String(headers["set-cookie"]).split(";")[0];
}

/** @param {string} cookie */
const statusOfMe = async (cookie) => (await exchange("GET", `${shopUrl}/me`, { cookie })).status;

/** @returns {{check: string, verdict: string}[]} what doctor finds; it exits 1, as no mail is accepted for this host */
function findings() {
  try {
    return JSON.parse(rig.operate("doctor", "--json")).findings;
  } catch (error) {
    return JSON.parse(/** @type {{stdout: string}} */ (error).stdout).findings;
  }
}

test("doctor finds nothing wrong with Django's accounts", () => {
  assert.deepEqual(findings().filter(({ check }) => check === "accounts").map(({ verdict }) => verdict), ["ok"]);
});

describe("a reset", () => {
  for (const [kind, n] of Object.entries({ pbkdf2_sha256: 100, pbkdf2_sha1: 101, argon2: 102, bcrypt_sha256: 103 })) {
    test(`of a user whose hash is ${kind}: Django accepts the new password alone, and nothing else has changed`, async () => {
      const { username, email, password } = user(n);
      assert.deepEqual(authenticate([{ username, password }, { username, password: NEW_PASSWORD }]), [true, false]);
      const others = await allBut(username);
      assert.equal(await resetPassword(email, NEW_PASSWORD), 200);
      const hash = await rig.database.run(`SELECT password FROM auth_user WHERE username = ${literal(username)}`);
      assert.ok(hash.startsWith(`pbkdf2_sha256$${ITERATIONS}$`));
      assert.deepEqual(authenticate([{ username, password }, { username, password: NEW_PASSWORD }]), [false, true]);
      assert.equal(await allBut(username), others);
      assert.equal(await rig.database.run(`SELECT password FROM auth_user WHERE username = ${literal(username)}`), hash, "Django wrote it again");
    });
  }

  test("takes the address in any case, as the table may have it in any", async () => {
    const { username } = user(105);
    assert.equal(await resetPassword("uSER105@eXAMPLE.com", NEW_PASSWORD), 200);
    assert.deepEqual(authenticate([{ username, password: NEW_PASSWORD }]), [true]);
  });

  test("ends the user's sessions in the shop by a webhook, and no one else's", async () => {
    const [mine, other] = [user(200), user(201)];
    const [first, second, foreign] = [await logInToShop(mine), await logInToShop(mine), await logInToShop(other)];
    assert.deepEqual(await Promise.all([first, second, foreign].map(statusOfMe)), [200, 200, 200]);
    assert.equal(await resetPassword(mine.email, NEW_PASSWORD), 200);
    await until("the webhook has ended the sessions", async () => (await rig.database.run("SELECT count(*) FROM django_session")) === "1");
    assert.deepEqual(await Promise.all([first, second, foreign].map(statusOfMe)), [401, 401, 200]);
  });

  test("a forged webhook ends nothing", async () => {
    const mine = user(204);
    const cookie = await logInToShop(mine);
    const body = JSON.stringify({ type: "password_reset.completed", timestamp: new Date().toISOString(), data: { account_id: "205" } });
    const headers = { "webhook-id": "msg_1", "webhook-timestamp": String(Math.floor(Date.now() / 1000)), "webhook-signature": `v1,${randomBytes(32).toString("base64")}` };
    assert.equal((await exchange("POST", `${shopUrl}/webhooks/rekey`, headers, body)).status, 401);
    assert.equal(await statusOfMe(cookie), 200);
  });
});

describe("no link", () => {
  let lasts = 0;
  const mailsAfter = async (/** @type {string} */ email) => {
    const { email: last } = user(300 + 100 * lasts++); // an address gets one mail a minute
    const count = relay.mails.length;
    assert.equal((await ask("forgot-password", { email })).status, 202);
    await mailedToken(last); // decided after the one before
    return relay.mails.slice(count).filter(({ to }) => to.toLowerCase() === email);
  };

  test("goes to a user who may not log in", async () => assert.deepEqual(await mailsAfter(user(57).email), []));
  test("goes to an address that no user has", async () => assert.deepEqual(await mailsAfter("nobody@example.com"), []));
  test("goes to a user without a password: the mail says so and sets none", async () => {
    const { email } = user(99);
    assert.equal((await ask("forgot-password", { email })).status, 202);
    const mail = await until("the mail has come", () => relay.mails.find(({ to }) => to.toLowerCase() === email));
    assert.doesNotMatch(mail.message.text, /#token=/);
  });
});

test("Rekey's role can read and write no other column or table of Django's", async () => {
  const as = (/** @type {string} */ statement) => rig.database.run(`SET ROLE rekey_origin; ${statement}`);
  for (const statement of ["SELECT * FROM django_session", "UPDATE auth_user SET is_superuser = true", "DELETE FROM auth_user WHERE id = 1", "SELECT first_name FROM auth_user"]) {
    await assert.rejects(as(statement), /permission denied/);
  }
});

test("registrations over Django's accounts are a wrong setting: the origin says so, and does not start", () => {
  const settings = { ...rig.settings, REGISTRATION: "on", ORIGIN_LISTEN: "127.0.0.1:0", OPS_LISTEN: "127.0.0.1:0" };
  const { status, stderr } = spawnSync(rig.originBinary, ["serve"], { env: { PATH: process.env.PATH, ...settings }, encoding: "utf8", timeout: 30_000 });
  assert.match(stderr, /REGISTRATION must be off: the accounts are those of Django/i);
  assert.equal(status, 2, "systemd tries no further");
});
