// The main journeys with PgBouncer in transaction mode between the origin and its database.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { bearer, logIn, newPassword, newPerson, openSession, requestLink, reset, statusOfMe } from "./account.mjs";
import { until } from "./polling.mjs";
import { Pooler } from "./pooler.mjs";
import { checkout, readSettings, startStack } from "./stack.mjs";

/** @type {import("./stack.mjs").Stack} */
let stack;
/** @type {Pooler} */
let pooler;

before(async () => {
  stack = await startStack({ ARGON2_MEMORY_KIB: "7168", ARGON2_PASSES: "1" }); // eight register at once
  pooler = await Pooler.start(stack.database);
  await stack.origin.end("SIGTERM");
  await stack.origin.start({ DATABASE_URL: pooler.url });
});
after(async () => {
  await stack?.stop();
  await pooler?.stop();
});

/** Runs a command of the operator through the pooler. @param {string[]} words */
function operate(...words) {
  const env = { PATH: process.env.PATH, ...readSettings(join(stack.folder, "env")), DATABASE_URL: pooler.url };
  return spawnSync(stack.origin.binary, words, { cwd: checkout, env, encoding: "utf8" });
}

test("an account is registered, its password forgotten and reset, and every earlier session has ended", async () => {
  const person = await newPerson(stack);
  const session = await openSession(stack, person);
  assert.equal(await statusOfMe(stack, session), 200);
  const { token } = await requestLink(stack, person.email);
  const password = newPassword();
  assert.equal((await reset(stack, token, password)).status, 200);
  assert.equal((await reset(stack, token, password)).status, 400);
  assert.equal(await statusOfMe(stack, session), 401);
  assert.equal((await logIn(stack, person.email, person.password)).status, 401);
  assert.equal((await logIn(stack, person.email, password)).status, 200);
});

test("an owner changes the password, cancels a link, and logs out", async () => {
  const person = await newPerson(stack);
  const session = await openSession(stack, person);
  const password = newPassword();
  const passwords = { current_password: person.password, new_password: password };
  assert.equal((await stack.patch("/api/users/me/password", passwords, bearer(session))).status, 200);
  const { token } = await requestLink(stack, person.email);
  assert.equal((await stack.post("/api/users/reset-password/cancel", { token, email: person.email })).status, 204);
  assert.equal((await reset(stack, token, newPassword())).status, 400);
  assert.equal((await stack.post("/api/users/logout", "", bearer(session))).status, 204);
  assert.equal(await statusOfMe(stack, session), 401);
});

test("many at once, more than the server has sessions: all requests are accepted and all mails go out", async () => {
  const people = await Promise.all(Array.from({ length: 8 }, () => newPerson(stack)));
  const answers = await Promise.all(people.flatMap(({ email }) => [email, `no-${email}`]).map((email) => stack.post("/api/users/forgot-password", { email })));
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [202]);
  for (const { email } of people) await stack.mailBox.waitFor(email);
  await until("all requests have ended", async () => (await stack.database.run("SELECT count(*) FROM reset_requests WHERE ended_at IS NULL")) === "0");
});

test("no session of the server keeps a statement, a lock or a setting", async () => {
  const left = await stack.database.rows(`
    SELECT state, query FROM pg_stat_activity
      WHERE application_name = 'rekey' AND state LIKE 'idle in transaction%' AND state_change < now() - interval '5 seconds'
    UNION ALL SELECT locktype, mode FROM pg_locks WHERE locktype = 'advisory'`);
  assert.deepEqual(left, []);
});

test("/readyz and /metrics answer through it", async () => {
  await until("it is ready", async () => (await fetch(`${stack.opsUrl}/readyz`)).status === 200);
  await stack.metrics();
});

test("the operator's commands work through it, import included; doctor notes it, and migrate asks for PostgreSQL itself", async () => {
  const person = await newPerson(stack);
  assert.match(operate("user", "show", person.email).stdout, new RegExp(person.username));
  const file = join(stack.folder, "users.csv");
  writeFileSync(file, "email\nimported@example.com\n");
  const imported = operate("user", "import", file);
  assert.equal(imported.status, 0, imported.stderr);
  assert.match(operate("user", "list", "--search", "imported").stdout, /imported@example.com/);
  const { findings } = JSON.parse(operate("doctor", "--json").stdout);
  const ofDatabase = findings.filter((/** @type {{check: string}} */ { check }) => check === "database");
  assert.deepEqual(ofDatabase.map((/** @type {{cause: string}} */ { cause }) => cause), ["pooler"]);
  const migrated = operate("migrate");
  assert.equal(migrated.status, 1);
  assert.match(migrated.stderr, /name PostgreSQL itself in DATABASE_URL/);
});
