// One request on a new connection, as a proxy without persistent connections sends it, and so the first call that a full server turns
// away. `askOnce` waits for the answer, `probe` for all answers until the server closes; `listens` only connects.
import { connect } from "node:net";

import { AnswerReader } from "./answer_reader.mjs";
import { reasonOf } from "./lanes.mjs";

/**
 * @typedef {{status: number} | {lost: string}} Outcome
 *
 * @typedef {object} Seen the result of a probe
 * @property {number[]} statuses of all answers
 * @property {boolean} closed whether the server closed within the patience
 * @property {number} milliseconds until the first answer, or until the end without one
 */

/**
 * @param {number} port on 127.0.0.1
 * @param {string} bytes
 * @param {number} patience milliseconds
 * @returns {Promise<Outcome>}
 */
export function askOnce(port, bytes, patience) {
  return new Promise((resolve) => {
    const reader = new AnswerReader();
    const socket = connect({ host: "127.0.0.1", port, noDelay: true });
    const late = setTimeout(() => finish({ lost: "timed out" }), patience);
    /** @param {Outcome} outcome */
    const finish = (outcome) => {
      clearTimeout(late);
      socket.destroy();
      resolve(outcome);
    };
    socket.on("connect", () => socket.write(bytes, "latin1"));
    socket.on("data", (part) => reader.feed(part).forEach((status) => finish({ status })));
    socket.on("error", (error) => finish({ lost: reasonOf(error) }));
    socket.on("close", () => finish({ lost: "closed" }));
  });
}

/**
 * Sends the pieces one after the other, a moment apart, so that they arrive in separate packets.
 * @param {number} port on 127.0.0.1
 * @param {string[]} pieces
 * @param {number} patience milliseconds
 * @returns {Promise<Seen>}
 */
export function probe(port, pieces, patience) {
  const reader = new AnswerReader();
  /** @type {number[]} */
  const statuses = [];
  const started = performance.now();
  let answered = 0;
  const note = (/** @type {number[]} */ answers) => {
    if (answers.length > 0) answered ||= performance.now();
    statuses.push(...answers);
  };
  const socket = connect({ host: "127.0.0.1", port, noDelay: true, allowHalfOpen: true });
  socket.on("connect", () => void sendPieces(socket, pieces));
  socket.on("data", (part) => note(reader.feed(part)));
  socket.on("error", () => {}); // a reset counts as an end
  return new Promise((resolve) => {
    const finish = (/** @type {boolean} */ closed) => {
      clearTimeout(late);
      socket.destroy();
      note(reader.end());
      resolve({ statuses, closed, milliseconds: (answered || performance.now()) - started });
    };
    const late = setTimeout(() => finish(false), patience);
    socket.once("end", () => finish(true));
    socket.once("close", () => finish(true));
  });
}

/** @param {number} port on 127.0.0.1 @param {number} patience milliseconds @returns {Promise<boolean>} */
export function listens(port, patience) {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, timeout: patience });
    const finish = (/** @type {boolean} */ connected) => {
      socket.destroy();
      resolve(connected);
    };
    socket.once("connect", () => finish(true)).once("timeout", () => finish(false)).once("error", () => finish(false));
  });
}

const BETWEEN_PIECES = 50;

/** @param {import("node:net").Socket} socket @param {string[]} pieces */
async function sendPieces(socket, pieces) {
  for (const piece of pieces) {
    if (socket.destroyed) return;
    if (!socket.write(piece, "latin1")) await drained(socket);
    if (pieces.length > 1 && piece.length < 65_536) await new Promise((resolve) => setTimeout(resolve, BETWEEN_PIECES));
  }
}

/** @param {import("node:net").Socket} socket */
function drained(socket) {
  return new Promise((resolve) => {
    socket.once("drain", resolve);
    socket.once("close", resolve);
  });
}
