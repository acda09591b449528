// Waits and reads with bounds on time and size.

export class TooLarge extends Error {}
export class TooLate extends Error {}

/**
 * @template T
 * @param {PromiseLike<T>} promise @param {number} milliseconds
 * @returns {Promise<T>}
 * @throws {TooLate}
 */
export function within(promise, milliseconds) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new TooLate()), milliseconds);
    const settle = (/** @type {() => void} */ outcome) => (clearTimeout(timer), outcome());
    promise.then((value) => settle(() => resolve(value)), (error) => settle(() => reject(error)));
  });
}

/** @param {ReadableStreamDefaultReader<Uint8Array>} reader @param {number} limit */
async function collect(reader, limit) {
  const chunks = [];
  let size = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.length;
    if (size > limit) throw new TooLarge();
    chunks.push(part.value);
  }
  return join(chunks, size);
}

/** @param {Uint8Array[]} chunks @param {number} size */
function join(chunks, size) {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/**
 * Reads a whole body. Cancels one that is too large.
 * @param {Request | Response} message @param {number} limit bytes
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 * @throws {TooLarge}
 */
export async function readAll(message, limit) {
  if (announcedSize(message) <= limit) return new Uint8Array(await message.arrayBuffer()); // at a fraction of the cost of its stream
  return message.body ? readParts(message.body, limit) : new Uint8Array();
}

/**
 * HTTP holds a body to the size that it announces, unless it is encoded or comes in chunks: the platform then ignores that size.
 * @param {Request | Response} message @returns {number} NaN if the size is not known
 */
function announcedSize({ headers }) {
  const isOpen = headers.has("content-encoding") || headers.has("transfer-encoding");
  return Number(isOpen ? NaN : (headers.get("content-length") ?? NaN));
}

/** @param {ReadableStream<Uint8Array>} stream @param {number} limit */
async function readParts(stream, limit) {
  const reader = stream.getReader();
  try {
    return await collect(reader, limit);
  } catch (error) {
    reader.cancel().catch(() => {}); // a broken stream has nothing to cancel
    throw error;
  }
}
