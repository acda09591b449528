// Each alert rule at its threshold and just below it, by `promtool test rules`: from a healthy installation one thing changes after half
// an hour. It must ring exactly one alert, at its moment and no earlier; the near miss must ring none. alerts.test.mjs rings them on the
// real stack.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";

import { CONFIGURATION, RULES, hurry, metricsIn, readRules } from "./rule_file.mjs";

/**
 * @typedef {Record<string, string>} SeriesValues by series, in promtool's notation: a sample every 15 s
 *
 * @typedef {object} Case
 * @property {string} alert
 * @property {string} because
 * @property {SeriesValues} rings
 * @property {number} after seconds from the change until the alert fires
 * @property {SeriesValues} miss
 * @property {string} [beside] another alert that may ring, too
 */

const CHANGE = 1800; // seconds
const SAMPLES = CHANGE / 15;
const LATER = 300; // for what a near miss might ring after its time

/** @param {number} value */
const steady = (value) => `${value}x${3 * SAMPLES}`;
/** @param {number} from @param {number} to */
const step = (from, to) => `${from}x${SAMPLES - 1} ${to}x${2 * SAMPLES}`;
/** @param {number} value @param {number} count samples, then as before. @param {number} usual */
const dip = (usual, value, count) => `${usual}x${SAMPLES - 1} ${value}x${count - 1} ${usual}x${2 * SAMPLES}`;
/** A counter. @param {number} rate in 15 s, before the change @param {number} [later] afterwards */
const count = (rate, later = rate) => `0+${rate}x${SAMPLES - 1} ${rate * (SAMPLES - 1) + later}+${later}x${2 * SAMPLES}`;
/** A counter that stands at 0 and jumps once. @param {number} by */
const jump = (by) => step(0, by);

const origin = (/** @type {number} */ index) => `job="rekey-origin",instance="o${index}"`;
const edge = 'job="rekey-edge",instance="e1"';
const STATES = ["reachable", "refusing", "slow", "unreachable"];

/** @param {number} index @returns {SeriesValues} */
function healthyOrigin(index) {
  const gauges = Object.entries({
    "up{": 1, "rekey_database_up{": 1, "rekey_database_clock_ahead_seconds{": 0, "rekey_mail_limit{": 100, 'rekey_build_info{version="0.1.0",': 1,
    "process_open_fds{": 50, "process_max_fds{": 1000, "process_resident_memory_bytes{": 1e8, "rekey_memory_limit_bytes{": 1e9,
    "process_start_time_seconds{": 1000, "rekey_hash_queue{": 3, "rekey_hash_queue_places{": 256,
  }).map(([start, value]) => [`${start}${origin(index)}}`, steady(value)]);
  const relay = STATES.map((state) => [`rekey_relay{state="${state}",${origin(index)}}`, steady(state === "reachable" ? 1 : 0)]);
  const zeros = [
    ...["clock", "fault", "poisoned_mail", "log_file", "hash_kinds", "other_keys", "schema", "other_version", "relay", "mail_budget", "code_budget"].map((what) => `rekey_alarms_total{what="${what}",`),
    'rekey_bad_signatures_total{what="invalid",', "rekey_unknown_authentic_tokens_total{", "rekey_guessed_accounts_total{",
    "rekey_log_lines_lost_total{", 'rekey_pool_refusals_total{pool="requests",', 'rekey_unavailable_total{what="overload",',
    'rekey_requests_total{use_case="login",outcome="unavailable",', 'rekey_reset_requests_ended_total{state="rejected",cause="refused",',
    'rekey_reset_requests_ended_total{state="expired_undelivered",cause="late",',
    ...["try_later", "refused", "unknown"].map((what) => `rekey_mails_total{what="${what}",`),
    ...["failed", "dead"].map((what) => `rekey_webhooks_total{what="${what}",`),
  ].map((start) => [`${start}${origin(index)}}`, steady(0)]);
  const busy = [
    [`rekey_requests_total{use_case="login",outcome="ok",${origin(index)}}`, count(100)],
    [`rekey_reset_requests_ended_total{state="sent",cause="taken",${origin(index)}}`, count(5)],
    [`rekey_mails_total{what="taken",${origin(index)}}`, count(5)],
  ];
  return Object.fromEntries([...gauges, ...relay, ...zeros, ...busy]);
}

