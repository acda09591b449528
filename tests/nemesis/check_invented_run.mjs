// Invents runs for the checker's tests: many clients call a model that keeps the documents' promises, with lost answers, calls that take
// effect late or never, calls repeated under a key, and mails sent twice. Without a flaw, its histories keep every promise.
import { randomBytes } from "node:crypto";

import { lowerCase } from "./check_story.mjs";
import { mintToken, tokenHash } from "../system/token.mjs";
import { SeededRandom } from "./seeded_random.mjs";

/**
 * @typedef {import("./history.mjs").Run} Run
 * @typedef {import("./history.mjs").Call} Call
 * @typedef {import("./history.mjs").Mail} Mail
 * @typedef {import("./history.mjs").Fault} Fault
 *
 * @typedef {object} ModelAccount
 * @property {string} id
 * @property {string} email
 * @property {string} password "" before it is registered
 * @property {number} version counts changes of the password
 * @property {boolean} isRegistering
 * @property {Map<string, number>} sessions live ones, with the version they were opened under
 * @property {Map<string, {id: number}>} tokens live ones, with their request
 * @property {{token: string, until: number}[]} links that the relay got
 * @property {string[]} handedOut sessions that clients know
 * @property {string[]} passwords that clients have sent
 * @property {boolean} isMailing
 *
 * @typedef {{call: Call, effect: (call: Call) => (() => void) | void}} Chosen
 */

export const SECRET = "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
export const STARTED_AT = Date.UTC(2030, 0, 1);
export const LIFETIME = 600;

/** @param {number} at of the run's clock @returns {string} as psql prints it */
export function timestamp(at) {
  return new Date(STARTED_AT + at).toISOString().replace("Z", "+00:00");
}

/** @param {number} at its expiry, on the run's clock @returns {string} */
export function inventToken(at) {
  return mintToken(SECRET, { expiresAt: Math.floor((STARTED_AT + at) / 1000) });
}

/** @returns {Run} an empty one */
export function emptyRun() {
  return {
    seed: "invented", startedAt: STARTED_AT, frontendUrl: "https://account.example.com", calls: [], mails: [], webhooks: [], faults: [], writings: [],
    secrets: [SECRET.slice(2)],
    end: { kind: "end", at: 1_000_000, requests: [], deliveries: [], attempts: [], tokens: [], notices: [], users: [], lifetimeSeconds: LIFETIME, largestClockStepSeconds: 0,
           mailLimit: "1000/60,10000/3600", edgeLimit: "100000/60", endedUnasked: {} },
  };
}

/** @param {Partial<Call>} call @returns {Call} */
export function inventCall(call) {
  return { kind: "call", id: 0, op: "me", edge: 0, began: 0, ended: 0, status: 200, email: "", password: "", newPassword: "", token: "", session: "",
           requestId: "", ...call };
}

/** @type {Record<number, string>} the most common problem of each status */
const PROBLEMS = { 401: "no-session", 408: "body-timeout", 409: "taken", 422: "invalid-fields", 429: "rate-limited", 503: "unavailable" };

/** Adds the rest of the answer that a correct product gives. @param {Call} call @returns {Call} the same */
export function withAnswer(call) {
  const { op, status } = call;
  const of400 = op === "change_password" ? "wrong-password" : "bad-token";
  call.problem ||= status === 400 ? of400 : status === 401 && op === "log_in" ? "bad-credentials" : (PROBLEMS[status] ?? "");
  call.media ??= status === 0 || status === 204 ? "" : status < 400 ? "application/json" : "application/problem+json";
  return call;
}

/** @param {Partial<Mail>} mail @returns {Mail} */
export function inventMail(mail) {
  const token = mail.token ?? "";
  return { kind: "mail", at: 0, to: "", subject: "reset", token, link: token && `https://account.example.com/reset-password#token=${token}`,
           messageId: `<${token.slice(8, 20)}@example.com>`, reply: "taken", ...mail };
}

/**
 * @param {string} seed
 * @param {{calls: number, accounts: number, clients: number}} size
 * @param {"none" | "links kept" | "sessions kept" | "log-ins not checked again" | "replaced links kept" | "answers forgotten"} [flaw] a promise that the model breaks
 * @returns {Run}
 */
export function inventRun(seed, size, flaw = "none") {
  return new Model(seed, size, flaw).run();
}

class Model {
  #run = emptyRun();
  #now = 0;
  /** @type {{at: number, act: () => void}[]} a heap by time */
  #events = [];
  #nextRow = 1;

