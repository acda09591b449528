// The repository is self-contained: no path of one machine, no host that its reader can't reach, no secret.
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";

import { checkout, everyFile, read } from "./document.mjs";

const binary = /\.(png|jpg|wasm|ico|woff2)$/;
const files = everyFile().filter((path) => !binary.test(path) && path !== "package-lock.json");

const machinePath = /(?<![\w./~{}$*-])\/(home|root|Users|mnt|work|media|srv)\/[\w.-]+/;
const reserved = /(^|\.)(localhost|test|example|invalid|example\.(com|org|net))$/;
const known = new Set(["deb.debian.org", "github.com", "www.w3.org", "keepachangelog.com", "semver.org", "json-schema.org", "spec.openapis.org"]);

/** @param {string} host */
function mayBeNamed(host) {
  return reserved.test(host) || known.has(host) || /^[\d.:[\]]+$/.test(host) || !host.includes(".");
}

describe("every file", () => {
  test("has files to check", () => {
    for (const path of ["README.md", "origin/main.cpp", "edge/host/worker.js", "scripts/dev", "tests/main.cpp"]) assert.ok(files.includes(path), path);
  });

  test("names no folder of one machine", () => {
    for (const path of files) {
      const found = machinePath.exec(read(path));
      assert.ok(!found, `${path}: ${found?.[0]}`);
    }
  });

  test("links only to reserved and well-known hosts; tests may invent others", () => {
    for (const path of files.filter((file) => !file.startsWith("tests/"))) {
      for (const [url, host] of read(path).matchAll(/\bhttps?:\/\/([A-Za-z0-9.-]+)/g)) {
        assert.ok(mayBeNamed(host.toLowerCase().replace(/\.$/, "")), `${path}: ${url}`);
      }
    }
  });

  test("holds no private key", () => {
    for (const path of files) assert.doesNotMatch(read(path), new RegExp("-----BEGIN [A-Z ]*PRIVATE" + " KEY"), path);
  });
});

const scripts = files.filter((file) => file.startsWith("scripts/"));

test("every script states its purpose, and all but the shared one are executable", () => {
  assert.ok(scripts.length > 8);
  for (const path of scripts) assert.match(read(path).split("\n")[1], /^# \S/, path);
  const runnable = scripts.filter((path) => (statSync(join(checkout, path)).mode & 0o111) === 0o111);
  assert.deepEqual(scripts.filter((path) => !runnable.includes(path)), ["scripts/prelude.sh"]);
  for (const path of runnable) assert.equal(read(path).split("\n")[0], "#!/usr/bin/env bash", path);
});
