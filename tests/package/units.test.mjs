// The files of the Debian package that need no installation to be judged. tests/package/chroot_journey.mjs installs them.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";

import { origin, read, section, tableRows } from "../documents/document.mjs";
import { checkout } from "../system/stack.mjs";

const folder = join(checkout, "origin/package/debian");
const room = (/** @type {string} */ name) => `origin/package/debian/${name}`;

/** @param {string} text @param {string} name @returns {string[]} the values of a unit's directive */
const directives = (text, name) => [...text.matchAll(new RegExp(`^${name}=(.*)$`, "gm"))].map((match) => match[1]);

/** @returns {Map<string, string>} the settings of rekey.env, commented ones included */
function environment() {
  return new Map([...read(room("rekey.env")).matchAll(/^#?([A-Z][A-Z_]+)=(.*)$/gm)].map((match) => [match[1], match[2]]));
}

describe("each unit", () => {
  for (const name of ["rekey-origin.service", "rekey-edge.service"]) {
    const unit = read(room(name));

    test(`${name} is rated at most 2.0 by systemd`, () => {
      const rating = execFileSync("systemd-analyze", ["security", "--offline=true", "--no-pager", join(folder, name)], { encoding: "utf8" });
      const exposure = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(rating)?.[1]);
      assert.ok(exposure > 0 && exposure <= 2.0, rating);
    });

    test(`${name} runs as a user of its own, tells when it is ready, and is watched`, () => {
      assert.deepEqual(directives(unit, "DynamicUser"), ["yes"]);
      assert.deepEqual(directives(unit, "Type"), ["notify"]);
      assert.deepEqual(directives(unit, "WatchdogSec"), ["60"]);
      assert.deepEqual(directives(unit, "RestartPreventExitStatus"), ["2"]);
      assert.deepEqual(directives(unit, "SyslogIdentifier"), [name.replace(".service", "")]);
      assert.deepEqual(directives(unit, "EnvironmentFile"), ["/etc/rekey/rekey.env"]);
    });
  }

  test("the origin's start waits for a migration, however long it takes", () => {
    assert.deepEqual(directives(read(room("rekey-origin.service")), "TimeoutStartSec"), ["infinity"]);
  });

  test("the edge gets its secrets as credentials, and none of the origin's from the shared file", () => {
    const unit = read(room("rekey-edge.service"));
    const names = directives(unit, "LoadCredential").map((value) => value.split("/").at(-1) ?? "");
    const fallbacks = directives(unit, "SetCredential").map((value) => value.replace(/^rekey_(.*):\\n$/, "$1"));
    assert.deepEqual(fallbacks.sort(), names.sort()); // for a file that is missing
    assert.deepEqual(names.sort(), ["EDGE_METRICS_KEY", "EDGE_ORIGIN_KEYS", "RESET_PASSWORD_TOKEN_SECRET"]);
    const source = read("origin/settings/settings_source.cpp");
    const secrets = [...source.matchAll(/\{"([A-Z0-9_]+)",(?:[^{}]|\n)*?Secrecy::kSecret\}/g)].map((match) => match[1]);
    assert.ok(secrets.length >= 6);
    const kept = directives(unit, "UnsetEnvironment").flatMap((value) => value.split(" "));
    assert.deepEqual(kept.sort(), secrets.filter((name) => !names.includes(name)).sort());
  });
});

describe("rekey.env", () => {
  test("leaves only settings to be filled in that have no default", () => {
    const empty = [...environment()].filter(([, value]) => value === "").map(([name]) => name);
    assert.deepEqual(empty, ["FRONTEND_URL", "MAIL_SERVER", "MAIL_FROM"]);
    const required = tableRows(origin("settings", "--markdown")).filter((cells) => cells[2].includes("Required."));
    const made = [...read(room("postinst")).matchAll(/^ +make_secret (\w+)/gm)].map((match) => match[1]);
    for (const [cell] of required) {
      const name = cell.replaceAll("`", "");
      assert.ok(environment().has(name) || made.includes(name), name);
    }
  });

  test("holds only names that the origin or the edge knows", () => {
    const output = spawnSync(join(checkout, "build/native/origin/rekey-origin"), ["--env-file", join(folder, "rekey.env"), "doctor"], { encoding: "utf8", env: {} });
    assert.match(output.stdout, /FRONTEND_URL must be set/);
    assert.doesNotMatch(output.stdout, /is not a setting/);
    const known = read("edge/core/settings.cpp") + read("origin/settings/settings_source.cpp") + read(room("rekey-edge.service"));
    for (const name of environment().keys()) assert.ok(known.includes(name), name);
  });

  test("is the file that apt keeps as the operator left it", () => assert.equal(read(room("conffiles")), "/etc/rekey/rekey.env\n"));
});

test("the maintainer's scripts make secrets once, of the form that the origin takes, for root alone", () => {
  const root = mkdtempSync(join(tmpdir(), "rekey-postinst-"));
  const script = read(room("postinst")).replaceAll("/etc/rekey", `${root}/rekey`).replaceAll("/run/systemd/system", `${root}/none`);
  /** @param {string} name */
  const secret = (name) => readFileSync(join(root, "rekey/secrets", name), "utf8");
  const names = ["EDGE_ORIGIN_KEYS", "RESET_PASSWORD_TOKEN_SECRET", "SEED_SECRET", "EDGE_METRICS_KEY"];
  execFileSync("sh", ["-s", "configure"], { input: script });
  const first = names.map(secret);
  assert.match(first[0], /^1:[\w-]{43}\n$/);
  assert.match(first[1], /^1:[\w-]{43}\n$/);
  assert.match(first[2], /^[\w-]{43}\n$/);
  assert.match(first[3], /^[\w-]{43}\n$/);
  assert.equal(new Set(first).size, 4);
  assert.equal(statSync(join(root, "rekey/secrets")).mode & 0o777, 0o700);
  assert.equal(statSync(join(root, "rekey/secrets/SEED_SECRET")).mode & 0o777, 0o600);
  rmSync(join(root, "rekey/secrets/EDGE_METRICS_KEY"));
  execFileSync("sh", ["-s", "configure", "0.0.9-1"], { input: script });
  assert.deepEqual(names.slice(0, 3).map(secret), first.slice(0, 3));
  assert.throws(() => secret("EDGE_METRICS_KEY"), /ENOENT/); // the operator wants no metrics
  rmSync(root, { recursive: true });
});

test("no service that fails to start or stop leaves a package half installed", () => {
  for (const name of ["postinst", "prerm", "postrm", "workerd/postinst"]) {
    const calls = read(room(name)).split("\n").filter((line) => /^ *[^#]*\b(systemctl|deb-systemd-invoke) /.test(line));
    assert.ok(calls.length > 0, name);
    for (const line of calls) assert.match(line, / \|\| true$/, `${name}: ${line}`);
  }
});

test("README's section on installing names the packages, the file and the units", () => {
  const text = section(read("README.md"), "Installing");
  for (const name of ["rekey_", "rekey-workerd_", "/etc/rekey/rekey.env", "/etc/rekey/secrets", "rekey-origin", "rekey-edge", "rekey doctor"]) assert.ok(text.includes(name), name);
});
