// The product whose accounts a run torments: it adds them to its own table, by SQL and not over the faulty links, and each is recorded like
// a registration at an edge. While the database is away it can't, and does not know whether it has.
import { addForeignAccount } from "../system/foreign_accounts.mjs";

/**
 * @typedef {import("./history.mjs").Call} Call
 * @typedef {import("./recorder.mjs").Recorder} Recorder
 */

/** As in world.mjs. */
const COST = { memory: 7168, passes: 1 };

export class ForeignProduct {
  /** @param {import("../system/database.mjs").Database} database @param {Recorder} recorder */
  constructor(database, recorder) {
    this.database = database;
    this.recorder = recorder;
  }

  /**
   * @param {import("./history.mjs").Operation} op "register"
   * @param {import("./edge_client.mjs").Wish} wish
   * @returns {Promise<Call>}
   */
  async call(op, { username = "", email, password = "" }) {
    const { recorder } = this;
    const id = recorder.nextId();
    const began = recorder.now();
    const { status, problem } = await addForeignAccount(this.database, { username, email, password }, COST).then(() => ADDED, outcomeOf);
    /** @type {Call} */
    const call = { kind: "call", id, op, edge: 0, began, ended: recorder.now(), status, email, password, newPassword: "", token: "", session: "", requestId: "", problem };
    recorder.call(call);
    return call;
  }
}

const ADDED = { status: 201, problem: "" };
const TAKEN = { status: 409, problem: "taken" };
const UNKNOWN = { status: 0, problem: "" };

/** @param {unknown} error of psql */
function outcomeOf(error) {
  return String(error).includes("duplicate key") ? TAKEN : UNKNOWN;
}
