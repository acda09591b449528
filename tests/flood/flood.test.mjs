// The flood finds what it must: lost, refused and late answers, a process that dies, the resources that a process holds. All against
// servers of the test's own, for a few seconds.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { Service, figuresOf } from "../rig/service.mjs";
import { until } from "../system/polling.mjs";
import { checkout, freePorts } from "../system/stack.mjs";
import { Arena, pause } from "./arena.mjs";
import { honestAreServed, processLives } from "./claims.mjs";
import { edgeScenarios } from "./edge_scenarios.mjs";
import { Lanes } from "./lanes.mjs";
import { restartsOf } from "./observations.mjs";
import { originScenarios } from "./origin_scenarios.mjs";
import { PeakMemory } from "./peak_memory.mjs";
import { probeAll } from "./probing.mjs";
import { linesOf } from "./report.mjs";
import { Sampler, onDisk } from "./sampler.mjs";
import { SlowSockets } from "./slow_sockets.mjs";
import { Steady } from "./steady.mjs";
import { newTally, quantile, total } from "./tally.mjs";

const REQUEST = "GET / HTTP/1.1\r\nHost: test\r\n\r\n";
const ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const SECRETS = { keys: `1:${"A".repeat(43)}`, tokenKeys: `1:${"B".repeat(43)}`, session: "none" };

