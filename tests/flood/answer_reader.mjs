// Reads HTTP/1.1 answers from a connection's bytes: the statuses of the complete ones. Knows bodies by Content-Length, by chunks, and
// those that end with the connection. Used by every part of the flood that speaks to a server byte by byte.

const CONTINUE = 199; // up to here: interim answers
const WITHOUT_BODY = [204, 304];

const LENGTH = /^content-length: *(\d+)/im;
const CHUNKED = /^transfer-encoding:.*chunked/im;

/**
 * @param {string} text that begins with a chunked body
 * @returns {number | undefined} its size with its framing; undefined until it is complete
 */
function chunkedSize(text) {
  let at = 0;
  for (;;) {
    const end = text.indexOf("\r\n", at);
    if (end < 0) return undefined;
    const size = Number.parseInt(text.slice(at, end), 16);
    at = end + 2 + size + 2;
    if (!(at <= text.length)) return undefined;
    if (size === 0) return at;
  }
}

/** @param {number} status @param {string} head @param {string} rest what follows the head @returns {number | undefined} */
function bodySize(status, head, rest) {
  if (status <= CONTINUE || WITHOUT_BODY.includes(status)) return 0;
  if (CHUNKED.test(head)) return chunkedSize(rest);
  const length = LENGTH.exec(head);
  return length ? Number(length[1]) : undefined;
}

/** @param {string} head @returns {number | undefined} */
function statusOf(head) {
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1];
  return status === undefined ? undefined : Number(status);
}

export class AnswerReader {
  #text = "";

  /**
   * @param {Buffer} bytes the connection's next
   * @returns {number[]} the statuses of the answers that are complete now; 0 for bytes that are not HTTP
   */
  feed(bytes) {
    this.#text += bytes.toString("latin1");
    const statuses = [];
    for (let status = this.#take(); status !== undefined; status = this.#take()) {
      if (status === 0 || status > CONTINUE) statuses.push(status);
    }
    return statuses;
  }

  /** @returns {number[]} the status of the answer that the connection's end completes, or cuts off */
  end() {
    const status = statusOf(this.#text);
    this.#text = "";
    return status === undefined || status <= CONTINUE ? [] : [status];
  }

  /** @returns {number | undefined} */
  #take() {
    const end = this.#text.indexOf("\r\n\r\n");
    if (end < 0) return undefined;
    const head = this.#text.slice(0, end);
    const rest = this.#text.slice(end + 4);
    const status = statusOf(head);
    if (status === undefined) return this.#giveUp();
    const size = bodySize(status, head, rest);
    if (size === undefined || rest.length < size) return undefined;
    this.#text = rest.slice(size);
    return status;
  }

  #giveUp() {
    this.#text = "";
    return 0;
  }
}
