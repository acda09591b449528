// Measures one request: for the metrics of this isolate, and on Cloudflare, where no isolate knows the others, for Analytics Engine: one data
// point for each request. README.md, "The edge's metrics", says what a point holds: nothing of the client but its country.
import { TooLarge, TooLate } from "./bounded.js";

/**
 * @typedef {import("./metrics.js").EdgeMetrics} EdgeMetrics
 * @typedef {{indexes: string[], blobs: string[], doubles: number[]}} DataPoint
 * @typedef {{writeDataPoint(point: DataPoint): void}} Dataset the binding METRICS
 */

/** @param {unknown} end a status, or an error @returns {string} one of RESULTS of metrics.js */
function resultOf(end) {
  if (end instanceof TooLate) return "late";
  if (end instanceof TooLarge) return "too_large";
  if (typeof end !== "number") return "no_answer";
  if (end === 200) return "ok";
  if (end === 503) return "busy";
  return end === 401 ? "refused" : "error";
}

export class RequestMeter {
  #metrics;
  #request;
  #began;
  #dataset;
  #origin = ""; // called last
  #failedOrigin = "";
  #failure = "";

  /** @param {EdgeMetrics} metrics @param {Request} request @param {number} began its arrival @param {Dataset} [dataset] */
  constructor(metrics, request, began, dataset) {
    this.#metrics = metrics;
    this.#request = request;
    this.#began = began;
    this.#dataset = dataset;
  }

  /** @param {string} origin its host and port @param {unknown} end a status, or an error @param {number} began */
  originCalled(origin, end, began) {
    const result = resultOf(end);
    this.#metrics.originCalled(origin, result, since(began));
    this.#origin = origin;
    if (result !== "ok") [this.#failedOrigin, this.#failure] = [origin, result];
  }

  /** @param {unknown} error */
  limiterFailed(error) {
    this.#metrics.limiterFailed(error instanceof TooLate ? "late" : "failed");
  }

  /** @param {number} tally what the module counts the answer as @param {number} status */
  answered(tally, status) {
    const duration = since(this.#began);
    this.#metrics.answered(tally, duration);
    if (this.#dataset) this.#write(this.#dataset, tally, status, duration);
  }

  /** The host answers in the module's place. @param {number} status */
  failed(status) {
    this.answered(this.#metrics.failedTally, status);
  }

  /** The page for the operator. */
  metricsText() {
    return this.#metrics.text();
  }

  /** Counting must never fail a request. @param {Dataset} dataset @param {number} tally @param {number} status @param {number} duration */
  #write(dataset, tally, status, duration) {
    const endpoint = this.#metrics.endpointOf(tally);
    const { country = "" } = /** @type {{cf?: {country?: string}}} */ (this.#request).cf ?? {};
    try {
      dataset.writeDataPoint({
        indexes: [endpoint],
        blobs: [endpoint, this.#metrics.outcomeOf(tally).word, country, this.#origin, this.#failedOrigin, this.#failure],
        doubles: [duration, status],
      });
    } catch {
      return; // the platform bounds the points
    }
  }
}

/** @param {number} began @returns {number} milliseconds; 0 if the clock was set back */
function since(began) {
  return Math.max(Date.now() - began, 0);
}
