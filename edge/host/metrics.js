// What this isolate has counted since its start, as Prometheus text (format 0.0.4) for GET /metrics. Under workerd an isolate is the whole
// process. The module names what an answer counts as; calls of origins and faults of the host are counted by what the host saw. Every value
// is there from the start. A request whose client goes away is not counted: the platform ends its work.

/**
 * The families in their order; README.md, "The edge's metrics", holds the same table.
 * @typedef {{name: string, type: "counter" | "gauge" | "histogram", labels: string[], help: string}} Family
 */
export const FAMILIES = Object.freeze({
  /** @type {Family} */
  requests: { name: "rekey_edge_requests_total", type: "counter", labels: ["endpoint", "outcome", "status"], help: "Answered requests." },
  /** @type {Family} */
  requestSeconds: { name: "rekey_edge_request_seconds", type: "histogram", labels: ["endpoint"], help: "Time to answer a request." },
  /** @type {Family} */
  originCalls: { name: "rekey_edge_origin_calls_total", type: "counter", labels: ["origin", "result"], help: "Calls of an origin." },
  /** @type {Family} */
  originSeconds: {
    name: "rekey_edge_origin_seconds", type: "histogram", labels: ["origin"], help: "Time of a call of an origin, failed ones included.",
  },
  /** @type {Family} */
  limiterFailures: {
    name: "rekey_edge_limiter_failures_total", type: "counter", labels: ["what"], help: "Questions that a limiter did not answer.",
  },
  /** @type {Family} */
  alarms: { name: "rekey_edge_alarms_total", type: "counter", labels: ["what"], help: "Alarms; the operator must act." },
  /** @type {Family} */
  linesLeftOut: {
    name: "rekey_edge_log_lines_left_out_total", type: "counter", labels: [], help: "Log lines that were only counted, as `repeated` of an equal one.",
  },
  /** @type {Family} */
  startTime: { name: "rekey_edge_start_time_seconds", type: "gauge", labels: [], help: "First request after the start, in Unix time." },
  /** @type {Family} */
  buildInfo: { name: "rekey_edge_build_info", type: "gauge", labels: ["version"], help: "Always 1; the label tells the version." },
});

/** How a call of an origin may end: with a status, or without a whole answer. */
export const RESULTS = Object.freeze(["ok", "busy", "refused", "error", "late", "too_large", "no_answer"]);
export const LIMITER_FAULTS = Object.freeze(["late", "failed"]);

/** Of the host; the module tells its own. */
const HOST_ALARMS = ["alarm.fault", "alarm.limiter_storage", "alarm.other_site"];
const ALARM = "alarm.";

/**
 * Upper bounds of the histograms in milliseconds: from an answer without an origin to the longest wait for a password's hash. RekeyAnswersSlow
 * needs that of 2000.
 */
const BOUNDS = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2000, 2500, 5000, 10_000];

/** @typedef {import("./rules.js").MetricWords} MetricWords */

/** Counters by a word. */
class Words {
  /** @type {Map<string, number>} */
  #counts;

  /** @param {Iterable<string>} words */
  constructor(words) {
    this.#counts = new Map([...words].map((word) => [word, 0]));
  }

  /** Counts nothing for another word. @param {string} word */
  add(word) {
    const count = this.#counts.get(word);
    if (count !== undefined) this.#counts.set(word, count + 1);
  }

  entries() {
    return this.#counts.entries();
  }
}

/** Durations, in a histogram for each of some numbered things. */
class Durations {
  /** By thing and bucket; the last bucket has no bound. */
  #counts;
  #sums;

  /** @param {number} things */
  constructor(things) {
    this.#counts = new Float64Array(things * (BOUNDS.length + 1));
    this.#sums = new Float64Array(things);
  }

  /** @param {number} thing @param {number} milliseconds */
  add(thing, milliseconds) {
    let bucket = 0;
    while (bucket < BOUNDS.length && milliseconds > BOUNDS[bucket]) ++bucket;
    this.#counts[thing * (BOUNDS.length + 1) + bucket] += 1;
    this.#sums[thing] += milliseconds;
  }

  /** @param {Text} text @param {Family} family @param {string[]} things their words */
  writeTo(text, family, things) {
    text.begin(family);
    things.forEach((word, thing) => this.#writeOne(text, family.name, word, thing));
  }

  /** @param {Text} text @param {string} name @param {string} word @param {number} thing */
  #writeOne(text, name, word, thing) {
    let count = 0;
    for (let bucket = 0; bucket <= BOUNDS.length; ++bucket) {
      count += this.#counts[thing * (BOUNDS.length + 1) + bucket];
      text.value(`${name}_bucket`, [word, bucket < BOUNDS.length ? String(BOUNDS[bucket] / 1000) : "+Inf"], count, "le");
    }
    text.value(`${name}_sum`, [word], this.#sums[thing] / 1000);
    text.value(`${name}_count`, [word], count);
  }
}

/** The lines of the page. Labels need no escape: all are words or hosts. */
class Text {
  #lines = "";
  /** @type {string[]} */
  #labels = [];

