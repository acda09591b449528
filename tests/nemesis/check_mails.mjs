// What went out: to whom, with which link, how often.
import { groupBy, hexOf, isPerhapsTaken, lowerCase, refused } from "./check_story.mjs";

/**
 * @typedef {import("./check_story.mjs").Story} Story
 * @typedef {import("./history.mjs").Mail} Mail
 * @typedef {import("./history.mjs").Fault} Fault
 * @typedef {import("./history.mjs").Violation} Violation
 */

// Four senders in each of two origins: so many mails are under way when one fault befalls them all.
const MAILS_UNDER_WAY = 8;
// A mail is tried again 15 s after its first try at the earliest: a fault that lasts longer can spoil several.
const BETWEEN_TRIES = 10_000;
// The lease of two minutes and a mail's own minute: after this, no holder of before is at work.
const AFTER_EFFECTS = 180_000;

/** One link, one Message-ID, one address for each request. @param {Story} story @returns {Violation[]} */
export function mailsOfARequestAreOne(story) {
  const claim = mailsOfARequestAreOne.name;
  const resets = story.run.mails.filter((mail) => mail.subject === "reset");
  return [
    ...resets.filter((mail) => !mail.token || !mail.messageId).map((mail) => ({
      claim,
      what: "a mail has no link or no Message-ID",
      history: [mail],
    })),
    ...differing(claim, resets, "token", "messageId"),
    ...differing(claim, resets, "messageId", "token"),
    ...differing(claim, resets, "token", "link"),
    ...differing(claim, resets, "token", "to"),
    ...[...story.rowsByHash].filter(([, rows]) => rows.length > 1).map(([, rows]) => ({ claim, what: "two requests have one token", history: rows })),
    ...[...story.links.values()].filter((link) => !link.row).map((link) => ({
      claim,
      what: "a link was mailed that no request has",
      history: link.mails,
    })),
  ];
}

/**
 * @param {string} claim
 * @param {Mail[]} mails
 * @param {"token" | "messageId"} key
 * @param {"token" | "messageId" | "link" | "to"} value
 * @returns {Violation[]}
 */
function differing(claim, mails, key, value) {
  const groups = groupBy(mails.filter((mail) => mail[key]), (mail) => mail[key]);
  return [...groups.values()]
    .filter((group) => group.some((mail) => mail[value] !== group[0][value]))
    .map((group) => ({ claim, what: `mails with one ${key} differ in ${value}`, history: group }));
}

/**
 * A mail that may be in the inbox goes out once more only after something kept the first one's fate from being known: the relay's
 * silence, or another fault. For one request each fault explains one.
 * @param {Story} story
 * @returns {Violation[]}
 */
export function duplicatesHaveFaults(story) {
  const claim = duplicatesHaveFaults.name;
  const faults = story.run.faults.filter((fault) => !/^edge \d+$|^disk of edge/.test(fault.target)).sort((a, b) => a.ended - b.ended);
  /** @type {Violation[]} */
  const violations = [];
  /** @type {Mail[]} */
  const byFaults = [];
  for (const link of story.links.values()) {
    const copies = link.mails.filter(isPerhapsTaken);
    const spoilt = copies.slice(1).filter((_, index) => copies[index].reply === "taken");
    story.count("duplicates", Math.max(0, copies.length - 1));
    byFaults.push(...spoilt);
    const odd = unexplained(copies, faults);
    if (odd) violations.push({
      claim,
      what: `a mail went out ${copies.length} times, more often than faults explain`,
      history: [...copies, ...faultsAbout(copies, faults)],
    });
  }
  story.count("duplicates of mails that the relay had taken", byFaults.length);
  if (byFaults.length > MAILS_UNDER_WAY * faults.reduce((sum, fault) => sum + capacity(fault), 0)) {
    violations.push({
      claim,
      what: `${byFaults.length} mails that were taken went out again, and there were ${faults.length} faults`,
      history: byFaults,
    });
  }
  return violations;
}

