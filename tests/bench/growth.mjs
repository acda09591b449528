// The growth part of scripts/bench: the cost of calls as users, ended requests, limiter keys and connections grow by powers of ten.
// Each size is measured once, whatever the number of rounds: filling the sizes takes minutes.
import { CONNECTIONS, measureConnections } from "./growth_connections.mjs";
import { growthChart } from "./growth_figures.mjs";
import { KEYS, measureLimiters } from "./growth_limiters.mjs";
import { GrowthPlace } from "./growth_place.mjs";
import { REQUESTS, measureRequests } from "./growth_requests.mjs";
import { USERS, measureUsers } from "./growth_users.mjs";

/** @typedef {import("./measurement.mjs").Figure} Figure */

const ENOUGH = 5; // wished seconds; with fewer it is a trial without the sizes that take longest to fill

/** @param {number} seconds of one measurement */
function sizes(seconds) {
  const isTry = seconds < ENOUGH;
  return {
    users: isTry ? [1e3, 1e4] : [1e4, 1e5, 1e6],
    requests: isTry ? [1e3, 1e4] : [1e4, 1e5, 1e6],
    keys: isTry ? [1e2, 1e3] : [1e3, 1e4, 1e5],
    connections: isTry ? [10, 1000] : [10, 100, 1000, 10_000],
    counts: { light: isTry ? 40 : 200, hashing: isTry ? 10 : 40 },
    requestCounts: { forgots: isTry ? 40 : 100, mails: isTry ? 20 : 100 },
    filling: isTry ? 5000 : 90_000,
  };
}

/** @param {{seconds: number}} wishes */
export function extent({ seconds }) {
  const { users, requests, keys, connections, counts, filling } = sizes(seconds);
  const upTo = (/** @type {number[]} */ rising) => Math.max(...rising).toLocaleString("en");
  return `each size once, ${counts.hashing} to ${counts.light} calls one by one at each: up to ${upTo(users)} users, ${upTo(requests)} ended requests, `
    + `${upTo(connections)} idle connections, ${upTo(keys)} limiter keys or as many as come in ${filling / 1000} s`;
}

/** @param {import("./measurement.mjs").Wishes} wishes @returns {Promise<Figure[]>} */
export async function measure({ seconds, say }) {
  const { users, requests, keys, connections, counts, requestCounts, filling } = sizes(seconds);
  /** @type {Figure[]} */
  const figures = [];
  {
    await using parts = new AsyncDisposableStack();
    const place = parts.adopt(await GrowthPlace.start(), (one) => one.stop());
    figures.push(...(await measureUsers(place, users, counts, say)));
    figures.push(...(await measureRequests(place, requests, requestCounts, say)));
    figures.push(...(await measureConnections(place, connections, counts.light, say)));
  }
  figures.push(...(await measureLimiters(keys, { count: counts.light / 4, longest: filling }, say)));
  return figures;
}

/** @param {Figure[]} figures */
export function charts(figures) {
  return {
    "growth-users.svg": growthChart(figures, "Median time of a call as the accounts grow", USERS, "ms"),
    "growth-requests.svg": growthChart(figures, "Median time as the ended requests grow", REQUESTS, "ms"),
    "growth-connections.svg": growthChart(figures, "Median time of a call beside idle connections", CONNECTIONS, "ms"),
    "growth-limiters.svg": growthChart(figures, "Median time of a forgot request as the limiter's keys grow", KEYS, "ms"),
    "growth-limiters-held.svg": growthChart(figures, "What the limiter's keys hold", KEYS, "MiB"),
  };
}
