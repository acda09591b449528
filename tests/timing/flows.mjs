// The timed flows: for each its classes, which of them are compared, and the bytes of each class's requests at either place.
// Every flow has two controls of the baseline's kind, with other addresses: `twin` must not be told apart from it; the proxy delays
// the marked requests of `held`, and that must be found.
import { tokenHash } from "../system/token.mjs";
import { mintRecoveryId, printsOf } from "../system/code.mjs";
import { edgeGet, edgePost, originRequest } from "./requests.mjs";
import { clientIp, PEOPLE } from "./world.mjs";

/**
 * @typedef {import("./world.mjs").World} World
 * @typedef {import("./requests.mjs").Mark} Mark
 * @typedef {"origin" | "edge"} Place
 *
 * @typedef {object} Measure a member's sample: the sum of the times of some of its requests
 * @property {string} name
 * @property {number} first the first request of the sum
 * @property {number} end the first request after the sum
 *
 * @typedef {object} Flow
 * @property {string} name
 * @property {string} baseline the class with which the others are compared
 * @property {string[]} subjects classes that must not be told apart from it
 * @property {string[]} rareSubjects such classes, too, but only in as many groups as the controls
 * @property {number} [rareEvery] in place of the option --rare: one of so many groups holds the controls, and one the rare subjects
 * @property {string[]} notes classes compared for information: only the holder of a mailed link, or of the keys, can make such a
 *   request, so they reveal no account to a stranger
 * @property {Record<Place, number>} pause microseconds after each member, before the next
 * @property {Measure[]} measures
 * @property {Record<Place, number[]>} statuses expected for each request of a member
 * @property {(world: World, place: Place, of: string, index: number) => Buffer[]} requests of one member, made just before they are sent
 */

export const TWIN = "twin";
export const HELD = "held";

/** Light calls right after a forgot request, which the worker's work for it might slow down. */
const LIGHT_CALLS = 6;

/**
 * Microseconds. A mail worker that each request woke (before decision 33 of DESIGN.md) ended its work in this pause, at the edge in the
 * time of the six calls: otherwise a known address's mail would have slowed down the next member, which is more often an unknown one,
 * since no class comes twice in a group. Now its rounds come at random moments, about a second apart, whether or not there is a pause.
 */
const MAIL_PAUSE = { origin: 4000, edge: 0 };
const NO_PAUSE = { origin: 0, edge: 0 };

const WRONG_PASSWORD = "not the right password";

/** @param {string} of @returns {Mark} */
function markOf(of) {
  return of === HELD ? "held" : "plain";
}

/** @param {World} world @param {string} of @param {number} index */
function emailOf(world, of, index) {
  return world.people[of][index % PEOPLE].email;
}

/** @type {Flow} */
const forgot = {
  name: "forgot",
  baseline: "unknown",
  subjects: ["known"],
  rareSubjects: ["inactive"],
  notes: [],
  pause: MAIL_PAUSE,
  measures: [{ name: "forgot", first: 0, end: 1 }, { name: "six calls after a forgot", first: 1, end: 1 + LIGHT_CALLS }],
  statuses: { origin: Array(1 + LIGHT_CALLS).fill(200), edge: [202, ...Array(LIGHT_CALLS).fill(200)] },
  requests: (world, place, of, index) => [forgotRequest(world, place, of, index), ...lightRequests(world, place, of, index)],
};

/** @param {World} world @param {Place} place @param {string} of @param {number} index */
function forgotRequest(world, place, of, index) {
  const email = emailOf(world, of, index);
  const ip = clientIp(index % PEOPLE);
  if (place === "edge") return edgePost("/api/users/forgot-password", { email }, ip, markOf(of));
  return originRequest(world.rig.settings.EDGE_ORIGIN_KEYS, "forgot-password", { email, suppress: false }, ip, markOf(of));
}

/** The sum of their times is one sample. In the positive control one of them is delayed. @param {World} world @param {Place} place @param {string} of @param {number} index */
function lightRequests(world, place, of, index) {
  const marks = Array.from({ length: LIGHT_CALLS }, (_, call) => (call === 0 ? markOf(of) : "plain"));
  return marks.map((mark) => meRequest(world, place, clientIp(index % PEOPLE), mark));
}

/** @param {World} world @param {Place} place @param {string} ip @param {Mark} mark */
function meRequest(world, place, ip, mark) {
  if (place === "edge") return edgeGet("/api/users/me", world.sessionToken, ip, mark);
  const input = { session: tokenHash(world.sessionToken), renewal: "" };
  return originRequest(world.rig.settings.EDGE_ORIGIN_KEYS, "me", input, ip, mark);
}

/** @type {Flow} */
const login = {
  name: "log-in",
  baseline: "unknown",
  subjects: ["known"],
  rareSubjects: ["inactive"],
  rareEvery: 1, // a third of the pairs did not show four microseconds
  notes: [],
  pause: NO_PAUSE,
  measures: [{ name: "log-in, wrong password", first: 0, end: 1 }],
  statuses: { origin: [200], edge: [401] },
  requests: (world, place, of, index) => {
    const fields = { email: emailOf(world, of, index), password: WRONG_PASSWORD };
    const ip = clientIp(index % PEOPLE);
    if (place === "edge") return [edgePost("/api/users/login", fields, ip, markOf(of))];
    const input = { ...fields, session: tokenHash(`${index}`) };
    return [originRequest(world.rig.settings.EDGE_ORIGIN_KEYS, "login", input, ip, markOf(of))];
  },
};

/** @type {Flow} */
const reset = {
  name: "reset",
  baseline: "used",
  subjects: [],
  rareSubjects: [],
  notes: ["inactive", "expired", "never-issued"],
  pause: NO_PAUSE,
  measures: [{ name: "reset, dead token", first: 0, end: 1 }],
  statuses: { origin: [200], edge: [400] },
  requests: (world, place, of, index) => {
    const token = world.tokens[of][index % PEOPLE];
    const fields = { new_password: "a walk in the rain" };
    const ip = clientIp(index % PEOPLE);
    if (place === "edge") return [edgePost("/api/users/reset-password", { token, ...fields }, ip, markOf(of))];
    const input = { token: tokenHash(token), ...fields };
    return [originRequest(world.rig.settings.EDGE_ORIGIN_KEYS, "reset-password", input, ip, markOf(of))];
  },
};

/**
 * Wrong codes, each counted: a request is tried five times, by five groups that follow each other. Each try writes into the request's row,
 * and a row that was left alone for longer costs some microseconds more: so every class is in every group.
 * @type {Flow}
 */
const check = {
  name: "check",
  baseline: "unknown",
  subjects: ["known"],
  rareSubjects: ["inactive"],
  rareEvery: 1,
  notes: [],
  pause: NO_PAUSE,
  measures: [{ name: "check, wrong code", first: 0, end: 1 }],
  statuses: { origin: [200], edge: [400] },
  requests: (world, place, of, index) => {
    const requestId = world.recoveryOf(of, index);
    const ip = clientIp(index % PEOPLE);
    const secret = world.rig.settings.RESET_PASSWORD_TOKEN_SECRET;
    if (place === "edge") return [edgePost("/api/users/recovery/check", { recovery_id: mintRecoveryId(secret, requestId), code: "00000000" }, ip, markOf(of))];
    const input = { recovery: requestId, code: printsOf(secret, requestId, "00000000") };
    return [originRequest(world.rig.settings.EDGE_ORIGIN_KEYS, "check-code", input, ip, markOf(of))];
  },
};

/** @type {Record<string, Flow>} by the word of `--flow` */
export const FLOWS = { forgot, login, reset, check };