/** @param {Mail[]} copies in order of time @param {Fault[]} faults in order of their ends @returns {boolean} */
function unexplained(copies, faults) {
  const left = new Map(faults.map((fault) => [fault, capacity(fault)]));
  return copies.slice(1).some((copy, index) => {
    const before = copies[index];
    if (before.reply === "unsaid") return false;
    const cause = faults.find((fault) => (left.get(fault) ?? 0) > 0 && fault.began <= copy.at && fault.ended >= before.at - AFTER_EFFECTS);
    if (cause) left.set(cause, (left.get(cause) ?? 0) - 1);
    return !cause;
  });
}

/** @param {Fault} fault */
function capacity(fault) {
  return 1 + Math.floor((fault.ended - fault.began) / BETWEEN_TRIES);
}

/** @param {Mail[]} copies @param {Fault[]} faults @returns {Fault[]} */
function faultsAbout(copies, faults) {
  return faults.filter((fault) => fault.began <= copies[copies.length - 1].at && fault.ended >= copies[0].at - AFTER_EFFECTS);
}

/** No mail but to the owner of an account, and none that nothing has caused. @param {Story} story @returns {Violation[]} */
export function mailsGoToOwners(story) {
  const asked = earliest(story.calls("forgot").filter((call) => !refused(call)));
  return story.run.mails.flatMap((mail) => {
    const what = strayOf(story, mail, asked);
    return what ? [{ claim: mailsGoToOwners.name, what, history: [mail] }] : [];
  });
}

/** @param {Story} story @param {Mail} mail @param {Map<string, number>} asked @returns {string} "" for a mail that was called for */
function strayOf(story, mail, asked) {
  const account = story.account(mail.to);
  if (!account || account.writes.length === 0) return "a mail went to an address without an account";
  if (account.writes.every((write) => write.from > mail.at)) return "a mail went to an address before it had an account";
  if (mail.subject === "reset" && !((asked.get(lowerCase(mail.to)) ?? Infinity) <= mail.at)) return "a link went to an address that nobody had asked for";
  const hasChanged = account.writes.some((write) => write.by !== "registration" && write.from <= mail.at);
  if (mail.subject === "changed" && !hasChanged) return "a notice went out though no password had changed";
  const row = mail.token && story.links.get(mail.token)?.row;
  if (row && lowerCase(row.email) !== lowerCase(mail.to)) return "a link went to another address than it was asked for";
  return "";
}

/** @param {import("./history.mjs").Call[]} calls @returns {Map<string, number>} when each address was first asked for */
function earliest(calls) {
  /** @type {Map<string, number>} */
  const first = new Map();
  for (const call of calls) first.set(lowerCase(call.email), Math.min(call.began, first.get(lowerCase(call.email)) ?? Infinity));
  return first;
}

/** @param {Story} story @returns {Violation[]} */
export function linksLeadToTheFrontend(story) {
  const host = story.run.frontendUrl.replace(/\/$/, "");
  return story.run.mails
    .filter((mail) => mail.subject === "reset" && mail.link !== `${host}/reset-password#token=${mail.token}`)
    .map((mail) => ({ claim: linksLeadToTheFrontend.name, what: "a link does not begin with FRONTEND_URL", history: [mail] }));
}

/** @param {Story} story @returns {Violation[]} */
export function tokensEndWhenTheirRowsSay(story) {
  return [...story.links.values()]
    .filter((link) => link.row?.token_expires_at && Math.abs(Date.parse(link.row.token_expires_at) / 1000 - link.expiry) > 1)
    .map((link) => ({
      claim: tokensEndWhenTheirRowsSay.name,
      what: `a link and its row ${hexOf(link.row?.token_hash).slice(0, 8)} end at different times`,
      history: [...link.mails, link.row ?? {}],
    }));
}
