// The origin part of scripts/bench: one origin with PostgreSQL and a relay, under signed calls over persistent connections. The reference
// of a call that only reads and writes is pgbench with the same statement; of a call that hashes a password, bare Argon2id.
import { interleaved, median, readable } from "./measurement.mjs";
import { bareArgon2id } from "./origin_load.mjs";
import { findSession, findSessionScript, insertRequestScript } from "./origin_pgbench.mjs";
import { OriginPlace, PASSWORD } from "./origin_place.mjs";

/**
 * @typedef {import("./measurement.mjs").Figure} Figure
 * @typedef {import("./origin_load.mjs").Calls} Calls
 * @typedef {import("./origin_load.mjs").Loaded} Loaded
 *
 * @typedef {object} Wishes
 * @property {number} [rounds]
 * @property {number} [seconds]
 * @property {(line: string) => void} say
 *
 * @typedef {{place: OriginPlace, rounds: number, seconds: number, tokens: number}} Bench `tokens`: the number for a measurement of resets
 *
 * @typedef {object} Run
 * @property {number} perSecond
 * @property {import("./measurement.mjs").Latency} [latency]
 * @property {number} [signing] microseconds of a call
 * @property {number} [ended] share of the requests
 * @property {{lost: number, calls: number}} [answers]
 *
 * @typedef {object} Hashing a use case that hashes a password in each call
 * @property {string} name
 * @property {number} [reach]
 * @property {(bench: Bench) => Promise<Calls>} calls prepared before each measurement
 * @property {(bench: Bench, loaded: Loaded) => Promise<void>} check that the answered calls had their effect
 */

const CONNECTIONS = { few: 16, many: 64 };
const REACH_OF_FORGOT = 0.7;
const REACH_OF_RESET = 0.9;
/** Connections to the database: the default of DATABASE_POOL_SIZE. */
export const POOL = 10;
const SESSIONS = 1000;
const LOG_IN_ACCOUNTS = 1000;
const MOST_WARM_UP = 0.3;
/** The share of the wished time: hashes take equal times, so fewer of them are enough. */
const HASHING_SHARE = 0.75;

/** @param {{rounds: number, seconds: number}} wishes */
export function extent({ rounds, seconds }) {
  return `${rounds} ${rounds === 1 ? "round" : "rounds"} of ${seconds} s each, less where a password is hashed and for "me"; each connection calls again as soon as it is `
    + "answered (closed loop at full load), and latencies are those of that load, uncorrected";
}

/** @param {Wishes} wishes @returns {Promise<Figure[]>} */
export async function measure({ rounds = 5, seconds = 4, say }) {
  const place = await OriginPlace.start();
  try {
    const bench = { place, rounds, seconds, tokens: await tokensFor(HASHING_SHARE * seconds) };
    /** @type {Figure[]} */
    const figures = [];
    for (const state of /** @type {const} */ (["queued", "suppressed"])) {
      say(`origin: forgot, ${state}`);
      for (const connections of Object.values(CONNECTIONS)) figures.push(await forgotFigure(bench, state, connections));
    }
    say("origin: me");
    for (const connections of Object.values(CONNECTIONS)) figures.push(await meFigure(bench, connections));
    for (const hashing of [RESET, LOG_IN, REFUSED_LOG_IN]) {
      say(`origin: ${hashing.name}`);
      figures.push(...(await hashingFigures(bench, hashing)));
    }
    return figures;
  } finally {
    await place.stop();
  }
}

/** Three times the number that a run of half a second suggests: the machine may have been slow in it. @param {number} seconds */
async function tokensFor(seconds) {
  return Math.ceil(3 * (await bareArgon2id(0.5)) * (seconds + warmUpOf(seconds))) + 2 * CONNECTIONS.many;
}

/** @param {number} seconds */
function warmUpOf(seconds) {
  return Math.min(MOST_WARM_UP, seconds / 4);
}