/** @returns {SeriesValues} */
function healthyEdge() {
  const buckets = [["0.1", 190], ["1", 199], ["2", 200], ["2.5", 200], ["5", 200], ["+Inf", 200]];
  return {
    [`up{${edge}}`]: steady(1),
    [`rekey_edge_build_info{version="0.1.0",${edge}}`]: steady(1),
    [`rekey_edge_start_time_seconds{${edge}}`]: steady(1000),
    [`rekey_edge_requests_total{endpoint="login",outcome="ok",status="2xx",${edge}}`]: count(200),
    [`rekey_edge_requests_total{endpoint="login",outcome="origin_failed",status="5xx",${edge}}`]: steady(0),
    [`rekey_edge_requests_total{endpoint="reset-password",outcome="forged_token",status="4xx",${edge}}`]: steady(0),
    ...Object.fromEntries(buckets.map(([le, rate]) => [`rekey_edge_request_seconds_bucket{endpoint="login",le="${le}",${edge}}`, count(Number(rate))])),
    [`rekey_edge_request_seconds_count{endpoint="login",${edge}}`]: count(200),
    ...Object.fromEntries(["a:1", "b:1"].flatMap((name) => ["ok", "busy", "refused", "no_answer"].map((result) =>
      [`rekey_edge_origin_calls_total{origin="${name}",result="${result}",${edge}}`, result === "ok" ? count(100) : steady(0)]))),
    ...Object.fromEntries(["late", "failed"].map((what) => [`rekey_edge_limiter_failures_total{what="${what}",${edge}}`, steady(0)])),
    ...Object.fromEntries(["clock", "other_token_keys", "fault", "limiter_storage", "client_address", "origin_refused_signature", "other_version"].map((what) =>
      [`rekey_edge_alarms_total{what="${what}",${edge}}`, steady(0)])),
  };
}

const healthy = {
  ...healthyOrigin(1),
  ...healthyOrigin(2),
  ...healthyEdge(),
  [`rekey_oldest_waiting_seconds{state="queued",${origin(1)}}`]: steady(1),
  [`rekey_oldest_waiting_seconds{state="sending",${origin(1)}}`]: steady(4000), // one mail that a relay defers, or a notice, may wait for long
  [`rekey_mails_of_the_hour{${origin(1)}}`]: steady(40),
  [`rekey_prune_overdue_seconds{${origin(1)}}`]: steady(0),
  [`rekey_oldest_webhook_seconds{${origin(1)}}`]: steady(1),
  [`rekey_webhook_urls_gone{${origin(1)}}`]: steady(0),
};

/** @param {string} name @param {number} index @param {string} from @param {string} to @returns {SeriesValues} the relay's state changes */
const relayChanges = (name, index, from, to) => ({
  [`${name}{state="${from}",${origin(index)}}`]: step(1, 0),
  [`${name}{state="${to}",${origin(index)}}`]: step(0, 1),
});
/** @param {string} state @returns {SeriesValues} */
const fallback = (state) => Object.fromEntries([1, 2].flatMap((index) => STATES.map((each) =>
  [`rekey_fallback_relay{state="${each}",${origin(index)}}`, steady(each === state ? 1 : 0)])));
const bothRelaysAway = { ...relayChanges("rekey_relay", 1, "reachable", "unreachable"), ...relayChanges("rekey_relay", 2, "reachable", "unreachable") };

/** @param {string} start up to its last brace @param {string} values */
const one = (start, values) => ({ [`${start}${origin(1)}}`]: values });
/** @param {string} start @param {string} values */
const atEdge = (start, values) => ({ [`${start}${edge}}`]: values });

/** Of 200 log-ins in 15 s. @param {number} fast below 0.1 s @param {number} fair below 1 s @param {number} slow below 2 s; all are below 2.5 s */
const durations = (fast, fair, slow) => Object.fromEntries(
  [["0.1", 190, fast], ["1", 199, fair], ["2", 200, slow]].map(([le, before, later]) =>
    [`rekey_edge_request_seconds_bucket{endpoint="login",le="${le}",${edge}}`, count(Number(before), Number(later))]),
);

/** No mail is taken any more. */
const nothingTaken = Object.fromEntries([1, 2].map((index) => [`rekey_mails_total{what="taken",${origin(index)}}`, count(5, 0)]));
/** Another call a minute of the second origin. @param {string} result @param {string} values @returns {SeriesValues} */
const atQuietOrigin = (result, values) => ({
  ...atEdge('rekey_edge_origin_calls_total{origin="b:1",result="ok",', count(0.25)),
  ...atEdge(`rekey_edge_origin_calls_total{origin="b:1",result="${result}",`, values),
});

