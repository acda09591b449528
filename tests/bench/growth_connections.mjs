// The cost of a light call and of a forgot request beside a growing number of idle connections to the origin.
import { connect } from "node:net";

import { amountFigure, latencyFigure } from "./growth_figures.mjs";

/**
 * @typedef {import("./growth_place.mjs").GrowthPlace} GrowthPlace
 * @typedef {import("./measurement.mjs").Figure} Figure
 * @typedef {import("node:net").Socket} Socket
 */

export const CONNECTIONS = "idle connections";

/**
 * @param {GrowthPlace} place
 * @param {number[]} sizes rising
 * @param {number} count of calls
 * @param {(line: string) => void} say
 * @returns {Promise<Figure[]>}
 */
export async function measureConnections(place, sizes, count, say) {
  /** @type {Figure[]} */
  const figures = [];
  for (const size of sizes) {
    say(`growth: ${size} idle connections`);
    const sockets = await openIdle(place.rig.origins[0].port, size);
    figures.push(...(await figuresBeside(place, sockets, { of: CONNECTIONS, size }, count)));
    for (const socket of sockets) socket.destroy();
  }
  return figures;
}

/** @param {GrowthPlace} place @param {Socket[]} sockets @param {{of: string, size: number}} size @param {number} count */
async function figuresBeside(place, sockets, size, count) {
  const { calls, rig } = place;
  const health = await calls.timed(count, () => calls.health(rig.settings.RESET_PASSWORD_TOKEN_SECRET));
  const forgot = await calls.timed(count, () => place.forgot(place.freshAccount()));
  const { rssKiB, descriptors } = rig.origins[0].figures();
  const note = `${sockets.filter((socket) => !socket.closed).length} of them still open, ${descriptors} descriptors at the origin`;
  return [
    latencyFigure("health", size, health, note),
    latencyFigure("forgot", size, forgot, note),
    amountFigure("memory of the origin", size, rssKiB / 1024, "MiB"),
  ];
}

/** @param {number} port @param {number} count @returns {Promise<Socket[]>} that the origin has accepted or has in its backlog */
async function openIdle(port, count) {
  /** @type {Socket[]} */
  const sockets = [];
  while (sockets.length < count) {
    const some = Math.min(500, count - sockets.length); // fewer than the listener's backlog holds
    sockets.push(...(await Promise.all(Array.from({ length: some }, () => openOne(port)))));
  }
  return sockets;
}

/** @param {number} port @returns {Promise<Socket>} */
function openOne(port) {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1" }, () => resolve(socket.resume()));
    socket.on("error", reject); // ignored after the connect: the origin may close an idle connection
  });
}
