// What is timed: for each flow its classes, which of them are compared, and the bytes of each class's requests at either place.
// Every flow holds its own controls: `twin` is of the baseline's kind with other addresses, and must not be told apart; `held` is too,
// but the proxy holds its marked requests for a moment, and must be.
import { tokenHash } from "../system/token.mjs";
import { edgeGet, edgePost, originRequest } from "./requests.mjs";
import { clientIp, PEOPLE } from "./world.mjs";

/**
 * @typedef {import("./world.mjs").World} World
 * @typedef {import("./requests.mjs").Mark} Mark
 * @typedef {"origin" | "edge"} Place
 *
 * @typedef {object} Measure a sample of a member: the sum of some of its requests' times
 * @property {string} name
 * @property {number} first the first request of the sum
 * @property {number} end the first behind it
 *
 * @typedef {object} Flow
 * @property {string} name
 * @property {string} baseline the class that the others are compared with
 * @property {string[]} subjects the classes that must not be told from it
 * @property {string[]} rareSubjects those too, in as many groups as the controls
 * @property {string[]} notes classes that are compared for information: they tell no stranger who has an account, since only the
 *   holder of a mailed link, or of the keys, can make such a request
 * @property {Record<Place, number>} pause microseconds after each member, before the next
 * @property {Measure[]} measures
 * @property {Record<Place, number[]>} statuses what each request of a member is to be answered with
 * @property {(world: World, place: Place, of: string, index: number) => Buffer[]} requests of one member, made just before they are sent
 */

export const TWIN = "twin";
export const HELD = "held";

/** Right behind a forgot; as many as were timed by hand when the instrument was asked for. */
const LIGHT_CALLS = 6;

/**
 * Microseconds. In this time, and in that of the six calls, which are slow at the edge, the mail worker ends what the forgot began; the
 * report tells how long mails took. Without it the mail of a known address would slow down the next member, who is more often an unknown
 * one, since no class comes twice in a group.
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

/** The sum of them is one sample: the positive control holds one of them. @param {World} world @param {Place} place @param {string} of @param {number} index */
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

/** @type {Record<string, Flow>} by the word of `--flow` */
export const FLOWS = { forgot, login, reset };
