// A link works once, before its expiry, until it is cancelled or replaced, or the password changes.
import { groupBy, hexOf, refused, succeeded } from "./check_story.mjs";
import { mayFollow } from "./check_account.mjs";

/**
 * @typedef {import("./check_story.mjs").Story} Story
 * @typedef {import("./check_story.mjs").Link} Link
 * @typedef {import("./check_story.mjs").Row} Row
 * @typedef {import("./check_account.mjs").Account} Account
 * @typedef {import("./check_account.mjs").Write} Write
 * @typedef {import("./history.mjs").Call} Call
 * @typedef {import("./history.mjs").Violation} Violation
 */

/** @param {Story} story @returns {Write[]} uses of links that were certainly carried out */
function certainUses(story) {
  return [...story.accounts.values()].flatMap((account) => account.writes.filter((write) => write.by === "link" && write.certain));
}

/** @param {Write} write @returns {Call[]} the calls that show it */
function callsOf(write) {
  return [write.call, ...write.shownBy];
}

/** @param {Story} story @returns {Violation[]} */
export function linksWorkOnce(story) {
  return [...groupBy(certainUses(story), (write) => write.token)]
    .filter(([, uses]) => uses.length > 1)
    .map(([token, uses]) => ({
      claim: linksWorkOnce.name,
      what: `one link has set a password ${uses.length} times`,
      history: [...(story.links.get(token)?.mails ?? []), ...uses.flatMap(callsOf)],
    }));
}

/** No token works before a mail has carried it. @param {Story} story @returns {Violation[]} */
export function onlyMailedLinksWork(story) {
  return story
    .calls("reset")
    .filter((call) => succeeded(call) && !((story.links.get(call.token)?.firstAt ?? Infinity) <= call.ended))
    .map((call) => ({ claim: onlyMailedLinksWork.name, what: "a token that no mail had carried has set a password", history: [call] }));
}

/** @param {Story} story @returns {Violation[]} */
export function linksExpire(story) {
  return certainUses(story).flatMap((write) => {
    const link = story.links.get(write.token);
    if (!link || !(story.unix(write.from) - story.clockError(write.from, write.until) > link.expiry)) return [];
    const late = (story.unix(write.from) - link.expiry).toFixed(1);
    return [{ claim: linksExpire.name, what: `a link has set a password ${late} s after its end`, history: [...link.mails, ...callsOf(write)] }];
  });
}

/** No link is mailed, and no token stored, with a longer lifetime than the setting. @param {Story} story @returns {Violation[]} */
export function linksLiveNoLonger(story) {
  const claim = linksLiveNoLonger.name;
  const { lifetimeSeconds, tokens } = story.run.end;
  const kept = tokens
    .filter((row) => Date.parse(row.expires_at) - Date.parse(row.created_at) > lifetimeSeconds * 1000 + 1)
    .map((row) => ({ claim, what: `a token is kept for more than ${lifetimeSeconds} s`, history: [row] }));
  const mailed = [...story.links.values()].flatMap((link) => {
    const ahead = link.expiry - story.unix(link.firstAt) - story.clockError(link.bornFrom, link.firstAt);
    return ahead > lifetimeSeconds ? [{ claim, what: `a link was mailed with a lifetime of more than ${lifetimeSeconds} s`, history: link.mails }] : [];
  });
  return [...kept, ...mailed];
}

/** @param {Story} story @returns {Violation[]} */
export function cancelledLinksEnd(story) {
  return certainUses(story).flatMap((write) => {
    const link = story.links.get(write.token);
    const before = link?.cancels.find((cancel) => cancel.status === 204 && cancel.ended < write.from);
    return link && before ? [{
      claim: cancelledLinksEnd.name,
      what: "a link that was cancelled has set a password",
      history: [...link.mails, before, ...callsOf(write)],
    }] : [];
  });
}

/** @param {Story} story @returns {Violation[]} */
export function replacedLinksEnd(story) {
  return certainUses(story).flatMap((write) => {
    const link = story.links.get(write.token);
    const newer = link && story.replacement.certainReplacer(link, write.from);
    if (!newer) return [];
    return [{
      claim: replacedLinksEnd.name,
      what: "a link that a newer mail had replaced has set a password",
      history: [...link.mails, ...newer.mails, ...callsOf(write), ...rowsOf([link, newer])],
    }];
  });
}

/**
 * A link or a session that is older than a change of the password makes no other change: of two changes one was first, and the other
 * needs a younger link or session.
 * @param {Story} story
 * @returns {Violation[]}
 */
