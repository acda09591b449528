// The end of a run: waits until no mail and no webhook is left to send, and collects the checker's input. The database's clock, which decides what is
// due, is stepped forward, so that waiting rows become due soon; by then no client calls any more.
import { LIFETIME_SECONDS } from "./world.mjs";

/**
 * @typedef {import("./world.mjs").World} World
 * @typedef {import("./history.mjs").End} End
 */

const LOOK_EVERY = 250;
const LONGEST = 240_000;
/** The store's longest backoff is 10 s; a relay that was away for half a minute is probed 20 s later; after its refusal a minute passes. */
const PATIENCE = 25_000;
const PATIENCE_AFTER_REFUSAL = 75_000;

// While a mail of its account is in the outbox, a request is due again every second, and waits only for that mail.
const ADDRESSES_IN_OUTBOX = `
  SELECT lower(u.email COLLATE "C") FROM deliveries d JOIN users u ON u.id::text = d.user_id WHERE d.kind = 'reset' AND d.ended_at IS NULL`;

// So is a webhook that follows another one of its account.
const WAITS_FOR_ANOTHER = "EXISTS (SELECT FROM webhook_messages p WHERE p.account = m.account AND p.url = m.url AND p.ended_at IS NULL AND p.id < m.id)";

const STANDING = `
  SELECT count(*) AS left_to_do, coalesce(ceil(extract(epoch FROM min(due_at) - now())), 0)::integer AS next_due,
         coalesce(md5(string_agg(kind || id || state || attempt, ' ' ORDER BY kind, id)), '') AS look
  FROM (SELECT 'request' AS kind, id, state, 0 AS attempt, CASE WHEN email = ANY (ARRAY(${ADDRESSES_IN_OUTBOX})) THEN NULL ELSE due_at END AS due_at
        FROM reset_requests WHERE ended_at IS NULL
        UNION ALL
        SELECT 'delivery', id, state, attempt, coalesce(leased_until, due_at) FROM deliveries WHERE ended_at IS NULL
        UNION ALL
        SELECT 'webhook', m.id, m.state, attempt, CASE WHEN ${WAITS_FOR_ANOTHER} THEN NULL ELSE coalesce(leased_until, greatest(due_at, held_until)) END
        FROM webhook_messages m JOIN webhook_urls u ON u.id = m.url WHERE ended_at IS NULL) AS waiting`;

// Each request with the fields of its delivery, if it has one. A request with two deliveries would give two rows.
const REQUESTS = `
  SELECT r.id, r.request_id, r.email, r.state, r.requested_at, r.ended_at, coalesce(r.due_at, d.leased_until, d.due_at) AS due_at,
         d.id AS delivery, d.attempt AS attempts, d.seed, d.token_hash, d.token_expires_at, CASE d.state WHEN 'sent' THEN d.ended_at END AS sent_at
  FROM reset_requests r LEFT JOIN deliveries d ON d.reset_request = r.id ORDER BY r.id`;

/** Returns when nothing is left to do, or when there is no progress any more. @param {World} world */
export async function drain(world) {
  const { recorder, rig } = world;
  const began = recorder.now();
  const patience = recorder.faults.some(({ name }) => name === "relay_refuses_us") ? PATIENCE_AFTER_REFUSAL : PATIENCE;
  const steps = new ClockSteps(world);
  for (let look = "", moved = began; recorder.now() < began + LONGEST; ) {
    const standing = await rig.database.row(STANDING);
    if (standing.left_to_do === 0) break;
    if (standing.look !== look) moved = recorder.now();
    look = standing.look;
    if (recorder.now() > moved + patience) break;
    if (standing.next_due > 2) steps.forward(standing.next_due);
    await sleep(LOOK_EVERY);
  }
  steps.writeDown(began);
}

class ClockSteps {
  #seconds = 0;

  /** @param {World} world */
  constructor(world) {
    this.world = world;
    this.clock = /** @type {import("./stepped_clock.mjs").SteppedClock} */ (world.clocks.get("database"));
  }

  /** @param {number} seconds */
  forward(seconds) {
    this.#seconds += seconds;
    this.clock.step(this.#seconds);
  }

  /** @param {number} began */
  writeDown(began) {
    const { recorder } = this.world;
    if (this.#seconds === 0) return;
    recorder.fault({ kind: "fault", began, ended: recorder.now(), name: "drain_clock", target: "database", detail: { seconds: this.#seconds } });
  }
}

/** @param {World} world @returns {Promise<End>} */
export async function endOf(world) {
  const { recorder, rig } = world;
  const steps = recorder.faults.filter(({ name, detail }) => /^(step|leap)_clock$/.test(name) && !detail.left_out);
  return {
    kind: "end",
    at: recorder.now(),
    requests: await rig.database.rows(REQUESTS),
    deliveries: await rig.database.rows("SELECT * FROM deliveries WHERE kind = 'reset' ORDER BY id"),
    attempts: await rig.database.rows("SELECT * FROM delivery_attempts ORDER BY delivery, attempt"),
    tokens: await rig.database.rows("SELECT * FROM reset_tokens ORDER BY delivery"),
    notices: await rig.database.rows("SELECT * FROM deliveries WHERE kind = 'password_changed' ORDER BY id"),
    webhooks: await rig.database.rows("SELECT id, message_id, account, type, state, attempt, status, reason FROM webhook_messages ORDER BY account, id"),
    users: await rig.database.rows("SELECT id::text AS id, email, is_active FROM users ORDER BY email"),
    lifetimeSeconds: LIFETIME_SECONDS,
    largestClockStepSeconds: Math.max(0, ...steps.map(({ detail }) => Math.abs(Number(detail.seconds)))),
    mailLimit: rig.settings.MAIL_LIMIT_PER_ACCOUNT,
    edgeLimit: rig.edgeSettings.LIMIT_FORGOT_PER_ACCOUNT, // all limits are equal
    endedUnasked: world.endedUnasked(),
  };
}

/** @param {World} world @returns {Promise<import("./history.mjs").Writing[]>} */
export async function writingsOf(world) {
  const webhooks = { name: "webhooks", text: world.receiver.bodies.join("\n") };
  return [...world.logs(), webhooks, { name: "dump of the database", text: await world.rig.database.dump() }];
}

/** @param {number} milliseconds */
function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
