// A session works until its expiry, its log-out, or a change of the password by another, and up to then without interruption.
import { succeeded } from "./check_story.mjs";

/**
 * @typedef {import("./check_story.mjs").Story} Story
 * @typedef {import("./check_story.mjs").Session} Session
 * @typedef {import("./check_account.mjs").Account} Account
 * @typedef {import("./check_account.mjs").Write} Write
 * @typedef {import("./history.mjs").Call} Call
 * @typedef {import("./history.mjs").Violation} Violation
 */

/**
 * @param {Story} story
 * @param {(call: Call) => boolean} wanted
 * @returns {{session: Session, account: Account, call: Call}[]}
 */
function usesOf(story, wanted) {
  return [...story.sessions.values()].flatMap((session) => {
    const account = story.account(session.logIn.email);
    return account ? session.uses.filter(wanted).map((call) => ({ session, account, call })) : [];
  });
}

/** @param {Session} session @returns {(write: Write) => boolean} whether it keeps this session, by which it was made */
function madeBy(session) {
  return (write) => write.by === "session" && write.token === session.token;
}

/** @param {Story} story @returns {Violation[]} */
export function earlierSessionsEnd(story) {
  return usesOf(story, succeeded).flatMap(({ session, account, call }) => {
    const spared = madeBy(session);
    const ender = account.certainWritesBetween(session.logIn.ended, call.began).find((write) => !spared(write));
    if (!ender) return [];
    return [{
      claim: earlierSessionsEnd.name,
      what: "a session from before a change of the password is alive",
      history: [session.logIn, ender.call, ...ender.shownBy, call],
    }];
  });
}

/**
 * A session ends with the password that opened it, however close to the change the log-in was.
 * @param {Story} story
 * @returns {Violation[]}
 */
export function sessionsFallWithTheirPassword(story) {
  return usesOf(story, succeeded).flatMap(({ session, account, call }) => {
    if (account.writes.some(madeBy(session))) return [];
    const { verdict, writes } = account.judge(call, session.logIn.password);
    story.count("uses of sessions");
    if (verdict !== "must not") return [];
    const history = [...new Set([session.logIn, ...writes.flatMap((write) => [write.call, ...write.shownBy]), call])];
    return [{ claim: sessionsFallWithTheirPassword.name, what: "a session is alive whose password has changed", history }];
  });
}

/** @param {Story} story @returns {Violation[]} */
export function loggedOutSessionsEnd(story) {
  return usesOf(story, succeeded).flatMap(({ session, call }) => {
    const logOut = session.logOuts.find((one) => one.status === 204 && one.ended < call.began);
    return logOut ? [{ claim: loggedOutSessionsEnd.name, what: "a session is alive after its log-out", history: [session.logIn, logOut, call] }] : [];
  });
}

/** @param {Story} story @returns {Violation[]} */
export function sessionsExpire(story) {
  return usesOf(story, succeeded).flatMap(({ session, call }) => {
    if (!(story.unix(call.began) - story.clockError(call.began, call.ended) > session.expiry)) return [];
    return [{ claim: sessionsExpire.name, what: "a session is alive after its end", history: [session.logIn, call] }];
  });
}

/** A session that nothing can have ended works. @param {Story} story @returns {Violation[]} */
export function liveSessionsAreKept(story) {
  return usesOf(story, (call) => call.status === 401 || succeeded(call)).flatMap(({ session, account, call }) => {
    if (!certainlyAlive(story, session, account, call)) return [];
    story.count("uses of sessions that had to work");
    return succeeded(call) ? [] : [{
      claim: liveSessionsAreKept.name,
      what: "a session that nothing had ended was refused",
      history: [session.logIn, call],
    }];
  });
}

/**
 * @param {Story} story
 * @param {Session} session
 * @param {Account} account
 * @param {Call} call
 */
function certainlyAlive(story, session, account, call) {
  const { logIn } = session;
  if (!account.isActive || !(logIn.ended < call.began)) return false;
  // At most three clocks differ: that of the edge that set the expiry, the database's, and that of the edge that judges it.
  if (!(story.unix(call.ended) + 3 * story.clockError(logIn.began, call.ended) < session.expiry)) return false;
  if (session.logOuts.some((logOut) => logOut.began <= call.ended && logOut.status !== 429)) return false;
  const spared = madeBy(session);
  return !account.writesWithin(logIn.began, call.ended).some((write) => !spared(write) && write.call !== call);
}