/** @param {Bench} bench @param {Calls} calls @param {number} connections @param {number} [seconds] */
function load({ place, seconds: all }, calls, connections, seconds = all) {
  return place.load(calls, { connections, seconds, warmUp: warmUpOf(seconds) });
}

/** @param {Loaded} loaded @returns {Run} */
function runOf({ perSecond, latency, signingMicroseconds, lost, calls }) {
  return { perSecond, latency, signing: signingMicroseconds, answers: { lost, calls } };
}

/**
 * @param {string} name @param {Run[]} ours @param {Run[]} reference @param {string} referenceName
 * @param {{reach?: number, note: string}} more
 * @returns {Figure}
 */
function figureOf(name, ours, reference, referenceName, { reach, note }) {
  return {
    name, unit: "calls/s", ours: ours.map((run) => run.perSecond), reference: reference.map((run) => run.perSecond), referenceName,
    note: [note, lostNote(ours)].filter(Boolean).join("; "),
    latency: ours.flatMap((run) => (run.latency ? [run.latency] : [])),
    ...(reach === undefined ? {} : { reach }),
  };
}

/** @param {Run[]} ours @returns {string} empty if no call was lost */
function lostNote(ours) {
  const sum = (/** @type {"lost" | "calls"} */ what) => ours.reduce((total, run) => total + (run.answers?.[what] ?? 0), 0);
  return sum("lost") === 0 ? "" : `overloaded: ${sum("lost")} calls were lost with 503, ${sum("calls")} were answered; rate and latency are of these`;
}

/**
 * The extra work of our generator, and the reference's extra connections.
 * @param {Run[]} ours @param {number} connections
 */
function pgbenchNote(ours, connections) {
  const signing = readable(median(ours.map((run) => run.signing ?? 0)));
  return `the generator shares the cores and spends ${signing} us of one on writing and signing each call; `
    + `pgbench has ${connections} connections to the database, the origin at most ${POOL}`;
}

/** @param {Bench} bench @param {"queued" | "suppressed"} state @param {number} connections @returns {Promise<Figure>} */
async function forgotFigure(bench, state, connections) {
  const { ours, reference } = await interleaved(bench.rounds, {
    ours: () => forgot(bench, state, connections),
    reference: () => insertAlone(bench, state, connections),
  });
  const note = `${state === "queued" ? workerNote(ours) : "marked to get no mail: the worker has nothing to do"}; ${pgbenchNote(ours, connections)}`;
  const name = `forgot${state === "queued" ? "" : ", suppressed"}, ${connections} connections`;
  return figureOf(name, ours, reference, "pgbench, same INSERT", { reach: REACH_OF_FORGOT, note });
}

/** @param {Run[]} ours */
function workerNote(ours) {
  const ended = Math.round(100 * median(ours.map((run) => run.ended ?? 0)));
  return `no address has an account: by the end the worker, which the reference has not, had ended ${ended} % of the requests as no_account`;
}

/** @param {Bench} bench @param {"queued" | "suppressed"} state @param {number} connections @returns {Promise<Run>} */
async function forgot(bench, state, connections) {
  await bench.place.clear();
  const input = { email: "nobody-%number@example.com", suppress: state === "suppressed" };
  const loaded = await load(bench, { useCase: "forgot-password", input, outcome: "accepted" }, connections);
  const ended = await bench.place.count("reset_requests WHERE ended_at IS NOT NULL");
  const rows = await bench.place.count("reset_requests");
  demandRows("accepted requests", rows, loaded.calls);
  return { ...runOf(loaded), ended: Math.min(1, ended / rows) };
}

/** @param {Bench} bench @param {"queued" | "suppressed"} state @param {number} clients @returns {Promise<Run>} */
async function insertAlone({ place, seconds }, state, clients) {
  await place.clear();
  const { transactions, perSecond } = await place.pgbenchAlone(insertRequestScript(state), { clients, seconds });
  demandRows("INSERTs of pgbench", await place.count("reset_requests"), transactions);
  return { perSecond };
}

/**
 * Half as long as the others, since a light read varies little.
 * @param {Bench} bench @param {number} connections @returns {Promise<Figure>}
 */
