// Connections that hold a server's descriptors and send little: nothing, half a header, half a body, or one byte a second. Connections
// that the server closes are opened again at a lower rate: the attack is holding sockets, not opening them. Runs in a process of its
// own (crew_member.mjs).
import { connect } from "node:net";

import { AnswerReader } from "./answer_reader.mjs";
import { reasonOf } from "./lanes.mjs";
import { countAnswer, countLoss, newTally } from "./tally.mjs";

/**
 * @typedef {"idle" | "half-header" | "half-body" | "trickle"} Kind
 *
 * @typedef {object} SlowPlan
 * @property {number} port on 127.0.0.1
 * @property {number} sockets
 * @property {Kind} kind
 */

const OPENS_PER_SECOND = 1000;
const REOPENS_PER_SECOND = 100;
const TICK = 50;

/** @type {Record<Kind, (request: string) => string>} the part that is sent at once; the rest never follows, or byte by byte */
const BEGINNING = {
  idle: () => "",
  "half-header": (request) => request.slice(0, request.indexOf("\r\n") + 8),
  "half-body": (request) => request.slice(0, request.indexOf("\r\n\r\n") + 5),
  trickle: (request) => request.slice(0, 1),
};

/** @typedef {{socket: import("node:net").Socket, request: string, sent: number}} Open */

export class SlowSockets {
  /** The answers (408 is right), and the reasons why other connections ended. */
  tally = newTally();
  #opened = 0;
  #closed = 0;
  #connected = 0;
  #most = 0;
  /** @type {Set<Open>} */
  #open = new Set();
  /** @type {NodeJS.Timeout[]} */
  #timers = [];

  /** @param {SlowPlan} plan @param {(index: number) => string} requestOf the requests, none of which is completed */
  constructor(plan, requestOf) {
    this.plan = plan;
    this.requestOf = requestOf;
  }

  start() {
    this.#timers.push(setInterval(() => this.#fill(), TICK));
    if (this.plan.kind === "trickle") this.#timers.push(setInterval(() => this.#trickle(), 1000));
  }

  stop() {
    for (const timer of this.#timers) clearInterval(timer);
    for (const { socket } of this.#open) socket.removeAllListeners("close").destroy();
    this.#open.clear();
  }

  report() {
    return { tally: this.tally, sent: this.#opened, connected: this.#connected, mostConnected: this.#most, closed: this.#closed };
  }

  #fill() {
    const rate = this.#opened < this.plan.sockets ? OPENS_PER_SECOND : REOPENS_PER_SECOND;
    const atOnce = (rate * TICK) / 1000;
    for (let i = 0; i < atOnce && this.#open.size < this.plan.sockets; ++i) this.#openOne();
  }

  #openOne() {
    const socket = connect({ host: "127.0.0.1", port: this.plan.port, noDelay: true });
    const request = this.requestOf(this.#opened);
    const beginning = BEGINNING[this.plan.kind](request);
    const open = { socket, request, sent: beginning.length };
    const life = { connected: false, failure: "closed" };
    const reader = new AnswerReader();
    ++this.#opened;
    this.#open.add(open);
    socket.on("connect", () => {
      life.connected = true;
      this.#most = Math.max(this.#most, ++this.#connected);
      if (beginning) socket.write(beginning, "latin1");
    });
    socket.on("data", (bytes) => reader.feed(bytes).forEach((status) => countAnswer(this.tally, status)));
    socket.on("error", (error) => (life.failure = reasonOf(error)));
    socket.on("close", () => this.#ended(open, life));
  }

  /** @param {Open} open @param {{connected: boolean, failure: string}} life */
  #ended(open, life) {
    if (life.connected) --this.#connected;
    ++this.#closed;
    countLoss(this.tally, life.failure);
    setTimeout(() => this.#open.delete(open), TICK); // its place becomes free a moment later, so that a dead server is not called in a loop
  }

  #trickle() {
    for (const open of this.#open) {
      if (open.socket.readyState !== "open" || open.sent >= open.request.length) continue;
      open.socket.write(open.request[open.sent++], "latin1");
    }
  }
}
