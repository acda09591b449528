// The alert rules as the tests read them, and with shorter times. The parser knows only the YAML that origin/watch uses; promtool and
// Prometheus check the whole.
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { checkout } from "../system/stack.mjs";

export const RULES = join(checkout, "origin/watch/rekey.rules.yml");
export const DASHBOARD = join(checkout, "origin/watch/rekey.dashboard.json");
export const CONFIGURATION = join(checkout, "origin/watch/prometheus.yml");

/** @typedef {{alert: string, expr: string, severity: string, summary: string, description: string, action: string}} Rule */

/** @returns {Rule[]} */
export function readRules() {
  const [, ...blocks] = readFileSync(RULES, "utf8").replace(/^ *#.*\n/gm, "").split(/^ *- alert: /m);
  return blocks.map((block) => ({
    alert: block.slice(0, block.indexOf("\n")),
    expr: value(block, "expr"),
    severity: value(block, "severity"),
    summary: value(block, "summary"),
    description: value(block, "description"),
    action: value(block, "action"),
  }));
}

/** @param {string} block of lines @param {string} key @returns {string} one line, a quoted one, or the folded lines below `>-` */
function value(block, key) {
  const found = new RegExp(`^( *)${key}: (?:>-\\n((?:\\1  .*\\n)+)|(.*)\\n)`, "m").exec(block);
  const text = (found?.[2] ?? found?.[3] ?? "").replace(/\s*\n\s*/g, " ").trim();
  return /^".*"$/.test(text) ? JSON.parse(text) : text;
}

/** @param {string} expression of PromQL @returns {string[]} the metrics that it names */
export function metricsIn(expression) {
  const bare = expression.replace(/__name__=~"([^"]*)"/g, (_, names) => names.replaceAll("|", " ")).replace(/\w+\s*(=~|!~|!=|=)\s*"[^"]*"/g, "");
  return [...new Set(bare.match(/\b(rekey|process)_[a-z_]+\b|\bup\b/g) ?? [])];
}

const SECONDS = { s: 1, m: 60, h: 3600 };
/** Of a `for`, in milliseconds: one late reading must ring nothing. */
const SHORTEST = 3000;

/** @param {string} expression of PromQL @returns {number} how far it looks back, in milliseconds */
export function longestRange(expression) {
  const ranges = [...expression.matchAll(/\[(\d+)([smh])\]/g)];
  return Math.max(0, ...ranges.map(([, count, unit]) => Number(count) * SECONDS[/** @type {"s"} */ (unit)] * 1000));
}

/**
 * @param {string} rules
 * @param {number} factor
 * @returns {string} the rules with every `for` and every range divided by the factor; thresholds and expressions stay
 */
export function hurry(rules, factor) {
  return rules.replace(/(\bfor: |\[)(\d+)([smh])\b/g, (_, before, count, unit) => {
    const time = Math.round((Number(count) * SECONDS[/** @type {"s"} */ (unit)] * 1000) / factor);
    return `${before}${before === "[" ? time : Math.max(time, SHORTEST)}ms`;
  });
}
