// Refusals that need no origin: a forged token, a malformed body, a client over its limit; each beside a plain-JavaScript Worker that
// makes the same checks, beside a Worker that does nothing, and a forged token beside one that answers as we do without any check.
import { forgedToken, limitedClient, malformedBody } from "./edge_flows.mjs";
import { figureOf, measureStages, warmUp } from "./edge_stages.mjs";
import { ReferenceWorkers } from "./reference_workers.mjs";
import { sample } from "./wrk.mjs";

/**
 * @typedef {import("./edge_flows.mjs").Flow} Flow
 * @typedef {import("./edge_stages.mjs").Run} Run
 * @typedef {import("./edge_stages.mjs").Stage} Stage
 * @typedef {import("./measurement.mjs").Figure} Figure
 * @typedef {import("../rig/rig.mjs").Rig} Rig
 */

const EMPTY = "empty Worker";
const PLAIN = "plain-JavaScript Worker";
const BARE = "bare Worker";
const EMPTY_STATUS = 204;

const ABOUT = "the plain-JavaScript Worker answers with the same headers, logs the same line, and keeps its limits in Durable Objects, too; "
  + "the bare Worker reads the body and answers with these headers, and checks nothing";

/** The design's goals for a forged token. */
const REACH = new Map([[PLAIN, 1], [EMPTY, 0.5]]);

/** @param {Rig} rig whose second edge has the limit @param {import("./measurement.mjs").Wishes} wishes @returns {Promise<Figure[]>} */
export async function measureRefusals(rig, wishes) {
  const forged = forgedToken(rig.settings.RESET_PASSWORD_TOKEN_SECRET);
  const flows = { forged, malformed: malformedBody(), limited: limitedClient() };
  const workers = await ReferenceWorkers.start(rig.folder, rig.edgeSettings);
  try {
    await reachLimit([rig.edges[1].url, workers.plainUrl], flows.limited);
    const stages = stagesOf(rig, workers, flows);
    await warmUp(stages);
    const runs = await measureStages(stages, wishes);
    const figures = runs.flatMap((run) => Object.values(flows).flatMap((flow) => figuresOf(run, flow)));
    figures[0].note = ABOUT;
    return figures;
  } finally {
    await workers.end();
  }
}

/**
 * The empty Worker does the same for every request, so one measurement of it in each round serves three flows.
 * @param {Rig} rig @param {ReferenceWorkers} workers @param {Record<"forged" | "malformed" | "limited", Flow>} flows
 * @returns {Record<string, Stage>}
 */
function stagesOf({ edges: [open, strict] }, workers, { forged, malformed, limited }) {
  const plain = { url: workers.plainUrl, logged: workers };
  return {
    [plainName(limited)]: { ...plain, flow: limited },
    [limited.name]: { url: strict.url, logged: strict, flow: limited },
    [malformed.name]: { url: open.url, logged: open, flow: malformed },
    [plainName(malformed)]: { ...plain, flow: malformed },
    [EMPTY]: { url: workers.emptyUrl, flow: { ...forged, status: EMPTY_STATUS } },
    [forged.name]: { url: open.url, logged: open, flow: forged },
    [plainName(forged)]: { ...plain, flow: forged },
    [BARE]: { url: workers.bareUrl, flow: forged },
  };
}

/** @param {Flow} flow */
function plainName({ name }) {
  return `${name}, ${PLAIN}`;
}

/** Uses up the client's first request, which is below every limit. @param {string[]} urls @param {Flow} flow */
async function reachLimit(urls, flow) {
  const first = { ...flow, requests: flow.requests.slice(0, 1) };
  for (const url of urls) await sample(url, first, 202);
}

/** @param {Run} run @param {Flow} flow @returns {Figure[]} */
function figuresOf(run, flow) {
  const reachOf = (/** @type {string} */ reference) => (flow.event === "token.forged" ? REACH.get(reference) : undefined);
  return [
    figureOf(run, flow.name, plainName(flow), { referenceName: PLAIN, reach: reachOf(PLAIN) }),
    figureOf(run, flow.name, EMPTY, { referenceName: EMPTY, reach: reachOf(EMPTY) }),
    ...(flow.event === "token.forged" ? [figureOf(run, flow.name, BARE, { referenceName: BARE })] : []),
  ];
}
