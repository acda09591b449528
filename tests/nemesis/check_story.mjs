// A run in order for the checks: accounts with every call that set a password, links with their mails, requests and uses, sessions.
// It judges only one thing: which calls certainly had an effect, which certainly had none, and which are uncertain.
import { tokenExpiry, tokenHash } from "../system/token.mjs";
import { Account } from "./check_account.mjs";
import { foldRepeats } from "./check_keyed_calls.mjs";
import { Replacement } from "./check_replacement.mjs";

/**
 * @typedef {import("./history.mjs").Run} Run
 * @typedef {import("./history.mjs").Call} Call
 * @typedef {import("./history.mjs").Mail} Mail
 * @typedef {import("./history.mjs").Fault} Fault
 * @typedef {import("./history.mjs").Violation} Violation
 * @typedef {Record<string, any>} Row
 *
 * @typedef {object} Link all that the checks know about a mailed token
 * @property {string} token
 * @property {string} email in lower case, of its first mail
 * @property {Mail[]} mails in order of time
 * @property {number} firstAt its first mail: the token was made earlier
 * @property {number} firstTakenAt its first mail that the relay took, or may have seemed to take; Infinity if there is none
 * @property {number} bornFrom a time before it was made
 * @property {number} expiry Unix seconds
 * @property {Row | undefined} row its request, with fields of the delivery
 * @property {Call[]} uses
 * @property {Call[]} cancels with the address that it was mailed to: any other has no effect
 *
 * @typedef {object} Session
 * @property {string} token
 * @property {Call} logIn
 * @property {number} expiry Unix seconds
 * @property {Call[]} uses `me` and `change_password`
 * @property {Call[]} logOuts
 */

const terminalStates = new Set(["sent", "no_account", "suppressed", "superseded", "rejected", "expired_undelivered"]);

export class Story {
  /** @type {Map<string, Account>} by address in lower case */
  accounts = new Map();
  /** @type {Map<string, Link>} by token */
  links = new Map();
  /** @type {Map<Row, Link>} */
  linkOfRow = new Map();
  /** @type {Map<string, Session>} by token */
  sessions = new Map();
  /** @type {Record<string, number>} */
  counts = {};
  /** @type {Map<Row, number>} */
  #requestedAt = new Map();
  /** @type {number[] | undefined} */
  #sortedBegins;

  /** @param {Run} run */
  constructor(run) {
    if (!Number.isFinite(run.startedAt)) throw new Error("The run must have startedAt.");
    if (!run.frontendUrl) throw new Error("The run must have frontendUrl.");
    this.run = run;
    this.faults = run.faults.filter((fault) => !fault.detail.left_out);
    this.clockFaults = this.faults.filter((fault) => fault.name.includes("clock"));
    this.mailLimits = limitsOf(run.end.mailLimit);
    this.edgeLimit = limitsOf(run.end.edgeLimit)[0];
    this.rowsByRequest = groupBy(run.end.requests, (row) => row.request_id);
    this.rowsByEmail = groupBy(run.end.requests, (row) => lowerCase(row.email));
    this.rowsByHash = groupBy(
      run.end.requests.filter((row) => row.token_hash),
      (row) => hexOf(row.token_hash),
    );
    this.attemptsByDelivery = groupBy(run.end.attempts, (attempt) => String(attempt.delivery));
    this.callsByOperation = groupBy(foldRepeats(run.calls), (call) => call.op);
    this.cancelsByEmail = groupBy(this.calls("cancel"), (call) => lowerCase(call.email));
    this.forgotsByRequest = new Map(this.calls("forgot").map((call) => [call.requestId, call]));
    this.#collectLinks();
    this.#collectSessions();
    this.#collectAccounts();
    this.replacement = new Replacement(this);
  }

  /** @param {import("./history.mjs").Operation} op @returns {Call[]} */
  calls(op) {
    return this.callsByOperation.get(op) ?? [];
  }

  /** @param {Row} delivery @returns {Row[]} its ended attempts, in order */
  attemptsOf(delivery) {
    return this.attemptsByDelivery.get(String(delivery.id)) ?? [];
  }

