// The gates themselves: that they can close, and that what they say is understood.
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { verdictOn } from "./gate.mjs";
import { gates, units } from "./gates.mjs";

describe("a gate", () => {
  test("lets pass what it allows", () => {
    assert.equal(verdictOn(16, 16), "");
    assert.equal(verdictOn(15.5, 16), "");
    assert.equal(verdictOn(0, 0), "");
  });

  test("refuses the least bit more", () => {
    assert.match(verdictOn(16.05, 16), /more than/);
    assert.match(verdictOn(0.05, 0), /more than/);
  });

  test("refuses to stand far above what is counted", () => {
    assert.match(verdictOn(10, 16), /lower it/);
    assert.match(verdictOn(0, 1), /lower it/);
  });

  test("refuses where nothing was counted, and where it is missing", () => {
    assert.match(verdictOn(NaN, 16), /nothing was counted/);
    assert.match(verdictOn(undefined, 16), /nothing was counted/);
    assert.match(verdictOn(16, undefined), /no such gate/);
  });
});

test("every gate has a unit and a reason, and every unit is used", () => {
  const names = Object.values(gates).flatMap(({ limits }) => Object.keys(limits));
  assert.deepEqual(new Set(names), new Set(Object.keys(units)));
  for (const [subject, { why }] of Object.entries(gates)) assert.match(why, /^[A-Z0-9].*\.$/, subject);
});
