// The log: a line of JSON for each event, with the levels of the origin's log. Refusals and faults come as fast as an attacker likes,
// so of equal ones only the first in each second is written at once, with its request id and duration. The others are counted, and a
// further line gives their number when that second is over.

const SECOND = 1000;
const REFUSED = 400; // the lowest status of a refusal
const FAILED = 500;

/** Only the kind of an error: its text may quote a secret. @param {unknown} error */
export function errorName(error) {
  return error instanceof Error ? error.name : typeof error;
}

/**
 * error: the operator must act. warning: something of ours failed. info: all that callers can cause.
 * @param {Record<string, unknown>} line
 */
function levelOf({ event, status }) {
  if (String(event).startsWith("alarm.")) return "error";
  return Number(status) >= FAILED || String(event).endsWith(".failed") ? "warning" : "info";
}

/**
 * Each such line is written. An origin's answer that makes no sense may have a low status, too, but that line is an alarm.
 * @param {Record<string, unknown>} line
 */
function tellsOfDeed(line) {
  return levelOf(line) === "info" && Number(line.status) < REFUSED;
}

/** @param {Record<string, unknown>} line */
export function writeLine(line) {
  console.log(JSON.stringify({ time: new Date().toISOString(), level: levelOf(line), ...line }));
}

/** @typedef {{line: Record<string, unknown>, count: number, since: number}} Repeated */

export class EventLog {
  /** By what the lines have in common. @type {Map<string, Repeated>} */
  #repeated = new Map();
  /** Lines that were only counted. */
  leftOut = 0;
  #writesAt = 0; // when the numbers are to be written next; a moment long past if the platform ended that context

  /**
   * @param {Record<string, unknown>} line
   * @param {(work: Promise<void>) => void} waitUntil keeps the request's context alive until then
   */
  note(line, waitUntil) {
    if (tellsOfDeed(line)) return writeLine(line);
    this.#writeOver();
    const { request_id, duration_ms, ...common } = line;
    const key = JSON.stringify(common);
    const repeated = this.#repeated.get(key);
    if (!repeated) {
      this.#repeated.set(key, { line: common, count: 0, since: Date.now() });
      return writeLine(line);
    }
    ++repeated.count;
    ++this.leftOut;
    this.#writeLater(waitUntil);
  }

  /** @param {(work: Promise<void>) => void} waitUntil */
  #writeLater(waitUntil) {
    if (Math.abs(this.#writesAt - Date.now()) <= SECOND) return;
    waitUntil(this.#writeUntilAllIsTold());
  }

  async #writeUntilAllIsTold() {
    do {
      this.#writesAt = Date.now() + SECOND;
      await new Promise((resolve) => setTimeout(resolve, SECOND));
      this.#writesAt = 0;
      this.#writeOver();
    } while ([...this.#repeated.values()].some(({ count }) => count > 0));
  }

  /** Writes the numbers of those whose second is over. */
  #writeOver() {
    const now = Date.now();
    for (const [key, { line, count, since }] of this.#repeated) {
      if (now >= since && now < since + SECOND) continue;
      this.#repeated.delete(key);
      if (count > 0) writeLine({ ...line, repeated: count });
    }
  }
}