  /** @param {Family} family */
  begin({ name, type, labels, help }) {
    this.#lines += `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
    this.#labels = labels;
  }

  /** @param {string} name @param {string[]} words for the labels of the family, and for a further one @param {number} value @param {string} [further] */
  value(name, words, value, further = "") {
    const labels = words.map((word, i) => `${this.#labels[i] ?? further}="${word}"`).join(",");
    this.#lines += `${name}${labels ? `{${labels}}` : ""} ${value}\n`;
  }

  /** A family without labels. @param {Family} family @param {number} value */
  single(family, value) {
    this.begin(family);
    this.value(family.name, [], value);
  }

  toString() {
    return this.#lines;
  }
}

export class EdgeMetrics {
  #words;
  #linesLeftOut;
  #started = Date.now();
  /** By tally. */
  #requests;
  #requestDurations;
  /** Each once: two origins, with https and with http, may have one host and port. @type {string[]} */
  #origins;
  /** By origin and result. */
  #originCalls;
  #originDurations;
  #limiterFailures = new Words(LIMITER_FAULTS);
  #alarms;

  /** @param {MetricWords} words @param {() => number} linesLeftOut by the log */
  constructor(words, linesLeftOut) {
    this.#words = words;
    this.#linesLeftOut = linesLeftOut;
    this.#requests = new Float64Array(words.endpoints.length * words.outcomes.length);
    this.#requestDurations = new Durations(words.endpoints.length);
    this.#origins = [...new Set(words.origins)];
    this.#originCalls = new Float64Array(this.#origins.length * RESULTS.length);
    this.#originDurations = new Durations(this.#origins.length);
    this.#alarms = new Words([...words.alarms, ...HOST_ALARMS]);
  }

  /** Of an answer in the module's place. */
  get failedTally() {
    return this.#words.failedTally;
  }

  /** @param {number} tally */
  endpointOf(tally) {
    return this.#words.endpoints[Math.floor(tally / this.#words.outcomes.length)];
  }

  /** @param {number} tally */
  outcomeOf(tally) {
    return this.#words.outcomes[tally % this.#words.outcomes.length];
  }

  /** @param {number} tally @param {number} milliseconds */
  answered(tally, milliseconds) {
    this.#requests[tally] += 1;
    this.#requestDurations.add(Math.floor(tally / this.#words.outcomes.length), milliseconds);
  }

  /** @param {string} host of one of the origins @param {string} result one of RESULTS @param {number} milliseconds */
  originCalled(host, result, milliseconds) {
    const origin = this.#origins.indexOf(host);
    this.#originCalls[origin * RESULTS.length + RESULTS.indexOf(result)] += 1;
    this.#originDurations.add(origin, milliseconds);
  }

  /** @param {string} fault one of LIMITER_FAULTS */
  limiterFailed(fault) {
    this.#limiterFailures.add(fault);
  }

  /** Counts an alarm. @param {unknown} event of the log */
  logged(event) {
    this.#alarms.add(String(event));
  }

  /** @returns {string} all values in Prometheus' text format */
  text() {
    const text = new Text();
    this.#writeRequests(text);
    this.#writeOrigins(text);
    this.#writeFaults(text);
    text.single(FAMILIES.startTime, this.#started / 1000);
    text.begin(FAMILIES.buildInfo);
    text.value(FAMILIES.buildInfo.name, [this.#words.version], 1);
    return text.toString();
  }

  /** @param {Text} text */
  #writeRequests(text) {
    const { endpoints, tallies } = this.#words;
    const expected = new Set(tallies);
    text.begin(FAMILIES.requests);
    this.#requests.forEach((count, tally) => {
      if (count === 0 && !expected.has(tally)) return;
      const { word, statusClass } = this.outcomeOf(tally);
      text.value(FAMILIES.requests.name, [this.endpointOf(tally), word, `${statusClass}xx`], count);
    });
    this.#requestDurations.writeTo(text, FAMILIES.requestSeconds, endpoints);
  }

  /** @param {Text} text */
  #writeOrigins(text) {
    text.begin(FAMILIES.originCalls);
    this.#originCalls.forEach((count, i) => {
      const words = [this.#origins[Math.floor(i / RESULTS.length)], RESULTS[i % RESULTS.length]];
      text.value(FAMILIES.originCalls.name, words, count);
    });
    this.#originDurations.writeTo(text, FAMILIES.originSeconds, this.#origins);
  }

  /** @param {Text} text */
  #writeFaults(text) {
    text.begin(FAMILIES.limiterFailures);
    for (const [what, count] of this.#limiterFailures.entries()) text.value(FAMILIES.limiterFailures.name, [what], count);
    text.begin(FAMILIES.alarms);
    for (const [event, count] of this.#alarms.entries()) text.value(FAMILIES.alarms.name, [event.slice(ALARM.length)], count);
    text.single(FAMILIES.linesLeftOut, this.#linesLeftOut());
  }
}
