// Waiting and reading with bounds: nothing from outside may take longer or be larger than was said.

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

/**
 * Reads a body whole. What is left of one that is too large or too late is cancelled.
 * @param {ReadableStream<Uint8Array> | null} stream @param {number} limit bytes
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 * @throws {TooLarge}
 */
export async function readAll(stream, limit) {
  const chunks = [];
  let size = 0;
  for await (const chunk of stream ?? []) {
    size += chunk.length;
    if (size > limit) throw new TooLarge();
    chunks.push(chunk);
  }
  const whole = new Uint8Array(size);
  for (let at = 0; chunks.length > 0;) {
    const chunk = /** @type {Uint8Array} */ (chunks.shift());
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
