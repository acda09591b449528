// edge/host/bounded.js: how much of a body is read, whatever its headers announce. Under workerd a message that has both a length and
// chunks keeps both headers.
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { TooLarge, readAll } from "../../edge/host/bounded.js";

const LIMIT = 100;

/** An endless body. @param {Record<string, string>} headers */
function endless(headers) {
  const given = { parts: 0 };
  const body = new ReadableStream({
    pull: (controller) => {
      if (++given.parts > 50) controller.error(new Error("read far beyond the limit"));
      else controller.enqueue(new Uint8Array(LIMIT / 4));
    },
  });
  return { message: new Response(body, { headers }), given };
}

describe("a body is read no further than its limit", () => {
  for (const headers of /** @type {Record<string, string>[]} */ ([
    {},
    { "content-length": "10", "transfer-encoding": "chunked" },
    { "content-length": "10", "content-encoding": "gzip" },
    { "content-length": "101" },
    { "content-length": "10, 10" },
    { "content-length": "ten" },
  ])) {
    test(`with ${JSON.stringify(headers)}`, async () => {
      const { message, given } = endless(headers);
      await assert.rejects(readAll(message, LIMIT), TooLarge);
      assert.ok(given.parts <= 7, `${given.parts} parts`);
    });
  }
});

test("a body of the limit's size is read whole, announced or not", async () => {
  for (const headers of /** @type {Record<string, string>[]} */ ([{}, { "content-length": String(LIMIT) }])) {
    assert.equal((await readAll(new Response(new Uint8Array(LIMIT), { headers }), LIMIT)).length, LIMIT);
  }
});
