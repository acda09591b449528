// Counts what a thousand clients with one request each leave behind: descriptors and files of workerd, descriptors and threads of the
// origin.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readlinkSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { storageBelow, stored } from "../edge/limiter_storage.mjs";
import { GENEROUS_LIMITS, Rig } from "../rig/rig.mjs";
import { keepBusy, until } from "../system/polling.mjs";
import { assertAllLookedAt, assertGates } from "./gate.mjs";

const CLIENTS = 1000;
const LANES = 8;
const LONG = Object.fromEntries(Object.keys(GENEROUS_LIMITS).map((name) => [name, "1000/86400"]));
/** What a process is given where nobody set more. */
const DESCRIPTORS = ["prlimit", "--nofile=1024:1024"];

const MEMORY = "/dev/shm";
const ROOM = 2 ** 30; // in containers there are 64 MiB, which the cluster alone would fill
/** @type {Rig} */
let rig;

/** In memory if there is enough: a disk would cost a wait for each commit, and no count depends on it. */
function chooseRoom() {
  if (!existsSync(MEMORY)) return;
  const { bavail, bsize } = statfsSync(MEMORY);
  if (bavail * bsize > ROOM) process.env.REKEY_RIG_FOLDER ??= MEMORY; // the rig removes its folder there, also after SIGTERM
}

before(async () => {
  chooseRoom();
  rig = await Rig.start({
    originSettings: { HASH_PARALLEL: "2" }, // otherwise the number of threads depends on the machine's cores
    edgeSettings: LONG,
    wrap: (name, { command, env }) => ({ command: name.startsWith("edge") ? [...DESCRIPTORS, ...command] : command, env }),
  });
});
after(() => rig?.stop());

/** @param {number} number */
async function askOnce(number) {
  const client = { "cf-connecting-ip": `198.18.${number >> 8}.${number & 255}` };
  const answer = await rig.ask(rig.edges[0].url, "POST", "/api/users/forgot-password", { email: `c${number}@example.com` }, client);
  assert.equal(answer.status, 202);
}

/** @param {import("../rig/service.mjs").Service} service */
function watch(service) {
  const most = { descriptors: 0, threads: 0 };
  const look = () => {
    const { descriptors, threads } = service.figures();
    most.descriptors = Math.max(most.descriptors, descriptors);
    most.threads = Math.max(most.threads, threads);
  };
  const timer = setInterval(look, 50);
  return { most, stop: () => (look(), clearInterval(timer)) };
}

/** @param {import("../rig/service.mjs").Service} service @returns {string[]} the targets of its descriptors */
function descriptorsOf(service) {
  const folder = `/proc/${service.programPid()}/fd`;
  return readdirSync(folder).map((name) => targetOf(join(folder, name)));
}

/** @param {string} link @returns {string} empty where it is gone by now */
function targetOf(link) {
  try {
    return readlinkSync(link);
  } catch {
    return "";
  }
}

test("a thousand clients leave behind no more than the gates allow", async (t) => {
  const [edge, origin] = [rig.edges[0], rig.origins[0]];
  const ofOrigin = watch(origin);
  let asked = 0;
  await keepBusy(LANES, () => asked >= CLIENTS, () => askOnce(asked++));
  ofOrigin.stop();
  await stored(edge.limitsFolder);
  const descriptors = descriptorsOf(edge).filter((path) => !path.startsWith("socket:")).length;
  const isOpen = () => storageBelow(edge.limitsFolder).some(({ path }) => path.endsWith("-wal"));
  await until("workerd has dropped the limiter", () => !isOpen(), { deadline: 60_000, every: 250 });
  const files = storageBelow(edge.limitsFolder);
  assertGates(t, "thousand clients, edge", {
    descriptors,
    files: files.length,
    diskBytes: files.reduce((sum, { size }) => sum + size, 0),
  });
  assertGates(t, "thousand clients, origin", { descriptors: ofOrigin.most.descriptors, threads: ofOrigin.most.threads });
});

test("every gate of the thousand clients is checked", () => assertAllLookedAt("thousand clients, "));