const atOrigin = (/** @type {string} */ what) => one(`rekey_alarms_total{what="${what}",`, jump(1));
const ofEdge = (/** @type {string} */ what) => atEdge(`rekey_edge_alarms_total{what="${what}",`, jump(1));
/** Values of the counters of alarms that no rule looks at. */
const LEFT_OUT = { origin: "mail_budget", edge: "something_new" };
/** A case for each of an alert's alarms. @param {string} alert @param {number} seconds @param {{origin?: string[], edge?: string[]}} alarms @returns {Case[]} */
const alarmCases = (alert, seconds, { origin: ofOrigin = [], edge: ofEdges = [] }) => [
  ...ofOrigin.map((what) => ({ alert, because: `an origin's alarm ${what}`, rings: atOrigin(what), after: seconds, miss: atOrigin(LEFT_OUT.origin) })),
  ...ofEdges.map((what) => ({ alert, because: `an edge's alarm ${what}`, rings: ofEdge(what), after: seconds, miss: ofEdge(LEFT_OUT.edge) })),
];

/** @type {Case[]} */
const cases = [
  { alert: "RekeyDown", because: "an origin is away for two minutes", rings: one("up{", step(1, 0)), after: 120, miss: one("up{", dip(1, 0, 7)) },
  { alert: "RekeyDown", because: "an edge is away for two minutes", rings: atEdge("up{", step(1, 0)), after: 120, miss: atEdge("up{", dip(1, 0, 7)) },
  {
    alert: "RekeyDown", because: "Prometheus knows no origin",
    rings: { [`up{${origin(1)}}`]: `1x${SAMPLES - 1} stale`, [`up{${origin(2)}}`]: `1x${SAMPLES - 1} stale` }, after: 120,
    miss: { [`up{${origin(1)}}`]: `1x${SAMPLES - 1} stale` },
  },
  {
    alert: "RekeyDatabaseDown", because: "an origin does not reach it for a minute",
    rings: one("rekey_database_up{", step(1, 0)), after: 60, miss: one("rekey_database_up{", dip(1, 0, 3)),
  },
  {
    alert: "RekeyAnswersFail", because: "one in sixteen of the edge's calls fails",
    rings: atEdge('rekey_edge_requests_total{endpoint="login",outcome="origin_failed",status="5xx",', count(0, 13)), after: 360,
    miss: atEdge('rekey_edge_requests_total{endpoint="login",outcome="origin_failed",status="5xx",', count(0, 10)),
  },
  {
    alert: "RekeyAnswersFail", because: "one in eleven of the origins' calls fails",
    rings: one('rekey_requests_total{use_case="login",outcome="unavailable",', count(0, 20)), after: 270,
    miss: one('rekey_requests_total{use_case="login",outcome="unavailable",', count(0, 10)),
  },
  {
    alert: "RekeyNoRelay", because: "its only relay is unreachable for a minute", rings: relayChanges("rekey_relay", 1, "reachable", "unreachable"), after: 60,
    miss: relayChanges("rekey_relay", 1, "reachable", "slow"), beside: "RekeyRelayAway",
  },
  {
    alert: "RekeyNoRelay", because: "both relays refuse", rings: { ...fallback("refusing"), ...bothRelaysAway }, after: 60,
    miss: { ...fallback("reachable"), ...bothRelaysAway }, beside: "RekeyRelayAway",
  },
  {
    alert: "RekeyNoMailTaken", because: "a relay puts every mail off", after: 885,
    rings: { ...nothingTaken, ...one('rekey_mails_total{what="try_later",', count(0, 0.25)) },
    miss: { ...nothingTaken, ...one('rekey_mails_total{what="try_later",', jump(2)) },
  },
  {
    alert: "RekeyNoMailTaken", because: "a relay wants a log-in for every mail", after: 885,
    rings: { ...nothingTaken, ...one('rekey_mails_total{what="wants_log_in",', count(0, 0.25)) },
    miss: one('rekey_mails_total{what="wants_log_in",', count(0, 0.25)), // others are taken
  },
  {
    alert: "RekeyMailWaits", because: "a request has waited for ten minutes", rings: one('rekey_oldest_waiting_seconds{state="queued",', step(1, 601)), after: 60,
    miss: one('rekey_oldest_waiting_seconds{state="queued",', step(1, 600)),
  },
  {
    alert: "RekeyMailBudgetUsedUp", because: "all mails of the hour are used up", rings: one("rekey_mails_of_the_hour{", step(40, 100)), after: 0,
    miss: one("rekey_mails_of_the_hour{", step(40, 99)),
  },
  {
    alert: "RekeyCodesGuessed", because: "the wrong codes of the day are used up", rings: atOrigin("code_budget"), after: 0,
    miss: atOrigin("mail_budget"),
  },
  {
    alert: "RekeyLimiterFails", because: "it fails again and again", rings: atEdge('rekey_edge_limiter_failures_total{what="failed",', count(0, 1)), after: 135,
    miss: atEdge('rekey_edge_limiter_failures_total{what="late",', jump(5)),
  },
  ...alarmCases("RekeyKeysDiffer", 0, { origin: ["other_keys"], edge: ["origin_refused_signature", "other_edge_origin_keys", "other_token_keys"] }),
  {
    alert: "RekeyKeysDiffer", because: "calls have wrong signatures", rings: one('rekey_bad_signatures_total{what="invalid",', jump(6)), after: 0,
    miss: one('rekey_bad_signatures_total{what="invalid",', jump(5)),
  },
  {
    alert: "RekeyTokenKeyLeaked", because: "a link came that was never issued", rings: one("rekey_unknown_authentic_tokens_total{", jump(1)), after: 0,
    miss: one('rekey_bad_signatures_total{what="expired",', jump(1)),
  },
  {
    alert: "RekeyRelayAway", because: "the second relay takes the mails for ten minutes", rings: { ...fallback("reachable"), ...bothRelaysAway }, after: 600,
    miss: { ...fallback("reachable"), [`rekey_relay{state="reachable",${origin(1)}}`]: dip(1, 0, 39) },
  },
  {
    alert: "RekeyRelayAway", because: "the relay is slow for ten minutes", rings: relayChanges("rekey_relay", 1, "reachable", "slow"), after: 600,
    miss: { [`rekey_relay{state="reachable",${origin(1)}}`]: dip(1, 0, 39), [`rekey_relay{state="slow",${origin(1)}}`]: dip(0, 1, 39) },
  },
  {
    alert: "RekeyMailsUndelivered", because: "one mail in eleven is refused", rings: one('rekey_reset_requests_ended_total{state="rejected",cause="refused",', count(0, 1)), after: 945,
    miss: one('rekey_reset_requests_ended_total{state="expired_undelivered",cause="late",', jump(50)),
  },
  {
    alert: "RekeyAnswersSlow", because: "one log-in in ten takes longer than two seconds",
    rings: durations(170, 175, 180), after: 600,
    miss: durations(100, 150, 200), // many take 1 to 2 s
  },
  {
    alert: "RekeyOverloaded", because: "a call waited for a connection in vain", rings: one('rekey_pool_refusals_total{pool="requests",', jump(1)), after: 60,
    miss: one('rekey_pool_waits_total{pool="requests",', jump(100)),
  },
  { alert: "RekeyOverloaded", because: "the hash queue is more than half full", rings: one("rekey_hash_queue{", step(3, 129)), after: 60, miss: one("rekey_hash_queue{", step(3, 128)) },
  {
    alert: "RekeyOverloaded", because: "calls find no thread", rings: one('rekey_unavailable_total{what="overload",', jump(11)), after: 60,
    miss: one('rekey_unavailable_total{what="overload",', jump(10)),
  },
  {
    alert: "RekeyOriginFails", because: "one call in eleven gets no answer", rings: atEdge('rekey_edge_origin_calls_total{origin="b:1",result="no_answer",', count(0, 12)), after: 1245,
    miss: atEdge('rekey_edge_origin_calls_total{origin="b:1",result="busy",', count(0, 100)),
  },
  {
    alert: "RekeyOriginFails", because: "an origin with a call a minute is away", rings: atQuietOrigin("no_answer", count(0, 0.25)), after: 510,
    miss: atQuietOrigin("no_answer", `0x${SAMPLES - 1} 1x3 2x3 3x${2 * SAMPLES}`), // away for a minute and a half, as for a restart
  },
  {
    alert: "RekeyClocksDiffer", because: "the database's clock is ahead by 6 s", rings: one("rekey_database_clock_ahead_seconds{", step(0, 6)), after: 60,
    miss: one("rekey_database_clock_ahead_seconds{", step(0, 5)),
  },
  { alert: "RekeyClocksDiffer", because: "an origin's clock is behind", rings: one("rekey_database_clock_ahead_seconds{", step(0, -6)), after: 60, miss: one("rekey_database_clock_ahead_seconds{", step(0, -5)) },
  ...alarmCases("RekeyClocksDiffer", 60, { origin: ["clock"], edge: ["clock"] }),
  {
    alert: "RekeyGuessing", because: "many clients guessed one account's password", rings: one("rekey_guessed_accounts_total{", jump(1)), after: 0,
    miss: one('rekey_requests_total{use_case="login",outcome="bad_credentials",', jump(1000)),
  },
  {
    alert: "RekeyGuessing", because: "many forged links arrived",
    rings: atEdge('rekey_edge_requests_total{endpoint="reset-password",outcome="forged_token",status="4xx",', jump(101)), after: 0,
    miss: atEdge('rekey_edge_requests_total{endpoint="reset-password",outcome="forged_token",status="4xx",', jump(100)),
  },
  ...alarmCases("RekeyAlarm", 0, {
    origin: ["fault", "poisoned_mail", "log_file", "schema", "other_version", "relay"],
    edge: ["fault", "limiter_storage", "client_address", "origin_garbled", "origin_refused_request", "other_version"],
  }),
  {
    alert: "RekeyAlarm", because: "too many kinds of hashes, from the start", rings: { [`rekey_alarms_total{what="hash_kinds",${origin(2)}}`]: step(0, 1) }, after: 0,
    miss: { [`rekey_alarms_total{what="${LEFT_OUT.origin}",${origin(2)}}`]: step(0, 1) },
  },
  {
    alert: "RekeyAlarm", because: "an edge's pages are of another version, from the start", rings: atEdge('rekey_edge_alarms_total{what="other_site",', step(0, 1)), after: 0,
    miss: atEdge(`rekey_edge_alarms_total{what="${LEFT_OUT.edge}",`, step(0, 1)),
  },
  {
    alert: "RekeyAlarm", because: "log lines were lost", rings: one("rekey_log_lines_lost_total{", jump(1)), after: 0,
    miss: atEdge("rekey_edge_log_lines_left_out_total{", jump(100)),
  },
  {
    alert: "RekeyRestarting", because: "an origin was started three times", after: 120,
    rings: one("process_start_time_seconds{", `1000x${SAMPLES - 1} 1001x3 1002x3 1003x${2 * SAMPLES}`),
    miss: one("process_start_time_seconds{", `1000x${SAMPLES - 1} 1001x3 1002x${2 * SAMPLES}`),
  },
  {
    alert: "RekeyRestarting", because: "an edge was started three times", after: 120,
    rings: atEdge("rekey_edge_start_time_seconds{", `1000x${SAMPLES - 1} 1001x3 1002x3 1003x${2 * SAMPLES}`),
    miss: atEdge("rekey_edge_start_time_seconds{", `1000x${SAMPLES - 1} 1001x3 1002x80 1003x${2 * SAMPLES}`),
  },
  { alert: "RekeyResourcesLow", because: "descriptors are nearly used up", rings: one("process_open_fds{", step(50, 801)), after: 300, miss: one("process_open_fds{", step(50, 800)) },
  {
    alert: "RekeyResourcesLow", because: "memory is nearly used up", rings: one("process_resident_memory_bytes{", step(1e8, 9.1e8)), after: 300,
    miss: one("process_resident_memory_bytes{", dip(1e8, 9.1e8, 19)),
  },
  {
    alert: "RekeyPruneOverdue", because: "old rows stay for two hours too long", rings: one("rekey_prune_overdue_seconds{", step(0, 7201)), after: 600,
    miss: one("rekey_prune_overdue_seconds{", step(0, 7200)),
  },
  {
    alert: "RekeyWebhooksWait", because: "a webhook has waited for a quarter of an hour", rings: one("rekey_oldest_webhook_seconds{", step(1, 901)), after: 300,
    miss: one("rekey_oldest_webhook_seconds{", step(1, 900)),
  },
  { alert: "RekeyWebhooksLost", because: "a receiver answered 410", rings: one("rekey_webhook_urls_gone{", step(0, 1)), after: 0, miss: one('rekey_webhooks_total{what="failed",', jump(100)) },
  {
    alert: "RekeyWebhooksLost", because: "a webhook was given up", rings: one('rekey_webhooks_total{what="dead",', jump(1)), after: 0,
    miss: one('rekey_webhooks_total{what="failed",', jump(1)),
  },
  {
    alert: "RekeyVersionsMixed", because: "an edge has another version for half an hour", after: 1800,
    rings: { [`rekey_edge_build_info{version="0.1.0",${edge}}`]: step(1, 1).replace(/ .*/, " stale"), [`rekey_edge_build_info{version="0.2.0",${edge}}`]: `_x${SAMPLES} 1x${2 * SAMPLES}` },
    miss: { [`rekey_build_info{version="0.2.0",${origin(2)}}`]: `_x${SAMPLES} 1x118 stale` },
  },
];

