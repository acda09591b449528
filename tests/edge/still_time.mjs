// Tests whose clock stands still unless they move it by node:test's `mock.timers`: on a slow machine a limit would give back what it has
// counted.
import { afterEach, beforeEach, mock } from "node:test";

/** For each test of the file. */
export function keepTimeStill() {
  beforeEach(() => mock.timers.enable({ apis: ["Date"], now: Date.now() }));
  afterEach(() => mock.timers.reset());
}
