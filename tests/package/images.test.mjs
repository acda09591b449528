// The Dockerfiles and compose.yaml, read. chroot_images.mjs walks their steps.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";

import { read } from "../documents/document.mjs";
import { checkout } from "../system/stack.mjs";
import { instructions } from "./dockerfile.mjs";

const room = "origin/package/docker";
const packages = read("origin/package/debian/debian.cmake");

for (const part of ["origin", "edge"]) {
  describe(`the image of the ${part}`, () => {
    const steps = instructions(part);
    /** @param {string} word */
    const of = (word) => steps.filter((step) => step.word === word).map((step) => step.rest);
    const lastStage = steps.slice(steps.findLastIndex((step) => step.word === "FROM"));

    test("ends as a user without rights, before anything runs in it", () => {
      const users = lastStage.filter((step) => step.word === "USER").map((step) => step.rest);
      assert.deepEqual(users, ["65532:65532"]);
      const user = lastStage.findIndex((step) => step.word === "USER");
      for (const step of lastStage.slice(user)) assert.ok(!["RUN", "COPY", "ADD"].includes(step.word), step.word);
    });

    test("copies only packages that scripts/package makes, or from an earlier stage", () => {
      for (const copy of of("COPY")) {
        if (copy.startsWith("--from=")) {
          assert.ok(of("FROM").some((from) => from.endsWith(` AS ${copy.slice(7).split(" ")[0]}`)), copy);
          continue;
        }
        for (const source of copy.split(" ").slice(0, -1)) {
          assert.match(source, /^rekey[a-z-]*_\*\.deb$/);
          assert.ok(packages.includes(`PACKAGE_NAME ${source.split("_")[0]})`), source);
        }
      }
      assert.deepEqual(of("ADD"), []);
    });

    test("holds no secret: not in its settings, nor in a layer", () => {
      for (const setting of [...of("ENV"), ...of("ARG")]) assert.doesNotMatch(setting, /SECRET|KEYS|PASSWORD|DATABASE_URL/);
      for (const run of of("RUN")) {
        assert.doesNotMatch(run, /--mount=(?!type=bind,target=\/packages )/);
        if (run.includes("apt-get install") && run.includes("rekey_")) assert.match(run, /rm -rf [^&]*\/etc\/rekey( |$)/); // the secrets of postinst
      }
    });

    test("starts a program that the packages hold, and says whether it is healthy", () => {
      const [entry] = of("ENTRYPOINT").map((text) => JSON.parse(text)[0]);
      assert.ok(["rekey-origin", "/usr/lib/rekey/edge/start"].includes(entry), entry);
      assert.equal(of("HEALTHCHECK").length, 1);
    });
  });
}

describe("compose.yaml", () => {
  const text = read(`${room}/compose.yaml`);

  test("opens ports on this machine's loopback alone", () => {
    const ports = [...text.matchAll(/ports: \[(.*)\]/g)].flatMap((match) => match[1].split(", "));
    assert.ok(ports.length > 0);
    for (const port of ports) assert.match(port, /^"127\.0\.0\.1:/);
  });

  test("builds both images for the Debian that the packages were made on", () => {
    const builds = text.split(/^ {4}build:/m).slice(1).filter((part) => part.includes("dockerfile:"));
    assert.equal(builds.length, 2);
    for (const build of builds) assert.match(build.split("\n").slice(0, 4).join("\n"), /args: \{ DEBIAN: "\$\{DEBIAN:-12\}" \}/);
    for (const part of ["origin", "edge"]) {
      const froms = instructions(part).filter((step) => step.word === "FROM");
      for (const from of froms) assert.match(from.rest, /^debian:\$\{DEBIAN\}-slim( |$)/);
    }
  });

  test("holds no secret: each is a file that `secrets` makes, and that git ignores", () => {
    assert.doesNotMatch(text, /^\s*(EDGE_ORIGIN_KEYS|RESET_PASSWORD_TOKEN_SECRET|SEED_SECRET|DATABASE_URL|POSTGRES_PASSWORD):\s*[^{\s]/m);
    const named = [...text.matchAll(/^ {2}([A-Z_]+): \{ file: secrets\.d\/(\w+) \}$/gm)];
    for (const [, name, file] of named) assert.equal(name, file);

    const folder = mkdtempSync(join(tmpdir(), "rekey-secrets-"));
    cpSync(join(checkout, room, "secrets"), join(folder, "secrets"));
    chmodSync(join(folder, "secrets"), 0o755);
    const careful = () => execFileSync("sh", ["-c", 'umask 077; exec "$0"', join(folder, "secrets")]);
    careful();
    assert.deepEqual(readdirSync(join(folder, "secrets.d")).sort(), named.map(([, name]) => name).sort());
    assert.equal(statSync(join(folder, "secrets.d")).mode & 0o777, 0o700);
    for (const name of readdirSync(join(folder, "secrets.d"))) assert.equal(statSync(join(folder, "secrets.d", name)).mode & 0o777, 0o644, name);
    const before = readFileSync(join(folder, "secrets.d/DATABASE_URL"), "utf8");
    assert.match(before, /^postgresql:\/\/rekey:[\w-]{43}@database\/rekey\n$/);
    careful();
    assert.equal(readFileSync(join(folder, "secrets.d/DATABASE_URL"), "utf8"), before);
    rmSync(folder, { recursive: true });
    assert.match(read(".gitignore"), /^\/origin\/package\/docker\/secrets\.d\/$/m);
  });

  test("gives the edge none of the origin's secrets", () => {
    const edge = text.slice(text.indexOf("\n  edge:"), text.indexOf("\nvolumes:"));
    assert.match(edge, /secrets: \[EDGE_ORIGIN_KEYS, RESET_PASSWORD_TOKEN_SECRET\]/);
    assert.doesNotMatch(edge, /SEED_SECRET|DATABASE/);
  });
});
