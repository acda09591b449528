// The judgement of the smuggling corpus: it reports each fault, for given results and for servers with sloppy parsers.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";

import { oversizedFault } from "./oversized.mjs";
import { probe } from "./single_call.mjs";
import { corpusProbes, edgeProbes, faultOf, originProbes } from "./smuggling.mjs";

/** @typedef {import("./smuggling.mjs").Probe} Probe */

const KEYS = { keys: `1:${"A".repeat(43)}`, tokenKeys: `1:${"B".repeat(43)}` };
/** @type {Probe} */
const PROBE = { name: "one", pieces: [""], answers: 1, hidden: "one@smuggled.example", statuses: [400], end: "closed" };
const REFUSED = { statuses: [400], closed: true, milliseconds: 1, executed: false, processEnded: false };

test("one refusal and a closed connection are right", () => {
  assert.equal(faultOf(PROBE, REFUSED), "");
});

test("a hidden request that was carried out, two answers, another answer, an open connection are each reported", () => {
  assert.match(faultOf(PROBE, { ...REFUSED, executed: true }), /carried out/);
  assert.match(faultOf(PROBE, { ...REFUSED, statuses: [400, 401] }), /2 answers: 400, 401/);
  assert.match(faultOf(PROBE, { ...REFUSED, statuses: [200] }), /answered with 200/);
  assert.match(faultOf(PROBE, { ...REFUSED, statuses: [] }), /answered with nothing/);
  assert.match(faultOf(PROBE, { ...REFUSED, closed: false }), /stayed open/);
});

test("a connection may stay open after a well-read request", () => {
  const corpus = /** @type {Probe} */ ({ name: "get", pieces: [""], answers: 1, end: "closed where refused" });
  assert.equal(faultOf(corpus, { ...REFUSED, statuses: [404], closed: false }), "");
  assert.match(faultOf(corpus, { ...REFUSED, statuses: [400], closed: false }), /stayed open/);
  assert.match(faultOf(corpus, { ...REFUSED, statuses: [], closed: false }), /stayed open/);
});

test("a control that is not found is a fault", () => {
  const control = /** @type {Probe} */ ({ ...PROBE, role: "control" });
  assert.equal(faultOf(control, { ...REFUSED, executed: true }), "");
  assert.match(faultOf(control, REFUSED), /not found/);
});

test("every hidden request is for another address, and all lengths are right", () => {
  const probes = [...originProbes(KEYS), ...edgeProbes()];
  const hidden = probes.flatMap((one) => one.hidden ?? []);
  assert.ok(hidden.length > 55, `${hidden.length} hidden requests`);
  assert.equal(new Set(hidden).size, hidden.length);
  for (const one of probes) assert.ok(one.hidden === undefined || one.pieces.join("").includes(one.hidden), one.name);
  for (const one of probes.filter(({ name }) => name === "GET with a body")) {
    const text = one.pieces.join("");
    const [head] = text.split("\r\n\r\n");
    assert.equal(Number(/^Content-Length: (\d+)$/m.exec(head)?.[1]), text.length - head.length - 4);
  }
});

test("the fuzzer's corpus is sent unchanged", () => {
  const probes = corpusProbes("origin");
  assert.ok(probes.length > 50);
  assert.ok(probes.some(({ name, pieces }) => name === "corpus two_lengths" && pieces[0].includes("Content-Length: 66")));
});

/** @param {import("node:test").TestContext} t @param {(text: string) => string} answer */
async function probed(t, answer) {
  const server = createServer((socket) => socket.on("error", () => {}).once("data", (bytes) => socket.end(answer(bytes.toString("latin1")))));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const [one] = originProbes(KEYS);
  return faultOf(one, { ...(await probe(port, one.pieces, 2000)), executed: false, processEnded: false });
}

test("a server that also answers the hidden request is found", async (t) => {
  const ANSWER = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
  assert.equal(await probed(t, () => ANSWER), "");
  assert.match(await probed(t, (text) => ANSWER.repeat(text.split("POST ").length - 1)), /2 answers/);
});

test("a request that is too large may be refused or cut off; another answer is reported, and so is a process that ended", () => {
  const one = { name: "large", pieces: [], statuses: [413] };
  const seen = { statuses: [413], closed: true, processEnded: false };
  assert.equal(oversizedFault(one, seen), "");
  assert.equal(oversizedFault(one, { ...seen, statuses: [] }), "");
  assert.match(oversizedFault(one, { ...seen, statuses: [], closed: false }), /neither/);
  assert.match(oversizedFault(one, { ...seen, statuses: [200] }), /answered with 200/);
  assert.match(oversizedFault(one, { ...seen, statuses: [], processEnded: true }), /process ended/);
});

test("a process that ended meanwhile is a fault, even if its connection looks right", () => {
  const atEdge = /** @type {Probe} */ ({ name: "one", pieces: [""], answers: 1, end: "either" });
  assert.equal(faultOf(atEdge, { ...REFUSED, statuses: [] }), "");
  assert.match(faultOf(atEdge, { ...REFUSED, statuses: [], processEnded: true }), /process ended/);
  assert.match(faultOf({ ...atEdge, role: "control" }, { ...REFUSED, executed: true, processEnded: true }), /process ended/);
});