async function meFigure(bench, connections) {
  const { place } = bench;
  const seconds = Math.max(1, Math.round(bench.seconds / 2));
  await place.clear();
  const lines = await place.plantSessions(SESSIONS);
  demandRows("sessions that pgbench looks up", await place.count(`(${findSession(String(SESSIONS))}) AS found`), 1);
  /** @type {Calls} */
  const calls = { useCase: "me", input: { session: "%line", renewal: "" }, outcome: "ok", lines, use: "again" };
  const { ours, reference } = await interleaved(bench.rounds, {
    ours: async () => runOf(await load(bench, calls, connections, seconds)),
    reference: async () => /** @type {Run} */ (await place.pgbenchAlone(findSessionScript(SESSIONS), { clients: connections, seconds })),
  });
  const note = `${SESSIONS} live sessions in turn; ${pgbenchNote(ours, connections)}`;
  return figureOf(`me, ${connections} connections`, ours, reference, "pgbench, same SELECT", { note });
}

/** @type {Hashing} */
const RESET = {
  name: "good reset",
  reach: REACH_OF_RESET,
  calls: async ({ place, tokens }) => ({
    useCase: "reset-password", input: { token: "%line", new_password: PASSWORD }, outcome: "ok",
    lines: await place.plantTokens(tokens),
  }),
  check: async ({ place }, { calls }) => demandRows("resets", await place.count("audit_log WHERE event = 'password.reset'"), calls),
};

/** @type {Hashing} */
const LOG_IN = {
  name: "log-in",
  calls: async ({ place }) => ({
    useCase: "login", input: { email: "%line", password: PASSWORD, session: "%hash" }, outcome: "ok",
    lines: await place.addressesOf(LOG_IN_ACCOUNTS), use: "again",
  }),
  check: async ({ place }, { calls }) => demandRows("log-ins", await place.count("sessions"), calls),
};

/** @type {Hashing} */
const REFUSED_LOG_IN = {
  name: "refused log-in, unknown address",
  calls: async () => ({
    useCase: "login", input: { email: "nobody-%number@example.com", password: PASSWORD, session: "%hash" }, outcome: "bad_credentials",
  }),
  check: async () => {},
};

/**
 * Few connections, bare Argon2id, many connections, and the next round backwards: one reference serves both.
 * @param {Bench} bench @param {Hashing} hashing @returns {Promise<Figure[]>}
 */
async function hashingFigures(bench, hashing) {
  const { few, reference, many } = await interleaved(bench.rounds, {
    few: () => hashingRun(bench, hashing, CONNECTIONS.few),
    reference: async () => /** @type {Run} */ ({ perSecond: await bareArgon2id(HASHING_SHARE * bench.seconds) }),
    many: () => hashingRun(bench, hashing, CONNECTIONS.many),
  });
  const mails = hashing === RESET ? "; the notice of each reset is mailed to a relay on this machine" : "";
  const more = { reach: hashing.reach, note: `bare Argon2id keeps its work space, in large pages, as the origin does; the generator shares the cores${mails}` };
  const figure = (/** @type {number} */ connections, /** @type {Run[]} */ ours) =>
    figureOf(`${hashing.name}, ${connections} connections`, ours, reference, "bare Argon2id", more);
  return [figure(CONNECTIONS.few, few), figure(CONNECTIONS.many, many)];
}

/** @param {Bench} bench @param {Hashing} hashing @param {number} connections @returns {Promise<Run>} */
async function hashingRun(bench, hashing, connections) {
  await bench.place.clear();
  const loaded = await load(bench, await hashing.calls(bench), connections, HASHING_SHARE * bench.seconds);
  await hashing.check(bench, loaded);
  return runOf(loaded);
}

/** Each answered call must have its row; the warm-up's calls make more. @param {string} what @param {number} rows @param {number} calls */
function demandRows(what, rows, calls) {
  if (rows < calls) throw new Error(`${calls} ${what}, but only ${rows} rows of them in the database`);
}
