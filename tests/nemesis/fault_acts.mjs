// The acts of the schedule's faults: each breaks a part of the world and mends it. An act returns when everything that it broke works again.
import { execFile } from "node:child_process";
import { once } from "node:events";

import { EDGES, ORIGINS } from "./schedule.mjs";

/**
 * @typedef {import("./world.mjs").World} World
 * @typedef {import("./schedule.mjs").PlannedFault} PlannedFault
 * @typedef {import("./faulty_link.mjs").Mode} Mode
 * @typedef {(world: World, fault: PlannedFault) => Promise<Record<string, string | number> | void>} Act may return details for the record
 */

/** PostgreSQL has two kinds of crash: the loss of its processes, and an immediate stop. @type {Act} */
async function kill(world, { target, lasts }) {
  const signal = target === "database" && lasts % 2 ? "SIGQUIT" : "SIGKILL";
  await world.part(target).restart(signal, lasts);
  return { signal };
}

/** @type {Act} */
async function restart(world, { target, lasts }) {
  await world.part(target).restart(target === "database" ? "SIGINT" : "SIGTERM", lasts);
}

/** @type {Act} */
async function pause(world, { target, lasts }) {
  await world.part(target).pause(lasts);
}

/** @param {Mode} mode @returns {Act} */
function linkBecomes(mode) {
  return async (world, { target, lasts, detail }) => {
    const link = world.links.get(target);
    link?.become(mode, Number(detail.milliseconds ?? 0));
    await sleep(lasts);
    link?.become("open");
  };
}

/** @type {Act} */
async function fillDisk(world, { target, lasts }) {
  const disk = world.disks.get(target.replace("disk of ", ""));
  if (!disk) return { left_out: "no disk could be mounted" };
  await disk.fill();
  if (target === "disk of database") await useUpLog(world);
  await sleep(lasts);
  await disk.free();
  await world.isWhole();
}

/** Uses up the files that PostgreSQL has made in advance: only the next one needs space. @param {World} world */
async function useUpLog({ rig }) {
  for (let file = 0; file < 4; ++file) await rig.database.run("SELECT pg_logical_emit_message(false, '', ''), pg_switch_wal()").catch(() => {});
}

/** @type {Act} */
async function moveClock(world, { target, lasts, detail }) {
  const clock = world.clocks.get(target);
  clock?.step(Number(detail.seconds));
  await sleep(lasts);
  clock?.step(0);
}

/** @type {Act} */
async function misbehave(world, { name, lasts, detail }) {
  const misdeed = { name, share: Number(detail.share) };
  world.relay.misdeeds.add(misdeed);
  await sleep(lasts);
  world.relay.mend(misdeed);
}

/** @type {Act} */
async function spoilReceiver({ receiver }, { name, lasts, detail }) {
  const misdeed = { name, share: Number(detail.share) };
  await receiver.begin(misdeed);
  await sleep(lasts);
  await receiver.mend(misdeed);
}

/** @param {import("./key_rings.mjs").RingName} ring @returns {Act} */
function rotate(ring) {
  return (world) =>
    world.keys.exclusively(async () => {
      if (!world.keys.mayRotate(ring)) return { left_out: "the list of keys is full" };
      world.keys.append(ring);
      await restartAll(world);
      world.keys.moveLastToFront(ring);
      await restartAll(world);
    });
}

/** One after the other, origins first, so that one of each always answers. @param {World} world */
async function restartAll(world) {
  for (const name of [...ORIGINS, ...EDGES]) await world.part(name).restart("SIGTERM", 0);
}

/** @type {Act} */
async function migrate(world) {
  const { originBinary, settings, databaseUrl } = world.rig;
  let said = "";
  const child = execFile(originBinary, ["migrate"], { env: { PATH: process.env.PATH, ...settings, DATABASE_URL: databaseUrl }, timeout: 30_000 }, (_, out, err) => (said = out + err));
  const [code] = await once(child, "close");
  return code === 0 ? { exit_code: 0 } : { exit_code: code ?? -1, said: said.slice(-300) };
}

/** @type {Record<string, Act>} by the catalogue's names */
const ACTS = {
  kill,
  restart,
  pause,
  cut: linkBecomes("cut"),
  swallow: linkBecomes("swallow"),
  stall: linkBecomes("stall"),
  delay: linkBecomes("delay"),
  fill_disk: fillDisk,
  step_clock: moveClock,
  leap_clock: moveClock,
  rotate_token_keys: rotate("RESET_PASSWORD_TOKEN_SECRET"),
  rotate_call_keys: rotate("EDGE_ORIGIN_KEYS"),
  migrate,
  receiver_refuses: spoilReceiver,
  receiver_drops: spoilReceiver,
  receiver_away: spoilReceiver,
};

/**
 * Carries out the schedule, beginning now. Returns when everything is mended.
 * @param {World} world
 * @param {PlannedFault[]} schedule
 */
export async function carryOut(world, schedule) {
  const beginning = world.recorder.now();
  await Promise.all(schedule.map((fault) => carryOutOne(world, fault, beginning)));
}

/** @param {World} world @param {PlannedFault} fault @param {number} beginning of the schedule, by the run's clock */
async function carryOutOne(world, fault, beginning) {
  const { recorder } = world;
  await sleep(beginning + fault.at - recorder.now());
  const began = recorder.now();
  const act = ACTS[fault.name] ?? misbehave;
  const more = await act(world, fault).catch((error) => ({ trouble: String(error) }));
  recorder.fault({ kind: "fault", began, ended: recorder.now(), name: fault.name, target: fault.target, detail: { ...fault.detail, ...more } });
}

/** @param {number} milliseconds */
function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, milliseconds)));
}

/** For the tests: whether the catalogue may use the name. @param {string} name */
export function hasAct(name) {
  return name in ACTS || name.startsWith("relay_");
}

