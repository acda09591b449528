// What the packages hold, judged without making them: the components that cmake installs from build/release, and the sources that
// debian.cmake names. tests/package/chroot_journey.mjs reads the packages themselves. Needs `scripts/build site release workerd`.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { everyFile, read } from "../documents/document.mjs";
import { checkout } from "../system/stack.mjs";

const folder = mkdtempSync(join(tmpdir(), "rekey-files-"));
const room = "origin/package/debian";

after(() => rmSync(folder, { recursive: true, force: true }));

/** @param {string} component @returns {string[]} the files that it installs, relative to the prefix */
function installed(component) {
  const prefix = join(folder, component);
  execFileSync("cmake", ["--install", join(checkout, "build/release"), "--prefix", prefix, "--component", component], { stdio: "ignore" });
  const found = readdirSync(prefix, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory());
  return found.map((entry) => join(entry.parentPath, entry.name).slice(prefix.length + 1)).sort();
}

test("rekey holds the program, its manual and completions, and every template, part of the site and alert rule that is read at run time", () => {
  const templates = everyFile("templates").filter((name) => !/\.(cpp|h|cmake)$|\/CMakeLists\.txt$/.test(name));
  for (const name of ["email/reset.txt", "languages/en.txt", "accounts/django.sql", "pages/layout.html", "password-policy.json"]) assert.ok(templates.includes(`templates/${name}`), name);
  const parts = readdirSync(join(checkout, "build/site/parts"));
  assert.deepEqual(parts.sort(), ["swagger-ui-bundle.js", "swagger-ui.css", "verdicts.wasm"]);
  const watch = everyFile("origin/watch").map((name) => name.slice("origin/".length));
  const program = ["bin/rekey-origin", "share/man/man8/rekey-origin.8", "share/bash-completion/completions/rekey-origin", "share/fish/vendor_completions.d/rekey-origin.fish", "share/zsh/site-functions/_rekey-origin"];
  assert.deepEqual(installed("rekey"), [...program, ...[...templates, ...watch, ...parts.map((name) => `site/${name}`)].map((name) => `share/rekey/${name}`)].sort());
});

test("rekey-dev holds only headers, libraries and the CMake package", () => {
  const names = installed("dev");
  assert.ok(names.includes("include/rekey/origin/origin.h") && names.includes("lib/librekey_origin_lib.a") && names.includes("lib/cmake/rekey/rekeyConfig.cmake"));
  for (const name of names) assert.match(name, /^(include\/rekey\/.*\.h|lib\/[^/]*\.a|lib\/cmake\/rekey\/.*\.cmake)$/);
});

test("rekey-dev wants the development package of each library that the origin links", () => {
  const wanted = /DEV_PACKAGE_DEPENDS "(.*)"/.exec(read(`${room}/debian.cmake`))?.[1].split(", ") ?? [];
  const modules = /set\(REKEY_ORIGIN_MODULES (.*)\)/.exec(read("origin/CMakeLists.txt"))?.[1].split(" ") ?? [];
  const packages = new Map([["libcurl", "libcurl4-openssl-dev"], ["libxcrypt", "libcrypt-dev"], ["libcrypto", "libssl-dev"]]);
  assert.ok(modules.length > 0);
  for (const name of modules) {
    const module = packages.get(name) ?? `${name}-dev`;
    assert.ok(wanted.includes(module), `${module} is missing`);
    assert.ok(read("scripts/install").includes(` ${module} `) || read("scripts/install").includes(` ${module}\n`), module);
  }
});

test("the edge's bundle is in rekey as a whole", () => {
  const named = [...read(`${room}/debian.cmake`).matchAll(/\$\{edge\}\/([\w.]+)/g)].map((match) => match[1]);
  const made = readdirSync(join(checkout, "build/workerd")).filter((name) => name !== "limits"); // which `start` makes
  assert.deepEqual(named.sort(), made.sort());
});

test("systemd takes every directive of both units", () => {
  mkdirSync(join(folder, "units"));
  const program = join(folder, "program");
  writeFileSync(program, "#!/bin/sh\n");
  chmodSync(program, 0o755);
  const names = ["rekey-origin.service", "rekey-edge.service"];
  for (const name of names) {
    const unit = read(`${room}/${name}`).replaceAll(/\/usr\/(bin\/rekey-origin|lib\/rekey\/edge\/start)/g, program).replace("man:rekey-origin(8) ", "");
    writeFileSync(join(folder, "units", name), unit);
  }
  const verified = spawnSync("systemd-analyze", ["verify", "--recursive-errors=no", "--man=no", ...names.map((name) => join(folder, "units", name))], { encoding: "utf8" });
  assert.equal(verified.stdout + verified.stderr, "");
  assert.equal(verified.status, 0);
});
