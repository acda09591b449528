// Waits and reads with bounds on time and size.

export class TooLarge extends Error {}
export class TooLate extends Error {}

/**
 * @template T
 * @param {PromiseLike<T>} promise @param {number} milliseconds
 * @returns {Promise<T>}
 * @throws {TooLate}
 */
export async function within(promise, milliseconds) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new TooLate()), milliseconds);
  });
  try {
    return /** @type {T} */ (await Promise.race([promise, late]));
  } finally {
    clearTimeout(timer);
  }
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
 * Reads a whole body. Cancels one that is too large or too late.
 * @param {Request | Response} message @param {number} limit bytes @param {number} milliseconds
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 * @throws {TooLarge | TooLate}
 */
export async function readAll(message, limit, milliseconds) {
  if (!message.body) return new Uint8Array();
  return announcedSize(message) <= limit ? readAnnounced(message, milliseconds) : readParts(message.body, limit, milliseconds);
}

/**
 * HTTP holds a body to the size that it announces, unless it is encoded or comes in chunks: the platform then ignores that size.
 * @param {Request | Response} message @returns {number} NaN if the size is not known
 */
function announcedSize({ headers }) {
  const isOpen = headers.has("content-encoding") || headers.has("transfer-encoding");
  return Number(isOpen ? NaN : (headers.get("content-length") ?? NaN));
}

/** The platform reads at once what was announced, which costs a fraction of reading part by part. @param {Request | Response} message @param {number} milliseconds */
async function readAnnounced(message, milliseconds) {
  return new Uint8Array(await within(message.arrayBuffer(), milliseconds));
}

/** @param {ReadableStream<Uint8Array>} stream @param {number} limit @param {number} milliseconds */
async function readParts(stream, limit, milliseconds) {
  const reader = stream.getReader();
  try {
    return await within(collect(reader, limit), milliseconds);
  } catch (error) {
    reader.cancel().catch(() => {}); // a broken stream has nothing to cancel
    throw error;
  }
}
