// The Worker of wrangler.toml with a dataset: one data point for each request.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { EdgeProcess } from "./edge_process.mjs";
import { mintToken } from "./keys.mjs";
import { StubOrigin } from "./stub_origin.mjs";

const origin = new StubOrigin();
/** @type {EdgeProcess} */
let edge;
before(async () => {
  await origin.start();
  edge = await new EdgeProcess({ ORIGIN_URLS: origin.url }, "tests/edge/metered_worker.js").start();
});
after(async () => {
  await edge?.remove();
  await origin.stop();
});

/** Once there are `count` of them. @param {number} count @returns {Promise<{indexes: string[], blobs: string[], doubles: number[]}[]>} */
async function points(count) {
  for (const late = Date.now() + 10_000; Date.now() < late; await new Promise((resolve) => setTimeout(resolve, 20))) {
    const found = [...edge.output.matchAll(/data point (\{.*\})/g)];
    if (found.length >= count) return found.map(([, text]) => JSON.parse(text));
  }
  throw new Error(`there are no ${count} data points:\n${edge.output}`);
}

test("the dataset of the binding METRICS gets one point for each request, without anything that its client sent", async () => {
  const token = mintToken({ secret: Buffer.alloc(32, 9) });
  await edge.fetch("/login");
  await edge.send("/api/users/reset-password", { token, new_password: "an umbrella at last" }, { "cf-connecting-ip": "192.0.2.78" });
  await edge.send("/api/users/forgot-password", { email: "ada@example.com" }, { "cf-connecting-ip": "192.0.2.78" });
  await edge.fetch("/metrics");
  const host = new URL(origin.url).host;
  const found = await points(4);
  assert.deepEqual(
    found.map(({ indexes, blobs: [endpoint, outcome, , ...origins], doubles: [, status] }) => [...indexes, endpoint, outcome, ...origins, status]),
    [
      ["page", "page", "ok", "", "", "", 200],
      ["reset-password", "reset-password", "forged_token", "", "", "", 400],
      ["forgot-password", "forgot-password", "accepted", host, "", "", 202],
      ["metrics", "metrics", "not_found", "", "", "", 404],
    ],
  );
  for (const { blobs, doubles } of found) {
    assert.match(blobs[2], /^([A-Z]{2})?$/);
    assert.ok(doubles[0] >= 0 && doubles[0] < 60_000);
  }
  for (const secret of [token, "ada@example.com", "192.0.2.78"]) assert.ok(!JSON.stringify(found).includes(secret));
});
