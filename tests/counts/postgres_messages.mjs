// Cuts a stream of PostgreSQL's protocol 3.0 into messages: a type of one byte, a length that includes itself, a body. Used by the proxy
// that counts round trips. Source: PostgreSQL 15, chapter 55.7.

/** The messages that end a trip: start, plain query, sync after an extended query, password, terminate. */
const ENDS_OF_TRIPS = new Set(["", "Q", "S", "p", "X"]);

export class PostgresMessage {
  /** @param {string} type empty for a client's first message, which has none @param {Buffer} bytes the whole message */
  constructor(type, bytes) {
    this.type = type;
    this.bytes = bytes;
    this.body = bytes.subarray(type.length + 4);
  }

  get endsTrip() {
    return ENDS_OF_TRIPS.has(this.type);
  }

  /** @param {number} count @returns {string[]} the first `count` strings of the body, each of which a zero byte ends */
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

  /** @param {Buffer} chunk @returns {Generator<PostgresMessage>} the messages that are complete now */
  *take(chunk) {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (let size = this.#nextSize(); size <= this.#rest.length; size = this.#nextSize()) {
      const bytes = this.#rest.subarray(0, size);
      this.#rest = this.#rest.subarray(size);
      yield new PostgresMessage(bytes.toString("latin1", 0, this.#typeSize), bytes);
      this.#typeSize = 1;
    }
  }

  /** @returns {number} the size of the next message, or Infinity if it is not known yet */
  #nextSize() {
    if (this.#rest.length < this.#typeSize + 4) return Infinity;
    return this.#typeSize + this.#rest.readInt32BE(this.#typeSize);
  }
}
