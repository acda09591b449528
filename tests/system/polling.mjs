// Waiting in tests: polls a condition until it holds or a deadline passes. Nothing sleeps for a fixed time.

/**
 * @template T
 * @param {string} what names the condition in the failure
 * @param {() => T | Promise<T>} ask
 * @param {{deadline?: number, every?: number}} [pace] milliseconds
 * @returns {Promise<Exclude<T, false | 0 | "" | null | undefined>>} the first truthy answer
 */
export async function until(what, ask, { deadline = 15_000, every = 25 } = {}) {
  const end = performance.now() + deadline;
  for (;;) {
    const answer = await ask();
    if (answer) return /** @type {any} */ (answer);
    if (performance.now() > end) throw new Error(`did not hold within ${deadline} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, every));
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
