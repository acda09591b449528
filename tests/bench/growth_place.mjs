// The place of the growth part: one origin without an edge, the sink as its relay, one password for all accounts.
import { Rig } from "../rig/rig.mjs";
import { prepareCost } from "./growth_database_cost.mjs";
import { OriginCalls } from "./growth_origin_calls.mjs";
import { accountAddress, addAccounts } from "./mail_queue.mjs";
import { SmtpSink } from "./mail_sink.mjs";

export const PASSWORD = "a long enough password";

/** The step from account to account, across the whole table and the same in every run: a prime that divides no size. */
const STRIDE = 7919;

export class GrowthPlace {
  /** The number of accounts; they are numbered from 1. */
  accounts = 0;
  /** @type {Set<number>} accounts with a request for a link */
  #asked = new Set();
  #parts;

  /** @returns {Promise<GrowthPlace>} */
  static async start() {
    await using parts = new AsyncDisposableStack(); // ends the started parts if a later one does not start
    const sink = parts.adopt(await SmtpSink.start(), (one) => one.stop());
    const rig = parts.adopt(await Rig.start({ edges: 0, relayPort: sink.port }), (one) => one.stop());
    const calls = new OriginCalls(rig.origins[0].url, rig.settings.EDGE_ORIGIN_KEYS);
    await prepareCost(rig.database);
    await calls.call("register", { username: "bench", email: "bench@example.com", password: PASSWORD }, "created");
    const passwordHash = await rig.database.run("SELECT password_hash FROM users");
    return new GrowthPlace({ rig, sink, calls, passwordHash }, parts.move());
  }

  /**
   * @param {{rig: Rig, sink: SmtpSink, calls: OriginCalls, passwordHash: string}} what
   * @param {AsyncDisposableStack} parts that run
   */
  constructor({ rig, sink, calls, passwordHash }, parts) {
    this.#parts = parts;
    this.rig = rig;
    this.sink = sink;
    this.calls = calls;
    this.database = rig.database;
    this.passwordHash = passwordHash;
  }

  /** @param {number} count of accounts to reach */
  async growAccounts(count) {
    if (count <= this.accounts) return;
    await addAccounts(this.database, this.accounts + 1, count, this.passwordHash);
    this.accounts = count;
  }

  /** @returns {number} an account without a request: a second mail would wait for the account's limit */
  freshAccount() {
    for (let round = this.#asked.size; round < this.#asked.size + this.accounts; ++round) {
      const account = ((round * STRIDE) % this.accounts) + 1;
      if (this.#asked.has(account)) continue;
      this.#asked.add(account);
      return account;
    }
    throw new Error(`all ${this.accounts} accounts have had a request`);
  }

  /** @param {number} count */
  freshAccounts(count) {
    return Array.from({ length: count }, () => this.freshAccount());
  }

  /** Asks for a link. @param {number} account */
  forgot(account) {
    return this.calls.call("forgot-password", { email: accountAddress(account), suppress: false }, "accepted");
  }

  async stop() {
    await this.#parts.disposeAsync();
  }
}
