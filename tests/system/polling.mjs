// Waiting in tests: a condition is asked for again and again until it holds or its deadline is over. Nothing sleeps for a fixed time.

/**
 * @template T
 * @param {string} what names the condition in the failure
 * @param {() => T | Promise<T>} ask
 * @param {{deadline?: number, every?: number}} [pace] milliseconds
 * @returns {Promise<Exclude<T, false | 0 | "" | null | undefined>>} the first answer that is neither empty nor false
 */
export async function until(what, ask, { deadline = 15_000, every = 25 } = {}) {
  const end = performance.now() + deadline;
  for (;;) {
    const answer = await ask();
    if (answer) return /** @type {any} */ (answer);
    if (performance.now() > end) throw new Error(`still not so after ${deadline} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}

/**
 * Runs `work` in `lanes` lanes at once, over and over, until `stop()` says so.
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