const folder = mkdtempSync(join(tmpdir(), "rekey-flood-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/**
 * A server that handles each connection as the test says.
 * @param {import("node:test").TestContext} t
 * @param {(socket: import("node:net").Socket, index: number) => void} meet
 */
async function serverThat(t, meet) {
  let connections = 0;
  /** @type {Set<import("node:net").Socket>} */
  const open = new Set();
  const server = createServer((socket) => {
    open.add(socket.on("error", () => {}).on("close", () => open.delete(socket)));
    meet(socket, connections++);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  return /** @type {import("node:net").AddressInfo} */ (server.address()).port;
}

/** @param {import("node:net").Socket} socket */
function answerAll(socket) {
  socket.on("data", (bytes) => socket.write(ANSWER.repeat(bytes.toString("latin1").split(REQUEST).length - 1)));
}

/** @param {Lanes} lanes @param {number} requests */
async function untilDone(lanes, requests) {
  lanes.start();
  const { served, refused, lost } = lanes.tally;
  await until("every request has an outcome", () => total(served) + total(refused) + total(lost) >= requests, { deadline: 5000 });
  lanes.stop();
}

test("if everything is answered nothing is lost, and no more is sent than planned", async (t) => {
  const port = await serverThat(t, answerAll);
  const lanes = new Lanes({ port, connections: 4, depth: 3, count: 500 }, () => REQUEST);
  await untilDone(lanes, 500);
  assert.deepEqual(lanes.report(), { tally: { served: { 200: 500 }, refused: {}, lost: {}, milliseconds: [] }, sent: 500 });
});

test("every connection dropped during a request is a loss", async (t) => {
  let dropped = 0;
  const port = await serverThat(t, (socket, index) => {
    if (index % 5 !== 0) return answerAll(socket);
    socket.once("data", () => {
      ++dropped;
      socket.destroy();
    });
  });
  const lanes = new Lanes({ port, connections: 10, count: 100 }, () => REQUEST);
  await untilDone(lanes, 100);
  assert.ok(dropped > 0);
  assert.equal(total(lanes.tally.lost), dropped);
  assert.equal(total(lanes.tally.served), 100 - dropped);
});

test("the rate is kept", async (t) => {
  const port = await serverThat(t, answerAll);
  const lanes = new Lanes({ port, connections: 4, rate: 50 }, () => REQUEST);
  const began = performance.now();
  lanes.start();
  await until("thirty were sent", () => lanes.report().sent >= 30);
  const [{ sent }, seconds] = [lanes.report(), (performance.now() - began) / 1000];
  lanes.stop();
  assert.ok(sent <= 50 * seconds + 5, `${sent} in ${seconds} seconds`); // each connection may be one request ahead
});

test("honest calls are counted by outcome: served, refused, unanswered, turned away", async (t) => {
  const port = await serverThat(t, (socket, index) => {
    if (index % 3 === 0) socket.once("data", () => socket.end(ANSWER));
    else if (index % 3 === 1) socket.once("data", () => socket.end("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"));
  });
  const steady = new Steady({ port, rate: 60, patience: 300 }, () => ({ bytes: REQUEST, expected: [200] }));
  steady.start();
  await pause(0.5);
  await steady.stop();
  const { served, refused, lost, milliseconds } = steady.tally;
  assert.deepEqual([Object.keys(served), Object.keys(refused), Object.keys(lost)], [["200"], ["503"], ["timed out"]]);
  assert.equal(total(served) + total(refused) + total(lost), steady.report().sent);
  assert.equal(milliseconds.length, total(served) + total(refused));
});

test("honest calls to a port without a listener are lost", async () => {
  const steady = new Steady({ port: await freePorts(1), rate: 40 }, () => ({ bytes: REQUEST, expected: [200] }));
  steady.start();
  await pause(0.2);
  await steady.stop();
  assert.deepEqual(Object.keys(steady.tally.lost), ["no connection"]);
});

test("slow sockets send as much as they should, and are opened again", async (t) => {
  /** @type {string[]} */
  const heard = [];
  const port = await serverThat(t, (socket, index) => {
    heard[index] = "";
    socket.on("data", (bytes) => (heard[index] += bytes.toString("latin1")));
    if (index === 0) setTimeout(() => socket.end("HTTP/1.1 408 Late\r\nContent-Length: 0\r\n\r\n"), 100);
  });
  const slow = new SlowSockets({ port, sockets: 5, kind: "trickle" }, () => REQUEST);
  slow.start();
  await until("the one that was closed is replaced", () => heard.length === 6, { deadline: 3000 });
  await until("a second byte has come on each", () => heard.slice(1, 5).every((text) => text.startsWith("GE")), { deadline: 3000 });
  const { mostConnected, closed, tally } = slow.report();
  slow.stop();
  assert.deepEqual([mostConnected, closed, tally.refused], [5, 1, { 408: 1 }]);
});

test("quantiles are measured values", () => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i);
  assert.deepEqual([quantile(values, 0.5), quantile(values, 0.99), quantile(values, 1), quantile([], 0.5)], [50, 99, 100, 0]);
});

test("the sampler shows the growth of memory, descriptors, files, bytes on disk and the log", async () => {
  const log = join(folder, "sampled.log");
  const figures = { rssKiB: 100, descriptors: 3, threads: 1, cpuSeconds: 0 };
  writeFileSync(log, "before\n");
  const sampler = new Sampler({ log, limitsFolder: folder, figures: () => figures }, 20);
  sampler.start();
  Object.assign(figures, { rssKiB: 900, descriptors: 40 });
  writeFileSync(join(folder, "one.sqlite"), Buffer.alloc(64 * 1024, 1));
  writeFileSync(log, "b".repeat(10 * 1024));
  const [first, last] = [sampler.samples[0], sampler.stop().at(-1)];
  assert.deepEqual([first.rssKiB, last?.rssKiB, first.descriptors, last?.descriptors], [100, 900, 3, 40]);
  assert.equal(last?.files, first.files + 1);
  assert.ok((last?.diskKiB ?? 0) >= first.diskKiB + 64);
  assert.ok((last?.logKiB ?? 0) > 9);
  assert.deepEqual(onDisk(undefined), { files: 0, diskKiB: 0 });
});

test("the peak of memory is found although the memory was freed", async () => {
  const program = `
    process.stdin.once("data", () => {
      const block = Buffer.alloc(64 << 20, 1).buffer;
      block.transfer(0);
      console.log("given back");
    });
    console.log("ready");`;
  const child = spawn(process.execPath, ["-e", program], { stdio: ["pipe", "pipe", "inherit"] });
  await once(child.stdout, "data");
  const before = figuresOf(child.pid ?? 0).rssKiB;
  const memory = new PeakMemory(child.pid ?? 0);
  child.stdin.write("go");
  await once(child.stdout, "data");
  const grown = memory.grownKiB();
  const kept = figuresOf(child.pid ?? 0).rssKiB - before;
  child.kill();
  await once(child, "exit");
  assert.ok(grown > 60 * 1024 && grown < 128 * 1024, `${grown} KiB where 64 MiB were taken`);
  assert.ok(kept < 32 * 1024, `${kept} KiB`); // a look before and after would not have shown it
  assert.ok(new PeakMemory(process.pid).grownKiB() < 16 * 1024, "without work there is hardly any growth");
  assert.ok(Number.isNaN(new PeakMemory(child.pid ?? 0).grownKiB()), "there is no figure for an ended process");
});

test("probes of a process that ends are faults, and those of one that lives are not", async (t) => {
  const port = await serverThat(t, (socket) => socket.end());
  let pid = 1;
  const lives = /** @type {any} */ ({ service: { port, pid } });
  const ends = /** @type {any} */ ({ service: { port, get pid() { return ++pid; } } });
  const probes = /** @type {import("./smuggling.mjs").Probe[]} */ ([{ name: "cut off", pieces: [REQUEST], answers: 1, end: "either" }]);
  assert.deepEqual((await probeAll(lives, probes)).faults, []);
  assert.match((await probeAll(ends, probes)).faults[0], /cut off: the process ended/);
});

test("every claim quotes README.md or DESIGN.md", () => {
  const documents = ["README.md", "DESIGN.md"].map((name) => readFileSync(join(checkout, name), "utf8"));
  const words = documents.join("\n").replace(/\s+/g, " ");
  const nothing = /** @type {any} */ ({ honest: newTally(), deaths: [], samples: [{ rssKiB: 0 }], seen: { probes: 0, faults: [], costs: [], rows: 0 } });
  for (const scenario of [...edgeScenarios(), ...originScenarios()]) {
    for (const { source } of scenario.claims(nothing)) {
      for (const sentence of source.split(" ... ")) assert.ok(words.includes(sentence), `${scenario.name}: ${sentence}`);
    }
  }
});

/**
 * A short flood of a dying_server.mjs.
 * @param {string} name @param {number} every @param {number} last
 */
async function floodOf(name, every, last) {
  const port = await freePorts(1);
  const program = () => ({ command: [process.execPath, join(import.meta.dirname, "dying_server.mjs"), `${port}`, `${every}`, `${last}`], env: {} });
  const service = new Service(name, join(folder, `${name}.log`), program, `http://127.0.0.1:${port}/`);
  const arena = new Arena(/** @type {any} */ (undefined), service, SECRETS);
  try {
    return await arena.run({
      name, at: "origin", what: "a control", seconds: 2, length: "fixed",
      attack: async (_, seconds) => {
        arena.attackWithRequests("attackers", "unsigned", { connections: 2, rate: 50 });
        await pause(seconds);
      },
      claims: (result) => [processLives(result, "none"), honestAreServed(result, "none")],
      observations: (result) => [restartsOf(result)],
    }, 2);
  } finally {
    await service.end("SIGKILL");
  }
}

test("a flood of a server that loses connections and dies shows both, and starts it again", async () => {
  const result = await floodOf("dying", 3, 40);
  assert.ok(result.deaths.length >= 1);
  assert.match(result.deaths[0].lastLine, /fatal: this server ends here/);
  assert.ok(result.deaths[0].answered > 0);
  assert.ok(total(result.honest.lost) > 0 && total(result.honest.served) > 0);
  assert.ok(total(result.attackers.attackers.tally.lost) > 0);
  assert.deepEqual(result.claims.map(({ holds }) => holds), [false, false]);
  assert.equal(linesOf(result).filter((line) => line.includes("does not hold today")).length, 2);
  assert.ok(linesOf(result).some((line) => /^  seen: the process ended \d+ times.*fatal: this server ends here/.test(line)));
});

test("a flood of a working server shows no loss", async () => {
  const result = await floodOf("living", 0, 0);
  assert.deepEqual(result.deaths, []);
  assert.deepEqual([result.honest.refused, result.honest.lost], [{}, {}]);
  assert.deepEqual(result.claims.map(({ holds }) => holds), [true, true]);
  assert.deepEqual(result.observations, ["no restart"]);
  const [first] = result.samples;
  assert.ok(first.rssKiB > 0 && first.descriptors > 0);
});
