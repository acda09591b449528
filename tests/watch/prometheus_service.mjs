// Debian's Prometheus on loopback, with the example configuration and the rules of origin/watch.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Service } from "../rig/service.mjs";
import { CONFIGURATION, RULES, hurry } from "./rule_file.mjs";

/**
 * @typedef {object} Watched
 * @property {string[]} origins host and port of each operation listener
 * @property {string[]} edges
 * @property {string} edgeKey one key of EDGE_METRICS_KEY, without its id
 *
 * @typedef {{factor: number, interval: string, evaluation: string}} Pace by which the rules' times are divided; the times between two
 *   readings and between two evaluations of the rules
 *
 * @typedef {{metric: Record<string, string>, value: [number, string]}} Sample
 */

/** As operators have it. @type {Pace} */
export const UNALTERED = { factor: 1, interval: "15s", evaluation: "15s" };

export class PrometheusService extends Service {
  /** @param {string} folder for its data and its log @param {number} port @param {Watched} watched @param {Pace} pace */
  constructor(folder, port, watched, pace) {
    const home = join(folder, "prometheus");
    mkdirSync(home);
    const configuration = writeConfiguration(home, watched, pace);
    const command = ["prometheus", `--config.file=${configuration}`, `--storage.tsdb.path=${join(home, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`, "--storage.tsdb.retention.time=1d", "--log.level=warn"];
    super("Prometheus", join(folder, "prometheus.log"), () => ({ command, env: { PATH: process.env.PATH ?? "" } }), `http://127.0.0.1:${port}/-/ready`);
  }

  /** @param {string} path below /api/v1 @param {Record<string, string>} [question] @returns {Promise<any>} */
  async ask(path, question = {}) {
    const answer = await fetch(`${this.url}/api/v1/${path}?${new URLSearchParams(question)}`);
    const { status, data, error } = /** @type {any} */ (await answer.json());
    if (status !== "success") throw new Error(`${question.query ?? path}: ${error}`);
    return data;
  }

  /** @param {string} query of PromQL @returns {Promise<Sample[]>} */
  async query(query) {
    return (await this.ask("query", { query })).result;
  }

  /** @param {"firing" | "pending"} [state] @returns {Promise<string[]>} each alert once */
  async alerts(state = "firing") {
    const { alerts } = await this.ask("alerts");
    const named = alerts.filter((/** @type {{state: string}} */ alert) => alert.state === state);
    return [...new Set(named.map((/** @type {{labels: {alertname: string}}} */ { labels }) => labels.alertname))].sort();
  }

  /** @returns {Promise<{name: string, health: string, lastError: string}[]>} */
  async rules() {
    const { groups } = await this.ask("rules");
    return groups.flatMap((/** @type {{rules: any[]}} */ { rules }) => rules);
  }

  /** @returns {Promise<string[]>} every metric that a target has shown */
  metricNames() {
    return this.ask("label/__name__/values");
  }
}

/** The example with the targets of the run; only `pace` changes more. @param {string} home @param {Watched} watched @param {Pace} pace */
function writeConfiguration(home, { origins, edges, edgeKey }, { factor, interval, evaluation }) {
  const rules = readFileSync(RULES, "utf8");
  writeFileSync(join(home, "rekey.rules.yml"), factor === 1 ? rules : hurry(rules, factor));
  writeFileSync(join(home, "edge_metrics_key"), edgeKey, { mode: 0o600 });
  const text = readFileSync(CONFIGURATION, "utf8")
    .replace('["127.0.0.1:9090"]', JSON.stringify(origins))
    .replace('["127.0.0.1:8787"]', JSON.stringify(edges))
    .replace("scrape_interval: 15s", `scrape_interval: ${interval}`)
    .replace("evaluation_interval: 15s", `evaluation_interval: ${evaluation}`);
  const path = join(home, "prometheus.yml");
  writeFileSync(path, text);
  return path;
}