  /** @param {string} email @returns {Account | undefined} */
  account(email) {
    return this.accounts.get(lowerCase(email));
  }

  /** @param {number} at of the run's clock @returns {number} Unix seconds */
  unix(at) {
    return (this.run.startedAt + at) / 1000;
  }

  /** @param {string} timestamp of the database @returns {number} on the run's clock, provided the database's clock was right */
  instant(timestamp) {
    return Date.parse(timestamp) - this.run.startedAt;
  }

  /**
   * How far any clock may have been off in that period. A moved clock has its effect within seconds.
   * @param {number} from
   * @param {number} until
   * @returns {number} seconds, including two for rounding
   */
  clockError(from, until) {
    if (this.clockFaults.length === 0) return this.run.end.largestClockStepSeconds + 2;
    const near = this.clockFaults.filter((fault) => fault.began <= until + 5000 && fault.ended >= from - 5000);
    return near.reduce((most, fault) => Math.max(most, Math.abs(Number(fault.detail.seconds ?? this.run.end.largestClockStepSeconds))), 0) + 2;
  }

  /**
   * @param {string} timestamp of the database
   * @returns {number} the latest possible time, on the run's clock: a clock that was behind wrote an earlier one
   */
  latest(timestamp) {
    const written = this.instant(timestamp);
    const sure = written + (this.clockFaults.length === 0 ? this.run.end.largestClockStepSeconds + 2 : 2) * 1000;
    return this.clockFaults.reduce((latest, fault) => {
      const behind = -1000 * Number(fault.detail.seconds ?? -this.run.end.largestClockStepSeconds);
      const mayHaveWritten = behind > 0 && written >= fault.began - 5000 - behind && written <= fault.ended + 5000;
      return mayHaveWritten ? Math.max(latest, Math.min(written + behind, fault.ended + 5000)) : latest;
    }, sure);
  }

  /** @param {string} timestamp of the database @returns {number} the earliest possible time: a clock that was ahead wrote a later one */
  earliest(timestamp) {
    const written = this.instant(timestamp);
    const sure = written - (this.clockFaults.length === 0 ? this.run.end.largestClockStepSeconds + 2 : 2) * 1000;
    return this.clockFaults.reduce((earliest, fault) => {
      const ahead = 1000 * Number(fault.detail.seconds ?? this.run.end.largestClockStepSeconds);
      const mayHaveWritten = ahead > 0 && written >= fault.began - 5000 && written <= fault.ended + 5000 + ahead;
      return mayHaveWritten ? Math.min(earliest, Math.max(written - ahead, fault.began - 5000)) : earliest;
    }, sure);
  }

  /** @param {number} milliseconds @returns {number} the most calls that began within a period of this length */
  mostCallsWithin(milliseconds) {
    this.#sortedBegins ??= this.run.calls.map((call) => call.began).sort((a, b) => a - b);
    let most = 0;
    for (let first = 0, last = 0; last < this.#sortedBegins.length; ++last) {
      while (this.#sortedBegins[last] - this.#sortedBegins[first] > milliseconds) ++first;
      most = Math.max(most, last - first + 1);
    }
    return most;
  }

  /** @param {string} name @param {number} [more] */
  count(name, more = 1) {
    this.counts[name] = (this.counts[name] ?? 0) + more;
  }

  /**
   * The order of two requests is certain if the numbers and the times of their rows agree.
   * @param {Row} earlier
   * @param {Row} later
   */
  isCertainlyEarlier(earlier, later) {
    return Number(earlier.id) < Number(later.id) && this.requestedAt(earlier) < this.requestedAt(later);
  }

  /** @param {Row} row @returns {number} */
  requestedAt(row) {
    const known = this.#requestedAt.get(row) ?? Date.parse(row.requested_at);
    this.#requestedAt.set(row, known);
    return known;
  }

  #collectLinks() {
    for (const mail of this.run.mails) if (mail.token) this.#linkOf(mail).mails.push(mail);
    for (const link of this.links.values()) this.#dateLink(link);
    for (const call of this.calls("reset")) this.links.get(call.token)?.uses.push(call);
    for (const call of this.calls("cancel")) {
      const link = this.links.get(call.token);
      if (link && link.email === lowerCase(call.email)) link.cancels.push(call);
    }
  }

