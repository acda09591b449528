// The accounts part of scripts/bench: what it costs to reach accounts in the table of another product. The same calls to two origins, one
// over Django's table and one over Rekey's own; with the default seconds each table has a million rows.
import { watchDrain } from "./mail_drain.mjs";
import { accountAddress, fillQueue } from "./mail_queue.mjs";
import { interleaved, median } from "./measurement.mjs";
import { formatRate } from "./origin_load.mjs";
import { OriginPlace } from "./origin_place.mjs";

/**
 * @typedef {import("./measurement.mjs").Figure} Figure
 * @typedef {{foreign: OriginPlace, own: OriginPlace, rounds: number, seconds: number}} Bench
 * @typedef {{perSecond: number, latency?: import("./measurement.mjs").Latency, ended?: number}} Run
 */

const PRODUCT = "django";
const OWN_FORMAT = "argon2id";
/** The other words of PASSWORD_FORMAT. */
export const FORMATS = ["bcrypt-2b", "bcrypt-2y", "django-argon2", "django-pbkdf2", "django-bcrypt-sha256", "better-auth", "aspnet-v3"];
const REACH = 0.9;
const CONNECTIONS = 64;
const WARM_UP = 0.3;
const ROWS = 1_000_000;
const FEW_ROWS = 20_000;
const ADDRESSES = 100_000;
/** Mails in the queue for each second of a measurement: fewer than a worker sends. */
const MAILS = 1000;
const LONGEST_DRAIN = 60_000;

/** @param {number} seconds */
function rowsFor(seconds) {
  return seconds < 3 ? FEW_ROWS : ROWS;
}

/** @param {{rounds: number, seconds: number}} wishes */
export function extent({ rounds, seconds }) {
  return `${rounds} ${rounds === 1 ? "round" : "rounds"} of ${seconds} s each, alternately over both tables of ${rowsFor(seconds).toLocaleString("en")} rows; `
    + `${CONNECTIONS} connections, each of which calls again as soon as it is answered (closed loop at full load)`;
}

/** @param {import("./measurement.mjs").Wishes} wishes @returns {Promise<Figure[]>} */
export async function measure({ rounds, seconds, say }) {
  await using parts = new AsyncDisposableStack();
  const foreign = parts.adopt(await OriginPlace.start({ accounts: PRODUCT }), (place) => place.stop());
  const own = parts.adopt(await OriginPlace.start(), (place) => place.stop());
  const bench = { foreign, own, rounds, seconds };
  say(`accounts: ${rowsFor(seconds)} rows in each table`);
  for (const place of [foreign, own]) await addAccounts(place, rowsFor(seconds));
  say("accounts: forgot");
  const figures = [await forgotFigure(bench, "unknown addresses"), await forgotFigure(bench, "addresses of accounts")];
  say("accounts: mails");
  figures.push(await mailsFigure(bench));
  say("accounts: hashes");
  return [...figures, ...(await hashFigures(bench))];
}

/** All with the hash of the account that the place has made. @param {OriginPlace} place @param {number} count */
async function addAccounts({ database, rig }, count) {
  const table = rig.plan.accounts ? "public.auth_user" : "rekey.users";
  await database.run(`
    INSERT INTO users (username, email, password_hash)
    SELECT 'bench' || n / 1000 || '-' || n % 1000, 'bench-' || n || '@example.com', (SELECT password_hash FROM users WHERE username = 'first')
    FROM generate_series(1, ${count}) AS n`);
  await database.run(`ALTER TABLE ${table} SET (autovacuum_enabled = off)`);
  await database.run(`VACUUM ANALYZE ${table}`);
  await database.run("CHECKPOINT");
}

