// The mass of a flood: connections that ask without a pause, each again as soon as it is answered, with one request or several under
// way. Runs in a process of its own (crew_member.mjs). Bounded by its count, its rate and by stop().
import { connect } from "node:net";

import { AnswerReader } from "./answer_reader.mjs";
import { countAnswer, countLoss, newTally } from "./tally.mjs";

/**
 * @typedef {object} LanesPlan
 * @property {number} port on 127.0.0.1
 * @property {number} connections
 * @property {number} [depth] requests sent at once on each; 1 by default
 * @property {number} [count] requests in all; without end by default
 * @property {number} [rate] requests a second in all; as fast as they are answered by default
 * @property {number} [patience] milliseconds for an answer
 */

const PATIENCE = 10_000;
const RECONNECT_AFTER = 100; // with a dead server each lane makes ten attempts a second, instead of occupying a core

export class Lanes {
  tally = newTally();
  #sent = 0;
  #stopped = false;
  #started = performance.now();
  /** @type {Set<Lane>} */
  #lanes = new Set();

  /** @param {LanesPlan} plan @param {(index: number) => string} requestOf the bytes of each request */
  constructor(plan, requestOf) {
    this.plan = plan;
    this.requestOf = requestOf;
  }

  start() {
    this.#started = performance.now();
    for (let i = 0; i < this.plan.connections; ++i) this.#lanes.add(new Lane(this));
    for (const lane of this.#lanes) lane.open();
  }

  /** Requests under way are given up and not counted. */
  stop() {
    this.#stopped = true;
    for (const lane of this.#lanes) lane.abandon();
  }

  report() {
    return { tally: this.tally, sent: this.#sent };
  }

  isOver() {
    return this.#stopped || this.#sent >= (this.plan.count ?? Infinity);
  }

  /** @returns {number} milliseconds until the rate allows one more */
  pause() {
    const due = this.plan.rate ? (this.#sent / this.plan.rate) * 1000 : 0;
    return Math.max(0, this.#started + due - performance.now());
  }

  /** @returns {string} the bytes of the next request */
  next() {
    return this.requestOf(this.#sent++);
  }
}

class Lane {
  #lanes;
  #reader = new AnswerReader();
  #underWay = 0;
  /** @type {import("node:net").Socket | undefined} */
  #socket;
  #failure = "";

  /** @param {Lanes} lanes */
  constructor(lanes) {
    this.#lanes = lanes;
  }

  open() {
    if (this.#lanes.isOver()) return;
    this.#reader = new AnswerReader();
    this.#failure = "";
    const socket = connect({ host: "127.0.0.1", port: this.#lanes.plan.port, noDelay: true });
    this.#socket = socket;
    socket.setTimeout(this.#lanes.plan.patience ?? PATIENCE, () => this.#fail("timed out"));
    socket.on("connect", () => this.#askWhenDue());
    socket.on("data", (bytes) => this.#read(bytes));
    socket.on("error", (error) => (this.#failure ||= reasonOf(error)));
    socket.on("close", () => this.#closed(socket));
  }

  abandon() {
    this.#underWay = 0;
    this.#socket?.destroy();
  }

  #askWhenDue() {
    const pause = this.#lanes.pause();
    if (pause > 0) setTimeout(() => this.#ask(), pause);
    else this.#ask();
  }

  #ask() {
    const socket = this.#socket;
    if (!socket || socket.destroyed) return;
    let bytes = "";
    const depth = this.#lanes.plan.depth ?? 1;
    for (; this.#underWay < depth && !this.#lanes.isOver(); ++this.#underWay) bytes += this.#lanes.next();
    if (bytes) socket.write(bytes, "latin1");
    else socket.destroy();
  }

  /** @param {Buffer} bytes */
  #read(bytes) {
    for (const status of this.#reader.feed(bytes)) this.#count(status);
    if (this.#underWay === 0) this.#askWhenDue();
  }

  /** @param {number} status */
  #count(status) {
    countAnswer(this.#lanes.tally, status);
    this.#underWay = Math.max(0, this.#underWay - 1);
  }

  /** @param {string} reason */
  #fail(reason) {
    this.#failure = reason;
    this.#socket?.destroy();
  }

  /** @param {import("node:net").Socket} socket */
  #closed(socket) {
    if (socket !== this.#socket || this.#lanes.isOver() && this.#underWay === 0) return;
    const refused = this.#failure === "no connection" ? 1 : 0;
    countLoss(this.#lanes.tally, this.#failure || "closed", Math.max(this.#underWay, refused));
    this.#underWay = 0;
    setTimeout(() => this.open(), this.#failure || refused ? RECONNECT_AFTER : 1);
  }
}

/** @param {NodeJS.ErrnoException} error @returns {string} in the words of a report */
export function reasonOf(error) {
  if (error.code === "ECONNREFUSED") return "no connection";
  if (error.code === "ECONNRESET" || error.code === "EPIPE") return "reset";
  return error.code ?? "error";
}