  /** @param {Mail} mail @returns {Link} */
  #linkOf(mail) {
    const known = this.links.get(mail.token);
    if (known) return known;
    const row = this.rowsByHash.get(tokenHash(mail.token))?.[0];
    const link = { token: mail.token, email: lowerCase(mail.to), mails: [], firstAt: 0, firstTakenAt: Infinity, bornFrom: -Infinity,
                   expiry: expiryOf(mail.token), row, uses: [], cancels: [] };
    this.links.set(mail.token, link);
    if (row) this.linkOfRow.set(row, link);
    return link;
  }

  /** @param {Link} link */
  #dateLink(link) {
    link.mails.sort((a, b) => a.at - b.at);
    link.firstAt = link.mails[0].at;
    link.firstTakenAt = link.mails.find(isPerhapsTaken)?.at ?? Infinity;
    const asked = link.row && this.forgotsByRequest.get(link.row.request_id);
    link.bornFrom = asked?.began ?? -Infinity;
  }

  #collectSessions() {
    for (const logIn of this.calls("log_in")) {
      if (logIn.session) this.sessions.set(logIn.session, { token: logIn.session, logIn, expiry: expiryOf(logIn.session), uses: [], logOuts: [] });
    }
    for (const call of [...this.calls("me"), ...this.calls("change_password")]) this.sessions.get(call.token)?.uses.push(call);
    for (const call of this.calls("log_out")) this.sessions.get(call.token)?.logOuts.push(call);
  }

  #collectAccounts() {
    const users = new Map(this.run.end.users.map((user) => [lowerCase(user.email), user]));
    const registrations = groupBy(this.calls("register"), (call) => lowerCase(call.email));
    const logIns = groupBy(this.calls("log_in"), (call) => lowerCase(call.email));
    for (const email of new Set([...users.keys(), ...registrations.keys()])) {
      this.accounts.set(email, new Account(email, users.get(email), registrations.get(email) ?? [], logIns.get(email) ?? []));
    }
    for (const call of this.calls("reset")) this.#accountOfReset(call)?.addReset(call, this.links.get(call.token));
    for (const call of this.calls("change_password")) this.account(call.email)?.addChange(call, this.sessions.get(call.token));
    for (const account of this.accounts.values()) account.settle();
  }

  /** @param {Call} call */
  #accountOfReset(call) {
    return this.account(this.links.get(call.token)?.email ?? call.email);
  }
}

/** @param {Call} call whether the answer shows that it was carried out */
export function succeeded(call) {
  return call.status >= 200 && call.status < 300;
}

/** @param {Call} call whether the answer shows that nothing was done. If neither this nor `succeeded` holds, it is uncertain. */
export function refused(call) {
  return call.status >= 400 && call.status < 500;
}

/** @param {Mail} mail */
export function isPerhapsTaken(mail) {
  return mail.reply === "taken" || mail.reply === "unsaid";
}

/** @param {Row} row */
export function hasEnded(row) {
  return terminalStates.has(row.state);
}

/** @param {string} text with ASCII letters in lower case, as addresses are compared */
export function lowerCase(text) {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** @param {string} bytea as psql prints it @returns {string} hex digits */
export function hexOf(bytea) {
  return bytea.replace(/^\\x/, "");
}

/**
 * @template T
 * @param {readonly T[]} items
 * @param {(item: T) => string} keyOf
 * @returns {Map<string, T[]>}
 */
export function groupBy(items, keyOf) {
  /** @type {Map<string, T[]>} */
  const groups = new Map();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/**
 * @param {string | undefined} setting `count/seconds`, several with commas; missing in old histories, where any request may be over a limit
 * @returns {{count: number, seconds: number}[]}
 */
function limitsOf(setting) {
  return (setting ?? "0/60").split(",").map((limit) => {
    const [count, seconds] = limit.split("/").map(Number);
    return { count, seconds };
  });
}

/** @param {string} token @returns {number} NaN for a text that is not a token: then no check of times applies */
function expiryOf(token) {
  return token.length === 72 ? tokenExpiry(token) : NaN;
}
