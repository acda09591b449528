// Does the time of an answer reveal who has an account? Run by `scripts/prove timing`: times the answers of a Rekey of release builds
// on this machine, class by class, with two controls among the groups of requests.
import { mkdirSync } from "node:fs";
import { cpus, loadavg } from "node:os";

import { FLOWS } from "./flows.mjs";
import { Measurement } from "./measurement.mjs";
import { readOptions, USAGE } from "./options.mjs";
import { tableOf, titleOf, writeReport } from "./report.mjs";
import { Stage } from "./stage.mjs";
import { Storm } from "./storm.mjs";
import { exitCodeOf } from "./verdict.mjs";
import { ORIGIN_SETTINGS } from "./world.mjs";

/**
 * @typedef {import("./options.mjs").Options} Options
 * @typedef {import("./report.mjs").Result} Result
 * @typedef {import("./report.mjs").Report} Report
 * @typedef {{measurement: Measurement, groups: number}} Section
 */

const PILOT_GROUPS = 150;
const WARM_UP_SHARE = 1 / 50;
const BUSY_LOAD = 0.5;
/** The slow-down of a group under the storm, for the estimate only. */
const STORM_SLOWNESS = 1.6;

/** @param {string} text */
function say(text) {
  console.log(`timing: ${text}`);
}

/** @param {number} seconds */
function minutes(seconds) {
  return seconds < 100 ? `${Math.ceil(seconds)} s` : `${(seconds / 60).toFixed(1)} min`;
}

/** @param {string} when */
function tellLoad(when) {
  const load = loadavg();
  say(`load average ${when}: ${load.map((value) => value.toFixed(2)).join(" ")} on ${cpus().length} cores`);
  return load;
}

/** @param {Options} options @param {Stage} stage @returns {Section[]} */
function sectionsOf(options, stage) {
  const { flows, places, situations, pairs, stormPairs } = options;
  return situations.flatMap((situation) => places.flatMap((place) => flows.map((name) => {
    const groups = situation === "idle" ? pairs : stormPairs;
    return { measurement: new Measurement(stage, FLOWS[name], place, situation, options.rareEvery[situation]), groups };
  })));
}

/** @param {Section} section @returns {number} its seconds, known once a pilot has run */
function expectedSeconds({ measurement, groups }) {
  return groups * (1 + WARM_UP_SHARE) * measurement.secondsPerGroup * (measurement.situation === "idle" ? 1 : STORM_SLOWNESS);
}

/** @param {Section[]} sections */
async function estimate(sections) {
  for (const { measurement, groups } of sections) await measurement.warmUp(Math.min(PILOT_GROUPS, Math.ceil(groups / 10)));
  const seconds = sections.reduce((sum, section) => sum + expectedSeconds(section), 0);
  say(`${sections.length} sections, about ${minutes(seconds)} in all; nothing else may run meanwhile`);
}

/** @param {Section} section @returns {Promise<Result>} */
async function takeSection(section) {
  const { situation, stage } = section.measurement;
  const storm = situation === "storm" ? new Storm(stage.world, stage.folder) : undefined;
  const taken = await takeTimes(section).finally(() => storm?.stop());
  await stage.world.quiet();
  return { ...taken, comparisons: section.measurement.takeComparisons() };
}

/** @param {Section} section @returns {Promise<Omit<Result, "comparisons">>} */
async function takeTimes({ measurement, groups }) {
  const { flow, place, situation, stage } = measurement;
  const title = titleOf({ flow: flow.name, place, situation });
  await measurement.warmUp(Math.max(50, Math.ceil(groups * WARM_UP_SHARE)));
  const mailsBefore = await stage.world.mailCount();
  const start = performance.now();
  await measurement.take(groups, (done) =>
    say(`${title}: ${done} of ${groups} groups, ${minutes((groups - done) * measurement.secondsPerGroup)} left`));
  const seconds = (performance.now() - start) / 1000;
  const mails_per_second = Math.round(((await stage.world.mailCount()) - mailsBefore) / seconds);
  const mailTimes = flow === FLOWS.forgot ? { mail_milliseconds: await stage.world.mailTimes() } : {};
  return { flow: flow.name, place, situation, groups, seconds, faults: measurement.faults, mails_per_second, ...mailTimes };
}

/** @param {Section[]} sections @returns {Promise<Result[]>} */
async function takeAll(sections) {
  /** @type {Result[]} */
  const results = [];
  for (const section of sections) {
    results.push(await takeSection(section));
    console.log(tableOf(results.slice(-1)));
  }
  return results;
}

/** @param {Options} options @param {Stage} stage @returns {Promise<Report>} */
async function measure(options, stage) {
  const started = new Date().toISOString();
  const loadAtStart = tellLoad("at the start");
  if (loadAtStart[0] > BUSY_LOAD) say("WARNING: this machine is or was busy with other work; under load the instrument finds less");
  const sections = sectionsOf(options, stage);
  await estimate(sections);
  const results = await takeAll(sections);
  const load = { load_at_start: loadAtStart, load_at_end: tellLoad("at the end, this run included") };
  const machine = { cpu: cpus()[0].model, cores: cpus().length, ...load };
  const request_states = await stage.world.requestStates();
  return { started, delay_microseconds: options.delays, data: options.data, machine, origin_settings: ORIGIN_SETTINGS, request_states, results };
}

/** @param {Report} report @param {string} folder */
function tell(report, folder) {
  console.log(`\n${tableOf(report.results)}\n`);
  const states = Object.entries(report.request_states).map(([state, count]) => `${count} ${state}`);
  say(`forgot requests by their final state, those of storms included: ${states.join(", ") || "none"}`);
  mkdirSync(folder, { recursive: true });
  say(`written: ${writeReport(report, folder).join(", ")}`);
}

/** @param {Options} options @returns {Promise<number>} the exit code */
async function main(options) {
  const { ARGON2_MEMORY_KIB: memory, ARGON2_PASSES: passes } = ORIGIN_SETTINGS;
  say(`hashes have the lowest cost that can be set, ${memory} KiB and ${passes} pass, so that work beside Argon2id can be seen`);
  say(`a relay takes all mails at once; PostgreSQL and the limiters keep their data ${options.data === "memory" ? "in memory" : "on disk"}`);
  if (options.accounts) say(`the accounts are those of ${options.accounts}`);
  const stage = await Stage.start({ ...options, relay: "sink" });
  try {
    const report = await measure(options, stage);
    tell(report, options.out);
    return exitCodeOf(report.results);
  } finally {
    await stage.stop();
  }
}

/** @returns {Options} */
function optionsOrUsage() {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${USAGE}`);
    process.exit(2);
  }
}

process.exitCode = await main(optionsOrUsage());
