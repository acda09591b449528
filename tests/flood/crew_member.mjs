// A process of a flood: makes its part of the attack, or of the honest calls, so that neither disturbs the other's timing. Started by
// crew.mjs, which sends the plan; reports ten times a second, and once more when it is asked to stop.
import { ATTACKS, HONEST, forgotAtEdge, forgotAtOrigin } from "./requests.mjs";
import { crowdAddress } from "./addresses.mjs";
import { Lanes } from "./lanes.mjs";
import { SlowSockets } from "./slow_sockets.mjs";
import { Steady } from "./steady.mjs";

const REPORT_EVERY = 100; // short, so that a death is recorded with an up-to-date count

/** @param {import("./crew.mjs").Plan} plan */
function memberFor(plan) {
  if (plan.part === "steady") return new Steady(plan, (index) => HONEST[plan.calls](index, plan.secrets));
  if (plan.part === "lanes") return new Lanes(plan, (index) => ATTACKS[plan.requests](index, plan.secrets));
  if (plan.at === "edge") return new SlowSockets(plan, (index) => forgotAtEdge(crowdAddress(index), "slow@flood.example"));
  return new SlowSockets(plan, () => forgotAtOrigin(plan.secrets.keys, "slow@flood.example"));
}

/** @param {unknown} message */
function tell(message) {
  if (process.connected) process.send?.(message);
}

process.once("message", (/** @type {import("./crew.mjs").Plan} */ plan) => {
  const member = memberFor(plan);
  member.start();
  const timer = setInterval(() => tell({ report: { ...member.report(), tally: { ...member.tally, milliseconds: [] } } }), REPORT_EVERY);
  process.once("message", async () => {
    clearInterval(timer);
    await member.stop();
    tell({ last: member.report() });
    process.disconnect?.();
    process.exit(0);
  });
});
process.once("disconnect", () => process.exit(1)); // the parent has ended
