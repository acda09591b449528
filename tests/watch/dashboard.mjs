// The expressions of the Grafana dashboard, as Prometheus would be asked.

/** @typedef {{title: string, expr: string}} Expression of a panel */

/** @param {string} text of the dashboard @returns {Expression[]} with a fixed time for Grafana's variable */
export function expressionsOf(text) {
  /** @type {{panels: {type: string, title: string, targets?: {expr: string}[]}[]}} */
  const { panels } = JSON.parse(text);
  return panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr: expr.replaceAll("$__rate_interval", "1m") })));
}
