// One account and every call that set its password, or may have. The order of calls that overlap or have no answer is open. This file
// derives it from their links and sessions, as far as possible, by the rule that a change of the password ends every earlier link and
// session. It draws only conclusions that no order of the calls contradicts.

/**
 * @typedef {import("./history.mjs").Call} Call
 * @typedef {import("./check_story.mjs").Link} Link
 * @typedef {import("./check_story.mjs").Session} Session
 *
 * A call that set a password, or may have set it.
 * @typedef {object} Write
 * @property {Call} call
 * @property {string} password
 * @property {boolean} anyPassword any password fits: the account existed before the run
 * @property {number} from it took effect after this
 * @property {number} until and before this; Infinity if it has no answer and may still take effect
 * @property {boolean} certain
 * @property {"registration" | "link" | "session"} by
 * @property {string} token of that link or session, else ""
 * @property {number} tokenKnownAt the token was made before this; Infinity if unknown
 * @property {Call[]} shownBy log-ins that prove a write without an answer
 * @property {number} overBy by this time another password was set, or the write never took effect; Infinity if unknown
 * @property {Write | undefined} overThrough the write that ended it
 *
 * @typedef {"must" | "must not" | "either"} Verdict
 */

export class Account {
  /** @type {Write[]} */
  writes = [];

  /**
   * @param {string} email in lower case
   * @param {Record<string, any> | undefined} user its row at the end
   * @param {Call[]} registrations
   * @param {Call[]} logIns
   */
  constructor(email, user, registrations, logIns) {
    this.email = email;
    this.user = user;
    this.registrations = registrations;
    this.logIns = logIns;
    this.isActive = user?.is_active === true;
    for (const call of registrations) this.#add(call, call.password, "registration", "", Infinity);
    if (user && this.writes.length === 0) this.writes.push(beforeTheRun(email));
  }

  /** @param {Call} call @param {Link | undefined} link */
  addReset(call, link) {
    const write = this.#add(call, call.newPassword, "link", call.token, link?.firstAt ?? Infinity);
    const cancelled = link?.cancels.filter((cancel) => cancel.status === 204).map((cancel) => cancel.ended) ?? [];
    if (write && !write.certain) write.until = Math.min(Infinity, ...cancelled);
  }

  /** @param {Call} call @param {Session | undefined} session */
  addChange(call, session) {
    this.#add(call, call.newPassword, "session", call.token, session?.logIn.ended ?? Infinity);
  }

  /** After all writes are added: derives what is known about the uncertain ones. */
  settle() {
    this.writes.sort((a, b) => a.from - b.from);
    this.#findEnds();
    this.#proveByLogIns();
    this.#dropOtherUsesOfUsedLinks();
    this.#findEnds();
  }

  /**
   * @param {Call} call that was made with this password
   * @param {string} password
   * @returns {{verdict: Verdict, writes: Write[]}} whether the password had to be right, and the writes that show it
   */
  judge(call, password) {
    const own = this.writes.filter((write) => write.call !== call);
    const setters = own.filter((write) => write.password === password || write.anyPassword);
    if (!setters.some((write) => write.from <= call.ended && write.overBy >= call.began)) {
      return { verdict: "must not", writes: setters.flatMap((write) => (write.overThrough ? [write, write.overThrough] : [write])) };
    }
    const setter = setters.find((write) => this.#certainlyHolds(write, call, own));
    return setter ? { verdict: "must", writes: [setter] } : { verdict: "either", writes: [] };
  }

  /**
   * @param {number} from
   * @param {number} until
   * @returns {Write[]} that may have taken effect in this period
   */
  writesWithin(from, until) {
    return this.writes.filter((write) => write.from <= until && Math.min(write.until, write.overBy) >= from);
  }

  /**
   * @param {number} from
   * @param {number} until
   * @returns {Write[]} that certainly took effect after the one and before the other
   */
  certainWritesBetween(from, until) {
    return this.writes.filter((write) => write.certain && from < write.from && write.until < until);
  }

  /**
   * @param {Write} write
   * @param {Call} call
   * @param {Write[]} others
   */
  #certainlyHolds(write, call, others) {
    if (!write.certain || write.anyPassword || write.until >= call.began) return false;
    return !others.some((other) => other !== write && other.from <= call.ended && mayFollow(write, other) && !repeats(other, write, call));
  }

  /**
   * @param {Call} call
   * @param {string} password
   * @param {Write["by"]} by
   * @param {string} token
   * @param {number} tokenKnownAt
   * @returns {Write | undefined}
   */
  #add(call, password, by, token, tokenKnownAt) {
    if (call.status >= 400 && call.status < 500) return undefined;
    const certain = call.status >= 200 && call.status < 300;
    const write = { call, password, anyPassword: false, from: call.began, until: certain ? call.ended : Infinity, certain, by, token,
                    tokenKnownAt, shownBy: [], overBy: Infinity, overThrough: undefined };
    this.writes.push(write);
    return write;
  }

  #findEnds() {
    const certain = this.writes.filter((write) => write.certain);
    for (const write of this.writes) {
      const enders = certain.filter((other) => other !== write && !mayFollow(other, write));
      write.overThrough = enders.reduce((first, other) => (first && first.until <= other.until ? first : other), /** @type {Write | undefined} */ (undefined));
      write.overBy = write.overThrough?.until ?? Infinity;
    }
  }

  /** A log-in with a password that only one unanswered call can have set proves that this call was carried out. */
  #proveByLogIns() {
    for (const logIn of this.logIns) {
      if (logIn.status < 200 || logIn.status >= 300) continue;
      const setters = this.writes.filter((write) => (write.password === logIn.password || write.anyPassword) && write.from <= logIn.ended);
      if (setters.length !== 1 || !isOpen(setters[0])) continue;
      setters[0].certain = true;
      setters[0].until = Math.min(setters[0].until, logIn.ended);
      setters[0].shownBy.push(logIn);
    }
  }

  /** A link works once: if one use of it is certain, no other was carried out. */
  #dropOtherUsesOfUsedLinks() {
    const used = new Set(this.writes.filter((write) => write.by === "link" && write.certain).map((write) => write.token));
    this.writes = this.writes.filter((write) => write.certain || write.by !== "link" || !used.has(write.token));
  }
}

/**
 * @param {Write} first
 * @param {Write} second
 * @returns {boolean} whether the second may have taken effect after the first: it did not end earlier, and its link or session may be
 *   younger than the first, or was kept by it
 */
export function mayFollow(first, second) {
  if (second.by === "registration" || second.until < first.from) return false;
  if (first.by === "session" && second.by === "session" && first.token === second.token) return true;
  return second.tokenKnownAt >= first.from;
}

/** @param {Write} write */
function isOpen(write) {
  return !write.certain && Math.min(write.until, write.overBy) >= write.from;
}

/** @param {Write} other @param {Write} write @param {Call} call @returns {boolean} whether the other set the same password, and had ended before the call */
function repeats(other, write, call) {
  return other.password === write.password && other.until < call.began;
}

/** @param {string} email @returns {Write} */
function beforeTheRun(email) {
  const call = { kind: /** @type {const} */ ("call"), id: 0, op: /** @type {const} */ ("register"), edge: 0, began: -Infinity, ended: -Infinity, status: 201,
                 email, password: "", newPassword: "", token: "", session: "", requestId: "" };
  return { call, password: "", anyPassword: true, from: -Infinity, until: -Infinity, certain: true, by: "registration", token: "",
           tokenKnownAt: Infinity, shownBy: [], overBy: Infinity, overThrough: undefined };
}