export function nothingEarlierChangesThePassword(story) {
  return [...story.accounts.values()].flatMap((account) => {
    const writes = account.writes.filter((write) => write.certain && write.by !== "registration");
    return writes.flatMap((second, index) =>
      writes
        .slice(0, index)
        .filter((first) => !isSameLink(first, second) && !mayFollow(first, second) && !mayFollow(second, first))
        .map((first) => ({
          claim: nothingEarlierChangesThePassword.name,
          what: `a ${second.by} from before a change of the password has changed it again`,
          history: [first, second].flatMap((write) => [...originOf(story, write), ...callsOf(write)]),
        })),
    );
  });
}

/** @param {Write} first @param {Write} second */
function isSameLink(first, second) {
  return first.by === "link" && second.by === "link" && first.token === second.token;
}

/** @param {Story} story @param {Write} write @returns {(Call | import("./history.mjs").Mail)[]} the mail of its link, or the log-in of its session */
function originOf(story, write) {
  const logIn = story.sessions.get(write.token)?.logIn;
  return logIn ? [logIn] : (story.links.get(write.token)?.mails.slice(0, 1) ?? []);
}

/** A link that nothing can have ended works. @param {Story} story @returns {Violation[]} */
export function liveLinksWork(story) {
  return [...story.links.values()].flatMap((link) =>
    link.uses.filter((call) => isJudged(call) && certainlyAlive(story, link, call)).flatMap((call) => {
      story.count("uses of links that had to work");
      if (succeeded(call)) return [];
      return [{ claim: liveLinksWork.name, what: "a link that nothing had ended was refused", history: [...link.mails, call, ...rowsOf([link])] }];
    }),
  );
}

/** @param {Call} call whether its answer is a judgement of the link */
function isJudged(call) {
  return succeeded(call) || (call.status === 400 && (!call.problem || call.problem === "bad-token"));
}

/**
 * @param {Story} story
 * @param {Link} link
 * @param {Call} call
 */
function certainlyAlive(story, link, call) {
  const account = story.account(link.email);
  if (!account?.isActive || !link.row || !(link.firstTakenAt < call.began)) return false;
  if (!(story.unix(call.ended) + story.clockError(bornAt(story, link), call.ended) < link.expiry)) return false;
  if (link.uses.some((use) => use !== call && use.began <= call.ended && !refused(use))) return false;
  if (link.cancels.some((cancel) => cancel.began <= call.ended && !refused(cancel))) return false;
  if (account.writesWithin(bornAt(story, link), call.ended).some((write) => write.call !== call)) return false;
  return !story.replacement.mayHaveHappened(link, call.ended);
}

/** @param {Story} story @param {Link} link @returns {number} a time after which it was certainly made */
function bornAt(story, link) {
  const { lifetimeSeconds, largestClockStepSeconds } = story.run.end;
  const byExpiry = (link.expiry - lifetimeSeconds - largestClockStepSeconds - 2) * 1000 - story.run.startedAt;
  return Math.max(link.bornFrom, byExpiry);
}

/** Cancelling answers 204 to every authentic link before its expiry. @param {Story} story @returns {Violation[]} */
export function linksCanBeCancelled(story) {
  return story.calls("cancel").flatMap((call) => {
    const link = story.links.get(call.token);
    if (!link || call.status !== 400 || (call.problem && call.problem !== "bad-token") || !(link.firstAt < call.began)) return [];
    if (!(story.unix(call.ended) + story.clockError(call.began, call.ended) < link.expiry)) return [];
    return [{ claim: linksCanBeCancelled.name, what: "a link in its time could not be cancelled", history: [...link.mails, call] }];
  });
}

/** No token that had been ended is left at the end. @param {Story} story @returns {Violation[]} */
export function endedTokensAreDeleted(story) {
  const links = new Map([...story.links.values()].filter((link) => link.row).map((link) => [hexOf(link.row?.token_hash), link]));
  return story.run.end.tokens.flatMap((row) => {
    const link = links.get(hexOf(row.token_hash));
    const ended = link && endOf(story, link);
    story.count("tokens left at the end");
    return ended ? [{
      claim: endedTokensAreDeleted.name,
      what: `a token is left that ${ended.by} has ended`,
      history: [...link.mails, ...ended.history, row],
    }] : [];
  });
}

/**
 * @param {Story} story
 * @param {Link} link
 * @returns {{by: string, history: (Call | import("./history.mjs").Mail | Row)[]} | undefined} the event that has certainly ended it
 */
function endOf(story, link) {
  const write = story.account(link.email)?.writes.find((one) => one.certain && (one.from > link.firstAt || one.token === link.token));
  if (write) return { by: "a change of the password", history: callsOf(write) };
  const cancel = link.cancels.find((call) => call.status === 204);
  if (cancel) return { by: "its owner", history: [cancel] };
  const newer = story.replacement.replacersOf(link)[0];
  return newer && { by: "a newer mail", history: [...newer.mails, ...rowsOf([newer])] };
}

/** @param {Link[]} links @returns {Row[]} */
function rowsOf(links) {
  return links.flatMap((link) => (link.row ? [link.row] : []));
}
