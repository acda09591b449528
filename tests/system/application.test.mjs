// The application around recovery, row by row of tests/attacks.md (B1, B10 to B12, B14 to B16): settings, an account's own routes, other
// clients, the operator's commands. B13, the pages, is in tests/browser.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";

import { bare, read, section, tableRows } from "../documents/document.mjs";
import { bearer, isResetMail, logIn, newPassword, newPerson, openSession, requestLink, reset, statusOfMe } from "./account.mjs";
import { literal } from "./database.mjs";
import { until } from "./polling.mjs";
import { checkout, startStack } from "./stack.mjs";

const run = promisify(execFile);

/** @type {import("./stack.mjs").Stack} */
let stack;
before(async () => {
  stack = await startStack({ MAIL_LIMIT_TOTAL: "1000000" });
});
after(() => stack?.stop());

describe("the settings", () => {
  const secrets = ["DATABASE_URL", "EDGE_ORIGIN_KEYS", "RESET_PASSWORD_TOKEN_SECRET", "SEED_SECRET", "MAIL_PASSWORD"];

  /**
   * Runs the origin in a folder that holds only this .env.
   * @param {Record<string, string>} dotEnv
   * @param {Record<string, string>} environment
   * @param {string[]} words
   * @returns {Promise<{code: number, output: string}>}
   */
  async function rekeyWith(dotEnv, environment, ...words) {
    const folder = mkdtempSync(join(tmpdir(), "rekey-settings-"));
    writeFileSync(join(folder, ".env"), Object.entries(dotEnv).map(([name, value]) => `${name}=${value}\n`).join(""));
    try {
      const { stdout, stderr } = await run(stack.origin.binary, words, { cwd: folder, env: { PATH: process.env.PATH, ...environment } });
      return { code: 0, output: stdout + stderr };
    } catch (error) {
      const { code, stdout, stderr } = /** @type {{code: number, stdout: string, stderr: string}} */ (error);
      return { code, output: stdout + stderr };
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  test("B1: come from .env, the environment takes precedence, and secrets are shown by name alone", async () => {
    const dotEnv = { ...stack.settings, MAIL_USERNAME: "relay-user", MAIL_PASSWORD: "relay-password-5", MAIL_PORT: "2525" };
    const { code, output } = await rekeyWith(dotEnv, { MAIL_PORT: "2626" }, "settings");
    assert.equal(code, 0);
    assert.match(output, /^MAIL_PORT = 2626 .*environment/m);
    assert.match(output, /^MAIL_USERNAME = relay-user .*\.env/m);
    assert.match(output, /^ACCESS_TOKEN_EXPIRE_MINUTES = 30\b/m);
    assert.match(output, /^RESET_PASSWORD_TOKEN_LIFETIME_SECONDS = 3600\b/m);
    for (const name of secrets) {
      assert.match(output, new RegExp(`^${name} = \\(set\\)`, "m"));
      assert.ok(!output.includes(dotEnv[/** @type {keyof typeof dotEnv} */ (name)]), name);
    }
  });

  const bad = { SEED_SECRET: "much-too-short-5", RESET_PASSWORD_TOKEN_LIFETIME_SECONDS: "3601", MAIL_TLS: "perhaps-5" };
  for (const [name, value] of Object.entries(bad)) {
    test(`B1, F16: a bad ${name} stops the start, and is named without its value`, async () => {
      const { code, output } = await rekeyWith({ ...stack.settings, [name]: value }, {}, "serve");
      assert.notEqual(code, 0);
      assert.ok(output.includes(name) && !output.includes(value));
    });
  }

  test("B1: Git ignores the .env of a checkout", () => {
    assert.match(readFileSync(join(checkout, ".gitignore"), "utf8"), /^\/?\.env$/m);
  });
});

describe("an account's own routes", () => {
  test("B10: changing the password needs the current one, keeps this session alone, and ends reset tokens", async () => {
    const person = await newPerson(stack);
    const [mine, other] = [await openSession(stack, person), await openSession(stack, person)];
    const { token } = await requestLink(stack, person.email);
    const change = (/** @type {string} */ current, headers = {}) =>
      stack.patch("/api/users/me/password", { current_password: current, new_password: "another good secret" }, headers);
    assert.equal((await change(person.password)).status, 401);
    assert.equal((await change("not the password", bearer(mine))).status, 400);
    assert.equal((await change(person.password, bearer(mine))).status, 200);
    assert.equal(await statusOfMe(stack, mine), 200);
    assert.equal(await statusOfMe(stack, other), 401);
    assert.equal((await reset(stack, token, newPassword())).status, 400);
  });

  test("B11: register, log in, me, log out", async () => {
    const person = await newPerson(stack);
    assert.equal((await stack.post("/api/users", person, {})).status, 422, "an unknown field, the id, is refused");
    const { id, ...fields } = person;
    assert.equal((await stack.post("/api/users", fields)).status, 409);
    const login = await stack.post("/api/users/login", { email: person.email, password: person.password });
    assert.equal(login.status, 204);
    const [cookie] = login.headers["set-cookie"] ?? [];
    assert.match(cookie, /^__Host-rekey=[A-Za-z0-9_-]{72}; /);
    for (const attribute of ["HttpOnly", "Secure", "SameSite=Strict", "Path=/"]) assert.ok(cookie.includes(attribute), attribute);
    const mine = { cookie: cookie.split(";")[0] };
    const me = await stack.get("/api/users/me", mine);
    const { username, email } = person;
    assert.deepEqual(me.json, { id, username, email, is_active: true, is_verified: false, is_superuser: false });
    assert.equal((await stack.post("/api/users/logout", "", mine)).status, 204);
    const gone = await stack.get("/api/users/me", mine);
    assert.equal(gone.status, 401);
    assert.equal(gone.headers["www-authenticate"], 'Bearer realm="account"');
  });

  test("B11: a wrong password and an unknown account get the same answer", async () => {
    const person = await newPerson(stack);
    const wrong = await logIn(stack, person.email, "not the password");
    const unknown = await logIn(stack, "nobody@example.com", "not the password");
    assert.equal(wrong.status, 401);
    assert.equal(wrong.text, unknown.text);
  });
});

describe("any client", () => {
  /** @param {string[]} options */
  const curl = async (...options) => {
    const { stdout } = await run("curl", ["--silent", "--write-out", "\n%{http_code}", ...options]);
    const cut = stdout.lastIndexOf("\n");
    return { status: Number(stdout.slice(cut + 1)), text: stdout.slice(0, cut) };
  };
  /**
   * @param {string} path
   * @param {object} body
   * @param {string[]} options
   */
  const send = (path, body, ...options) =>
    curl(stack.edgeUrl + path, "--header", "Content-Type: application/json", "--data", JSON.stringify(body), ...options);

  test("B12: the whole flow works with curl, without the pages", async () => {
    const email = "curl-user@example.com";
    assert.equal((await send("/api/users", { username: "curl-user", email, password: "a first good secret" })).status, 201);
    assert.equal((await send("/api/users/forgot-password", { email })).status, 202);
    const mail = await stack.mailBox.waitFor(email, { where: isResetMail });
    const token = /#token=([\w-]{72})/.exec(mail.text)?.[1];
    assert.equal((await send("/api/users/reset-password", { token, new_password: "a second good secret" })).status, 200);
    const form = ["--data-urlencode", `username=${email}`, "--data-urlencode", "password=a second good secret"];
    const login = await curl(`${stack.edgeUrl}/api/users/token`, ...form);
    assert.equal(login.status, 200);
    const authorization = ["--header", `Authorization: Bearer ${JSON.parse(login.text).access_token}`];
    const change = { current_password: "a second good secret", new_password: "a third good secret" };
    assert.equal((await send("/api/users/me/password", change, "--request", "PATCH", ...authorization)).status, 200);
    assert.equal(JSON.parse((await curl(`${stack.edgeUrl}/api/users/me`, ...authorization)).text).email, email);
    assert.equal((await curl(`${stack.edgeUrl}/api/users/logout`, "--request", "POST", ...authorization)).status, 204);
    assert.equal((await curl(`${stack.edgeUrl}/api/users/me`, ...authorization)).status, 401);
  });

  /** @returns {string[]} "POST /api/users" and so on, from the README's table, without the pages */
  const callsOfReadme = () =>
    tableRows(section(read("README.md"), "Calls")).map(([call]) => bare(call)).filter((call) => /^\w+ \/(api\/|auth\/|healthz$)/.test(call));

  test("B12: the interactive documentation is served, and describes every route, each of which answers as described", async () => {
    assert.equal((await stack.get("/docs")).status, 200);
    const { json } = await stack.get("/openapi.json");
    assert.match(json.openapi, /^3\./);
    const described = Object.entries(json.paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, { responses }]) => ({ method: method.toUpperCase(), path, statuses: Object.keys(responses) })));
    assert.ok(described.length > 10);
    assert.deepEqual(described.map(({ method, path }) => `${method} ${path}`).sort(), callsOfReadme().sort());
    for (const { method, path, statuses } of described) {
      const real = path.replace("{id}", randomUUID());
      const { status } = method === "GET" ? await stack.get(real) : await stack.send(method, real, "", {});
      assert.ok(![404, 405].includes(status) && status < 500 && statuses.includes(String(status)), `${method} ${path}: ${status}`);
    }
  });

  test("B14, H02: every page forbids sending a Referer", async () => {
    for (const path of ["/", "/login", "/register", "/forgot-password", "/reset-password", "/reset-password/cancel", "/account", "/docs"]) {
      const page = await stack.get(path);
      assert.equal(page.status, 200, path);
      assert.equal(page.headers["referrer-policy"], "no-referrer", path);
    }
  });
});