const folder = mkdtempSync(join(tmpdir(), "rekey-rules-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const promtool = (/** @type {string[]} */ ...words) => execFileSync("promtool", words, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

/** @param {string} name @param {SeriesValues} change @param {{at: number, alerts: string[]}[]} expected that have fired by then @param {string} [beside] */
function promtoolTest(name, change, expected, beside = "") {
  const input_series = Object.entries({ ...healthy, ...change }).map(([series, values]) => ({ series, values }));
  const promql_expr_test = expected.map(({ at, alerts }) => ({
    expr: `group by (alertname) (count_over_time(ALERTS{alertstate="firing", alertname!="${beside}"}[3h]))`,
    eval_time: `${at}s`,
    exp_samples: alerts.map((alertname) => ({ labels: `{alertname="${alertname}"}`, value: 1 })),
  }));
  const tests = { rule_files: [RULES], evaluation_interval: "15s", tests: [{ interval: "15s", input_series, promql_expr_test }] };
  try {
    promtool("test", "rules", writeTo(`${name.replace(/\W+/g, "_")}.yml`, JSON.stringify(tests)));
  } catch (error) {
    assert.fail(`${name}: ${/** @type {any} */ (error).stdout}${/** @type {any} */ (error).stderr}`);
  }
}

describe("the rules", () => {
  const rules = readRules();

  test("are valid for Prometheus, and so is the example of a configuration", () => {
    promtool("check", "rules", RULES);
    promtool("check", "config", "--syntax-only", CONFIGURATION);
  });

  test("each has an urgency, a meaning, a first thing to do, and a case here", () => {
    for (const rule of rules) {
      assert.match(rule.severity, /^(page|ticket)$/, rule.alert);
      for (const part of /** @type {const} */ (["expr", "summary", "description", "action"])) assert.ok(rule[part].length > 10, `${rule.alert}: ${part}`);
      assert.ok(metricsIn(rule.expr).length > 0, rule.alert);
      assert.ok(cases.some(({ alert }) => alert === rule.alert), `${rule.alert} has no case`);
    }
    assert.deepEqual([...new Set(cases.map(({ alert }) => alert))].filter((name) => !rules.some(({ alert }) => alert === name)), []);
    assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length);
  });

  test("in a hurry have shorter times, and the same thresholds", () => {
    const text = readFileSync(RULES, "utf8");
    const fast = hurry(text, 60);
    assert.ok(fast.includes("for: 3000ms") && fast.includes("for: 10000ms") && fast.includes("[5000ms]") && fast.includes("> 600\n"));
    assert.doesNotMatch(fast, /(for: |\[)\d+[smh]\b/);
    promtool("check", "rules", writeTo("fast.yml", fast));
  });
});

/** @param {string} name @param {string} text */
function writeTo(name, text) {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

test("a healthy installation rings nothing", () => promtoolTest("healthy", {}, [{ at: 2 * CHANGE, alerts: [] }]));

for (const { alert, because, rings, after: seconds, miss, beside } of cases) {
  test(`${alert}: ${because}`, () => {
    const fires = CHANGE + seconds;
    promtoolTest(`${alert} ${because}`, rings, [{ at: fires - 15, alerts: [] }, { at: fires, alerts: [alert] }], beside);
    promtoolTest(`${alert} near miss of ${because}`, miss, [{ at: fires + LATER, alerts: [] }], beside);
  });
}