/** @param {Bench} bench @param {"unknown addresses" | "addresses of accounts"} whose @returns {Promise<Figure>} */
async function forgotFigure(bench, whose) {
  const one = (/** @type {OriginPlace} */ place) => () => forgot(bench, place, whose);
  const { foreign, own } = await interleaved(bench.rounds, { foreign: one(bench.foreign), own: one(bench.own) });
  const share = (/** @type {Run[]} */ runs) => Math.round(100 * median(runs.map((run) => run.ended ?? 0)));
  return figureOf(`forgot, ${whose}`, "calls/s", foreign, own, `by the end the worker had ended ${share(foreign)} % of the requests, over Rekey's own table ${share(own)} %`);
}

/** @param {Bench} bench @param {OriginPlace} place @param {string} whose @returns {Promise<Run>} */
async function forgot(bench, place, whose) {
  await clear(bench);
  const known = Array.from({ length: Math.min(ADDRESSES, rowsFor(bench.seconds)) }, (_, index) => accountAddress(index + 1));
  /** @type {import("./origin_load.mjs").Calls} */
  const calls = whose === "unknown addresses"
    ? { useCase: "forgot-password", input: { email: "nobody-%number@example.com", suppress: false }, outcome: "accepted" }
    : { useCase: "forgot-password", input: { email: "%line", suppress: false }, outcome: "accepted", lines: known, use: "again" };
  const loaded = await place.load(calls, { connections: CONNECTIONS, seconds: bench.seconds, warmUp: WARM_UP });
  const rows = await place.count("reset_requests");
  if (rows < loaded.calls) throw new Error(`${loaded.calls} accepted requests, but only ${rows} rows of them in the database`);
  return { perSecond: loaded.perSecond, latency: loaded.latency, ended: (await place.count("reset_requests WHERE ended_at IS NOT NULL")) / rows };
}

/** What a new hash of each form costs, beside the form that is Rekey's own. @param {Bench} bench @returns {Promise<Figure[]>} */
async function hashFigures({ rounds, seconds }) {
  const words = [...FORMATS, OWN_FORMAT];
  const rates = await interleaved(rounds, Object.fromEntries(words.map((word) => [word, () => formatRate(word, seconds / 4)])));
  return FORMATS.map((word) => ({
    name: `new hashes, ${word}`, unit: "hashes/s", ours: rates[word], reference: rates[OWN_FORMAT], referenceName: OWN_FORMAT,
    note: `on one core, with the default cost: ${Math.round(1000 / median(rates[word]))} ms each`,
  }));
}

/** @param {Bench} bench @returns {Promise<Figure>} */
async function mailsFigure(bench) {
  const one = (/** @type {OriginPlace} */ place) => () => mails(bench, place);
  const { foreign, own } = await interleaved(bench.rounds, { foreign: one(bench.foreign), own: one(bench.own) });
  return figureOf("mails of a full queue", "mails/s", foreign, own, `${MAILS * bench.seconds} requests of as many accounts wait`);
}

/** @param {Bench} bench @param {OriginPlace} place @returns {Promise<Run>} */
async function mails(bench, place) {
  await clear(bench);
  await place.sink.forget();
  const expected = MAILS * bench.seconds;
  await fillQueue(place.database, expected, "good");
  const { perSecond, left } = await watchDrain(place.database, place.sink, { from: Date.now(), expected, longest: LONGEST_DRAIN });
  if (left > 0) throw new Error(`${left} of ${expected} requests still waited at the end`);
  return { perSecond };
}

/** Both: an origin with work left would disturb the other. @param {Bench} bench */
async function clear({ foreign, own }) {
  for (const place of [foreign, own]) await place.clear();
}

/** @param {string} name @param {string} unit @param {Run[]} foreign @param {Run[]} own @param {string} note @returns {Figure} */
function figureOf(name, unit, foreign, own, note) {
  const latency = foreign.flatMap((run) => (run.latency ? [run.latency] : []));
  return {
    name, unit, ours: foreign.map((run) => run.perSecond), reference: own.map((run) => run.perSecond), referenceName: "Rekey's own table", reach: REACH, note,
    ...(latency.length > 0 ? { latency } : {}),
  };
}
