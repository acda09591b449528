// `rekey-origin doctor`: the README lists each check that the program makes, and each cause of a finding has a test that provokes it.
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { everyFile, read, section, tableRows } from "./document.mjs";

const names = [...(/kNames\[\] = \{([^}]*)\}/.exec(read("origin/doctor/report.cpp"))?.[1] ?? "").matchAll(/"([^"]+)"/g)].map(([, name]) => name);

test("the README lists each check of doctor, in the order of its report, and no other", () => {
  assert.ok(names.length > 5);
  assert.deepEqual(tableRows(section(read("README.md"), "What doctor examines")).map(([check]) => check), names);
});

describe("the causes of doctor's findings", () => {
  const sources = everyFile("origin/doctor").filter((path) => path.endsWith("_check.cpp"));
  const causes = sources.flatMap((path) => [...read(path).matchAll(/Fault::k\w+, k(?:Wrong|Note), "(\w+)"/g)].map(([, cause]) => ({ path, cause })));
  const tests = everyFile("tests/origin").filter((path) => /doctor_\w+_test\.cpp$/.test(path)).map(read).join("\n");
  // Faults of the network, or of a moment, that no server on this machine can play.
  const unprovoked = ["database_check.cpp silent", "database_check.cpp tls", "database_check.cpp starting", "database_check.cpp unstable",
    "database_check.cpp unreachable", "database_check.cpp refused", "relay_check.cpp silent", "relay_check.cpp certificate"];

  test("are known", () => assert.ok(causes.length > 50, String(causes.length)));

  for (const { path, cause } of causes) {
    if (unprovoked.some((name) => `${path} ${cause}`.endsWith(name))) continue;
    test(`${cause} of ${path} is provoked by a test`, () => assert.match(tests, new RegExp(`"(?:[\\w()]+ )*\\(?${cause}\\)?(?: [\\w()]+)*"`)));
  }
});
