// Only the password that was set last logs in. And each address has one account.
import { groupBy, lowerCase, refused, succeeded } from "./check_story.mjs";

/**
 * @typedef {import("./check_story.mjs").Story} Story
 * @typedef {import("./history.mjs").Call} Call
 * @typedef {import("./history.mjs").Violation} Violation
 */

/** @param {Story} story @returns {Call[]} calls whose answer shows whether a password is right */
function triesOf(story) {
  return [...story.calls("log_in"), ...story.calls("change_password")];
}

/** @param {Story} story @returns {Violation[]} */
export function onlyTheCurrentPasswordWorks(story) {
  return triesOf(story)
    .filter(succeeded)
    .flatMap((call) => {
      const account = story.account(call.email);
      if (!account) return [{ claim: onlyTheCurrentPasswordWorks.name, what: "somebody without an account has logged in", history: [call] }];
      const { verdict, writes } = account.judge(call, call.password);
      story.count(verdict === "must" ? "passwords that had to work, and did" : "passwords that worked, and might");
      if (verdict !== "must not") return [];
      return [{
        claim: onlyTheCurrentPasswordWorks.name,
        what: "a password worked that was not the current one",
        history: [...writes.flatMap((write) => [write.call, ...write.shownBy]), call],
      }];
    });
}

/** @param {Story} story @returns {Violation[]} */
export function theCurrentPasswordWorks(story) {
  return triesOf(story)
    .filter(isRefusedPassword)
    .flatMap((call) => {
      const account = story.account(call.email);
      if (!account?.isActive) return [];
      const { verdict, writes } = account.judge(call, call.password);
      story.count(verdict === "must not" ? "passwords that had to be refused, and were" : "passwords that were refused, and might");
      if (verdict !== "must") return [];
      return [{
        claim: theCurrentPasswordWorks.name,
        what: "the current password was refused",
        history: [...writes.flatMap((write) => [write.call, ...write.shownBy]), call],
      }];
    });
}

/** @param {Call} call */
function isRefusedPassword(call) {
  if (call.op === "log_in") return call.status === 401;
  return call.status === 400 && (!call.problem || call.problem === "wrong-password");
}

/** Each registered account exists at the end, and no address has two. @param {Story} story @returns {Violation[]} */
export function accountsAreKept(story) {
  const claim = accountsAreKept.name;
  const users = groupBy(story.run.end.users, (user) => lowerCase(user.email));
  return [...groupBy(story.calls("register"), (call) => lowerCase(call.email))].flatMap(([email, calls]) => {
    const made = calls.filter(succeeded);
    const rows = users.get(email) ?? [];
    const open = calls.filter((call) => !succeeded(call) && !refused(call));
    if (made.length > 1 || rows.length > 1) return [{ claim, what: "an address has more than one account", history: [...made, ...rows] }];
    if (made.length === 1 && rows.length === 0) return [{ claim, what: "an account that was made is gone", history: made }];
    const wasTaken = calls.some((call) => call.status === 409);
    if (made.length + open.length === 0 && rows.length === 1 && !wasTaken) return [{
      claim,
      what: "an account is there whose registration was refused",
      history: [...calls, ...rows],
    }];
    return [];
  });
}
