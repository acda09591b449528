// Cuts a stream of PostgreSQL's protocol 3.0 into messages: a type of one byte, a length that counts itself, a body. Used by the proxy
// that counts round trips. Source: PostgreSQL 15, chapter 55.7.

/** The messages after which a client waits for the server: start, plain query, end of an extended query, password, goodbye. */
const ENDS_OF_TRIPS = new Set(["", "Q", "S", "p", "X"]);

export class PostgresMessage {
  /** @param {string} type empty for the first message of a client, which has none @param {Buffer} bytes all of it */
  constructor(type, bytes) {
    this.type = type;
    this.bytes = bytes;
    this.body = bytes.subarray(type.length + 4);
  }

  get endsTrip() {
    return ENDS_OF_TRIPS.has(this.type);
  }

  /** @param {number} count @returns {string[]} so many strings from the body's start, each ended by a zero byte there */
  texts(count) {
    return this.body.toString("utf8").split("\0", count);
  }
}

export class PostgresMessages {
  /** @type {Buffer} */
  #rest = Buffer.alloc(0);
  #typeSize;

  /** @param {"startup" | "typed"} first */
  constructor(first) {
    this.#typeSize = first === "startup" ? 0 : 1;
  }

  /** @param {Buffer} chunk @returns {Generator<PostgresMessage>} the messages that are whole by now */
  *take(chunk) {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (let size = this.#nextSize(); size <= this.#rest.length; size = this.#nextSize()) {
      const bytes = this.#rest.subarray(0, size);
      this.#rest = this.#rest.subarray(size);
      yield new PostgresMessage(bytes.toString("latin1", 0, this.#typeSize), bytes);
      this.#typeSize = 1;
    }
  }

  /** @returns {number} of the next message, Infinity where that is not known yet */
  #nextSize() {
    if (this.#rest.length < this.#typeSize + 4) return Infinity;
    return this.#typeSize + this.#rest.readInt32BE(this.#typeSize);
  }
}
