// The real Worker with a dataset that logs its points: for tests only. `wrangler dev` keeps no data points.
import worker from "../../edge/host/worker.js";

export { Limiter } from "../../edge/host/worker.js";

const METRICS = {
  /** @param {unknown} point */
  writeDataPoint(point) {
    console.log(`data point ${JSON.stringify(point)}`);
  },
};

export default {
  /** @param {Request} request @param {any} env @param {any} lifetime */
  fetch: (request, env, lifetime) => worker.fetch(request, { ...env, METRICS }, lifetime),
};
