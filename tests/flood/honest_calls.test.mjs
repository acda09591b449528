// A flood tells nothing if its honest calls are refused anyway: each must be served while nobody attacks.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Rig } from "../rig/rig.mjs";
import { AT_EDGE, AT_ORIGIN } from "./requests.mjs";
import { secretsOf } from "./secrets.mjs";
import { askOnce } from "./single_call.mjs";

const PATIENCE = 10_000;

/** @type {Rig} */
let rig;
/** @type {import("./requests.mjs").Secrets} */
let secrets;

before(async () => {
  rig = await Rig.start({ origins: 1 });
  secrets = await secretsOf(rig);
});
after(() => rig?.stop());

for (const [place, calls] of /** @type {const} */ ([["edge", AT_EDGE], ["origin", AT_ORIGIN]])) {
  test(`every honest call is served at an ${place} that nobody attacks`, async () => {
    const [{ port }] = place === "edge" ? rig.edges : rig.origins;
    const planned = calls.map((call, index) => call(index, secrets));
    const answers = await Promise.all(planned.map(({ bytes }) => askOnce(port, bytes, PATIENCE)));
    assert.ok(planned.length >= 3);
    planned.forEach(({ bytes, expected }, i) => {
      const [answer, line] = [answers[i], bytes.split("\r\n", 1)[0]];
      assert.ok("status" in answer && expected.includes(answer.status), `${line}: ${JSON.stringify(answer)}`);
    });
  });
}
