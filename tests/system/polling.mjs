// Waiting in tests: polls a condition until it holds or a deadline passes. Nothing sleeps for a fixed time.

const SLOWER = 1.3; // from poll to poll: a long wait must not keep a core busy with questions
const SLOWEST = 250; // milliseconds

/**
 * @template T
 * @param {string} what names the condition in the failure
 * @param {() => T | Promise<T>} ask
 * @param {{deadline?: number, every?: number}} [pace] milliseconds; `every` is the first pause, and later ones are longer
 * @returns {Promise<Exclude<T, false | 0 | "" | null | undefined>>} the first truthy answer
 */
export async function until(what, ask, { deadline = 15_000, every = 25 } = {}) {
  const end = performance.now() + deadline;
  for (let pause = every; ; pause = Math.max(every, Math.min(pause * SLOWER, SLOWEST))) {
    const answer = await ask();
    if (answer) return /** @type {any} */ (answer);
    if (performance.now() > end) throw new Error(`did not hold within ${deadline} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/**
 * Runs `work` in `lanes` parallel lanes, over and over, until `stop()` returns true.
 * @param {number} lanes
 * @param {() => boolean} stop
 * @param {(round: number) => Promise<unknown>} work
 */
export async function keepBusy(lanes, stop, work) {
  let round = 0;
  const lane = async () => {
    while (!stop()) await work(round++);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