  /** @param {string} seed @param {{calls: number, accounts: number, clients: number}} size @param {string} flaw */
  constructor(seed, size, flaw) {
    this.flaw = flaw;
    this.random = new SeededRandom(seed);
    this.left = size.calls;
    this.clients = size.clients;
    /** @type {ModelAccount[]} */
    this.accounts = Array.from({ length: size.accounts }, (_, index) => newAccount(`Person${index}@example.com`));
  }

  run() {
    for (let client = 0; client < this.clients; ++client) this.#later(this.random.between(0, 200), () => this.#nextCall());
    for (let event = this.#pop(); event; event = this.#pop()) {
      this.#now = event.at;
      event.act();
    }
    return this.#finish();
  }

  #nextCall() {
    if (this.left-- <= 0) return;
    const account = this.random.pick(this.accounts);
    const chosen = this.#choose(account);
    const isKeyed = ["register", "reset", "change_password"].includes(chosen.call.op) && this.random.chance(0.25);
    if (!isKeyed) return this.#make(chosen, () => this.#nextCall());
    const repetition = this.#underKey(chosen);
    if (this.random.chance(0.3)) this.#make(repetition(), () => {});
    this.#make(repetition(), () => this.#make(repetition(), () => this.#nextCall()));
  }

  /** @param {Chosen} chosen @param {() => void} next */
  #make({ call, effect }, next) {
    const began = this.#now;
    const fate = this.random.pick(["answered", "answered", "answered", "answered", "answered", "lost", "never", "late"]);
    let heard = () => {};
    const effectAt = this.random.between(1, 300) + (fate === "late" ? this.random.between(0, 5000) : 0);
    if (fate !== "never") this.#later(effectAt, () => (heard = effect(call) ?? heard));
    const takes = fate === "late" ? this.random.between(1, 300) : effectAt + this.random.between(1, 300);
    this.#later(takes, () => {
      call.ended = this.#now;
      if (fate !== "answered") this.#unhear(call);
      else heard();
      this.#run.calls.push(withAnswer({ ...call, began, id: this.#run.calls.length + 1 }));
      if (fate === "answered") this.#learn(call);
      this.#later(this.random.between(1, 400), next);
    });
  }

  /** Takes effect once, for the first repetition that arrives; all others get its answer. @param {Chosen} chosen @returns {() => Chosen} */
  #underKey({ call, effect }) {
    const before = { ...call };
    const key = this.random.word();
    let isKept = false;
    const answer = (/** @type {Call} */ repetition) => {
      if (!isKept) effect(Object.assign(call, before));
      isKept = this.flaw !== "answers forgotten";
      Object.assign(repetition, { status: call.status, problem: call.problem });
    };
    return () => ({ call: { ...before, key, sent: "the body" }, effect: answer });
  }

  /** @param {Call} call */
  #unhear(call) {
    Object.assign(call, { status: this.random.pick([0, 503]), session: "", requestId: "", problem: "" });
  }

  /** Records what the client learns from the answer. @param {Call} call */
  #learn(call) {
    const account = this.#accountOf(call.email);
    if (call.session) account?.handedOut.push(call.session);
  }

  /** @param {string} email */
  #accountOf(email) {
    return this.accounts.find((one) => lowerCase(one.email) === lowerCase(email));
  }

  /**
   * @param {ModelAccount} account
   * @returns {Chosen}
   */
  #choose(account) {
    if (!account.isRegistering) return this.#register(account);
    const op = this.random.pick(["log_in", "log_in", "log_in", "me", "me", "me", "forgot", "reset", "reset", "change_password", "cancel", "log_out"]);
    const session = account.handedOut.length > 0 ? this.random.pick(account.handedOut.slice(-3)) : "";
    const link = account.links.length > 0 ? this.random.pick(account.links.slice(-3)).token : "";
    if (op === "log_in") return this.#logIn(account);
    if (op === "forgot") return this.#forgot(account);
    if (op === "reset" && link) return this.#reset(account, link);
    if (op === "cancel" && link && this.random.pick([true, false, false])) return this.#cancel(account, link);
    if (op === "change_password" && session) return this.#change(account, session);
    if (op === "log_out" && session) return this.#logOut(account, session);
    return session ? this.#me(account, session) : this.#logIn(account);
  }

  /** @param {ModelAccount} account */
  #register(account) {
    account.isRegistering = true;
    const call = inventCall({ op: "register", email: account.email, password: this.#newPassword(account) });
    return { call, effect: () => ((account.password = call.password), (call.status = 201), undefined) };
  }

  /** @param {ModelAccount} account */
  #logIn(account) {
    const password = this.random.pick(account.passwords.slice(-3));
    const call = inventCall({ op: "log_in", email: account.email, password, status: 401 });
    /** The password is verified now, and the session opened a moment later, only if nothing has changed. */
    const effect = () => {
      const { version } = account;
      const fits = account.password === password;
      return () => {
        if (!fits || (account.version !== version && this.flaw !== "log-ins not checked again")) return;
        call.status = 200;
        call.session = inventToken(this.#now + 1_800_000);
        account.sessions.set(call.session, version);
      };
    };
    return { call, effect };
  }

  /** @param {ModelAccount} account */
  #forgot(account) {
    const call = inventCall({ op: "forgot", email: this.random.pick([account.email, lowerCase(account.email)]) });
    const requestId = randomBytes(16).toString("base64url");
    const effect = () => {
      Object.assign(call, { status: 202, requestId });
      const row = { id: this.#nextRow++, request_id: requestId, email: lowerCase(account.email), state: "queued", requested_at: timestamp(this.#now), attempts: 0,
                    token_hash: null, token_expires_at: null, seed: null, sent_at: null, ended_at: null };
      this.#run.end.requests.push(row);
      this.#later(this.random.between(1, 500), () => this.#claim(account, row));
    };
    return { call, effect };
  }

  /** @param {ModelAccount} account @param {Record<string, any>} row */
  #claim(account, row) {
    if (account.isMailing) return this.#later(100, () => this.#claim(account, row));
    if (!account.password) return this.#endRow(row, "no_account");
    const waiting = this.#run.end.requests.some((other) => other.state === "queued" && other.email === row.email && other.id > row.id);
    if (waiting) return this.#endRow(row, "superseded");
    account.isMailing = true;
    const token = inventToken(this.#now + LIFETIME * 1000);
    Object.assign(row, { state: "sending", token_hash: `\\x${tokenHash(token)}`, token_expires_at: timestamp(this.#now + LIFETIME * 1000) });
    row.made_at = this.#now;
    account.tokens.set(token, { id: row.id });
    this.#later(this.random.between(1, 100), () => this.#mail(account, row, token));
  }

  /** @param {ModelAccount} account @param {Record<string, any>} row @param {string} token */
  #mail(account, row, token) {
    row.attempts += 1;
    if (row.attempts > 1 && !account.tokens.has(token)) return this.#settle(account, row, "superseded");
    /** @type {Mail["reply"]} */
    const reply = this.random.pick(/** @type {const} */ (["taken", "taken", "taken", "unsaid", "later"]));
    this.#run.mails.push(inventMail({ at: this.#now, to: account.email, token, reply }));
    account.links.push({ token, until: this.#now + LIFETIME * 1000 });
    const isUnheard = reply === "taken" && this.random.whole(0, 9) === 0;
    if (isUnheard) this.#run.faults.push({ kind: "fault", began: this.#now, ended: this.#now + 50, name: "kill", target: "origin 0", detail: {} });
    if (reply !== "taken" || isUnheard) this.#later(this.random.between(500, 3000), () => this.#mail(account, row, token));
    else this.#later(this.random.between(1, 300), () => this.#settle(account, row, "sent"));
  }

  /** @param {ModelAccount} account @param {Record<string, any>} row @param {string} state */
  #settle(account, row, state) {
    account.isMailing = false;
    if (state === "sent") {
      row.sent_at = timestamp(this.#now);
      if (this.flaw !== "replaced links kept") for (const [token, request] of account.tokens) if (request.id < row.id) account.tokens.delete(token);
    }
    this.#endRow(row, state);
  }

  /** @param {Record<string, any>} row @param {string} state */
  #endRow(row, state) {
    Object.assign(row, { state, ended_at: timestamp(this.#now) });
  }

  /** @param {ModelAccount} account @param {string} token */
  #reset(account, token) {
    const call = inventCall({ op: "reset", email: account.email, token, newPassword: this.#newPassword(account), status: 400, problem: "bad-token" });
    const effect = () => {
      if (!account.tokens.has(token) || this.#isOver(token, account)) return;
      Object.assign(call, { status: 200, problem: "" });
      if (this.flaw !== "sessions kept") account.sessions.clear();
      this.#setPassword(account, call);
    };
    return { call, effect };
  }

  /** @param {string} token @param {ModelAccount} account */
  #isOver(token, account) {
    return (account.links.find((link) => link.token === token)?.until ?? 0) <= this.#now;
  }

  /** @param {ModelAccount} account @param {string} session */
  #change(account, session) {
    const password = this.random.pick(account.passwords.slice(-2));
    const call = inventCall({ op: "change_password", email: account.email, token: session, password, newPassword: this.#newPassword(account), status: 401 });
    const effect = () => {
      if (!account.sessions.has(session)) return;
      call.status = account.password === password ? 200 : 400;
      call.problem = call.status === 400 ? "wrong-password" : "";
      if (call.status === 400) return;
      for (const other of account.sessions.keys()) if (other !== session) account.sessions.delete(other);
      this.#setPassword(account, call);
    };
    return { call, effect };
  }

  /** @param {ModelAccount} account @param {Call} call */
  #setPassword(account, call) {
    account.password = call.newPassword;
    account.version += 1;
    if (this.flaw !== "links kept") account.tokens.clear();
    this.#run.end.notices.push({ user_id: account.id, state: "sent", happened_at: timestamp(this.#now), ended_at: timestamp(this.#now + 60) });
    const messageId = `<${this.#run.end.notices.length}@example.com>`;
    this.#later(50, () => this.#run.mails.push(inventMail({ at: this.#now, to: account.email, subject: "changed", messageId })));
  }

  /** @param {ModelAccount} account @param {string} token */
  #cancel(account, token) {
    const email = this.random.pick([account.email, "somebody-else@example.com"]);
    const call = inventCall({ op: "cancel", email, token });
    return { call, effect: () => ((call.status = 204), email === account.email && account.tokens.delete(token), undefined) };
  }

  /** @param {ModelAccount} account @param {string} session */
  #logOut(account, session) {
    const call = inventCall({ op: "log_out", email: account.email, token: session });
    return { call, effect: () => ((call.status = 204), account.sessions.delete(session), undefined) };
  }

  /** @param {ModelAccount} account @param {string} session */
  #me(account, session) {
    const call = inventCall({ op: "me", email: account.email, token: session });
    return { call, effect: () => ((call.status = account.sessions.has(session) ? 200 : 401), undefined) };
  }

  /** @param {ModelAccount} account */
  #newPassword(account) {
    const password = `${this.random.word()} now`;
    account.passwords.push(password);
    return password;
  }

  #finish() {
    const { end } = this.#run;
    end.at = this.#now + 1000;
    end.users = this.accounts.filter((account) => account.password).map((account) => ({ id: account.id, email: account.email, is_active: true }));
    for (const account of this.accounts) {
      for (const [token, request] of account.tokens) end.tokens.push(this.#tokenRow(account, token, request.id));
    }
    this.#run.writings = [{ name: "log of origin 0", text: end.requests.map((row) => `{"event":"forgot.accepted","request_id":"${row.request_id}"}\n`).join("") }];
    return this.#run;
  }

  /** @param {ModelAccount} account @param {string} token @param {number} requestId */
  #tokenRow(account, token, requestId) {
    const made = this.#run.end.requests.find((row) => row.id === requestId)?.made_at ?? 0;
    const times = { created_at: timestamp(made), expires_at: timestamp(made + LIFETIME * 1000) };
    return { token_hash: `\\x${tokenHash(token)}`, user_id: account.id, delivery: requestId, ...times };
  }

  /** @param {number} wait @param {() => void} act */
  #later(wait, act) {
    const event = { at: this.#now + wait, act };
    this.#events.push(event);
    for (let child = this.#events.length - 1; child > 0; ) {
      const parent = (child - 1) >> 1;
      if (this.#events[parent].at <= this.#events[child].at) break;
      [this.#events[parent], this.#events[child]] = [this.#events[child], this.#events[parent]];
      child = parent;
    }
  }

  #pop() {
    const first = this.#events[0];
    const last = this.#events.pop();
    if (!last || last === first) return first;
    this.#events[0] = last;
    for (let parent = 0; ; ) {
      const children = [2 * parent + 1, 2 * parent + 2].filter((child) => child < this.#events.length);
      const least = children.reduce((best, child) => (this.#events[child].at < this.#events[best].at ? child : best), parent);
      if (least === parent) return first;
      [this.#events[parent], this.#events[least]] = [this.#events[least], this.#events[parent]];
      parent = least;
    }
  }
}

/** @param {string} email @returns {ModelAccount} */
function newAccount(email) {
  return { id: `id of ${email}`, email, password: "", version: 0, isRegistering: false, sessions: new Map(), tokens: new Map(), links: [], handedOut: [],
           passwords: [], isMailing: false };
}