describe("the operator's commands", () => {
  /** @param {string[]} words */
  const rekey = (...words) => run(stack.origin.binary, words, { cwd: checkout, env: { ...process.env, ...stack.settings } });
  const migrate = () => run(stack.origin.binary, ["migrate"], { cwd: checkout, env: { ...process.env, ...stack.settings, DATABASE_URL: stack.database.url } });
  const everything = async () => createHash("sha256").update(dataOf(await stack.database.dump())).digest("hex");
  // pg_dump writes a random word into each dump.
  const dataOf = (/** @type {string} */ dump) => dump.replace(/^\\(un)?restrict .*$/gm, "");

  /** At least one row in every table, from an account that used every feature. */
  async function fillEveryTable() {
    await stack.database.run("INSERT INTO webhook_urls (url, events) VALUES ('https://hooks.example.com/', '{account.registered}')");
    const person = await newPerson(stack);
    const mine = await openSession(stack, person);
    const change = { current_password: person.password, new_password: newPassword() };
    const keyed = { ...bearer(mine), "idempotency-key": randomUUID() };
    assert.equal((await stack.patch("/api/users/me/password", change, keyed)).status, 200);
    const { json } = await stack.post("/api/users/forgot-password", { email: person.email });
    assert.equal((await stack.post("/api/users/recovery/check", { recovery_id: json.recovery_id, code: "00000000" })).status, 400);
    await rekey("mail", "suppress", "gone@example.com");
    await stack.metrics();
    const waiting = "SELECT 1 FROM reset_requests WHERE ended_at IS NULL UNION ALL SELECT 1 FROM deliveries WHERE ended_at IS NULL";
    await until("every request and delivery has ended", async () => (await stack.database.rows(waiting)).length === 0);
    const tables = await stack.database.rows("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'rekey' ORDER BY name");
    for (const { name } of tables) assert.ok((await stack.database.row(`SELECT count(*)::int FROM ${name}`)).count > 0, `${name} is empty`);
    return { ...person, password: change.new_password };
  }

  test("B15: adding the sample users twice adds them once, and they can log in", async () => {
    await rekey("user", "sample");
    const once = await stack.database.rows("SELECT id, email, is_active FROM users WHERE email ~ '^(ada|alan|grace)@' ORDER BY email");
    await rekey("user", "sample");
    const twice = await stack.database.rows("SELECT id, email, is_active FROM users WHERE email ~ '^(ada|alan|grace)@' ORDER BY email");
    assert.deepEqual(once.map(({ email, is_active }) => [email, is_active]),
      [["ada@example.com", true], ["alan@example.com", true], ["grace@example.com", false]]);
    assert.deepEqual(twice, once);
    assert.equal((await logIn(stack, "ada@example.com", "correct horse battery staple")).status, 200);
    assert.equal((await logIn(stack, "grace@example.com", "correct horse battery staple")).status, 401);
  });

  test("a link of the operator's sets a password through the edge once, and is in the audit log with its use", async () => {
    const person = await newPerson(stack);
    const { link } = JSON.parse((await rekey("link", person.email, "--json")).stdout);
    assert.ok(link.startsWith(`${stack.settings.FRONTEND_URL}/reset-password#token=`));
    const [, token] = link.split("#token=");
    const password = newPassword();
    assert.equal((await reset(stack, token, password)).status, 200);
    assert.equal((await reset(stack, token, newPassword())).status, 400);
    assert.equal((await logIn(stack, person.email, person.password)).status, 401);
    const me = await stack.get("/api/users/me", bearer(await openSession(stack, { ...person, password })));
    assert.equal(me.json.is_verified, false, "the link did not come by mail");
    const { audit } = JSON.parse((await rekey("audit", "--to", person.email, "--json")).stdout);
    assert.deepEqual(audit.map((/** @type {{event: string}} */ { event }) => event),
      ["session.opened", "login.refused", "password.reset", "link.issued", "user.registered"]);
  });

  test("imported accounts log in with the passwords of the other system, once their hashes are replaced", async () => {
    const file = join(stack.folder, "users.jsonl");
    const password = "correct horse battery staple";
    const hash = "$6$rounds=5000$saltsaltsaltsalt$csoGsaC3yxEIvMdVpxO2zEQlhCHi/6pnPVKHT3nfribhRDnEOL4O5nnsAETH/r6rG0vxiN/wRElsAf4u8CK4d."; // sha512crypt
    writeFileSync(file, `${JSON.stringify({ email: "imported@example.com", username: "imported", password_hash: hash, is_verified: true })}\n`);
    assert.deepEqual(JSON.parse((await rekey("user", "import", file, "--json")).stdout), { read: 1, imported: 1, existing: 0, refused: 0 });
    for (let logIns = 0; logIns < 2; ++logIns) assert.equal((await logIn(stack, "imported@example.com", password)).status, 200);
    const { users } = JSON.parse((await rekey("user", "list", "--search", "imported@", "--json")).stdout);
    assert.equal(users.length, 1);
    const shown = JSON.parse((await rekey("user", "show", users[0].id, "--json")).stdout);
    assert.match(shown.password, /^\$argon2id\$/);
    assert.ok(shown.verified && shown.sessions === 2);
  });

  test("B16: migrating a database that is up to date changes nothing, also while the server runs", async () => {
    const person = await fillEveryTable();
    const before = await everything();
    await migrate();
    await rekey("migrate"); // as the origin's role, which may change no schema
    assert.equal(await everything(), before);
    assert.equal((await logIn(stack, person.email, person.password)).status, 200);
  });

  test("a role that may not change the schema learns whose work a migration is", async () => {
    await stack.database.run("CREATE TABLE public.kept AS TABLE schema_migrations; DELETE FROM schema_migrations");
    try {
      await assert.rejects(rekey("migrate"), /may not change the schema: run `rekey-origin migrate` as the one that owns it/);
    } finally {
      await stack.database.run("INSERT INTO schema_migrations TABLE public.kept; DROP TABLE public.kept");
    }
  });

  test("B16, F19: a migration edited after it was applied is refused by name, and nothing changes", async () => {
    const [{ name, checksum }] = await stack.database.rows("SELECT name, checksum FROM schema_migrations ORDER BY name LIMIT 1");
    const record = (/** @type {string} */ sum) =>
      stack.database.run(`UPDATE schema_migrations SET checksum = ${literal(sum)} WHERE name = ${literal(name)}`);
    await record(checksum.replace(/^./, (/** @type {string} */ digit) => (digit === "0" ? "1" : "0")));
    try {
      const before = await everything();
      for (const command of ["migrate", "serve"]) {
        await assert.rejects(command === "migrate" ? migrate() : rekey(command), (/** @type {{code: number, stderr: string}} */ { code, stderr }) =>
          code === 1 && stderr.includes(`migration ${name} has changed since it was applied`), command);
      }
      assert.equal(await everything(), before);
    } finally {
      await record(checksum);
    }
    await migrate();
  });
});
