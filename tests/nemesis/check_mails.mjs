// The mails that went out: their recipients, their links, their number.
import { overlaps } from "./check_faults.mjs";
import { groupBy, hexOf, isPerhapsTaken, lowerCase, refused } from "./check_story.mjs";

/**
 * @typedef {import("./check_story.mjs").Story} Story
 * @typedef {import("./history.mjs").Mail} Mail
 * @typedef {import("./history.mjs").Fault} Fault
 * @typedef {import("./history.mjs").Violation} Violation
 */

// Each origin has four senders, so at most four of its mails are under way at a fault; with a fault of the database, those of both origins.
const SENDERS = 4;
const ORIGINS = 2;
// A mail is tried again 15 s after its first attempt at the earliest: a fault that lasts longer can spoil several attempts.
const BETWEEN_TRIES = 10_000;
// From the relay's reply to the commit that records it takes milliseconds; even on a busy machine it never takes this long.
const SETTLING = 10_000;
// The lease of two minutes and a mail's own minute: a clock that leaps ends leases whose holders are still at work.
const AFTER_LEAPS = 180_000;
const LEASE_SECONDS = 120;

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
      what: "a mailed link belongs to no request",
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
 * A mail that the relay took goes out again only if a fault kept the reply from being heard or recorded. Each fault explains one copy for
 * each request, and in all no more copies than mails were under way.
 * @param {Story} story
 * @returns {Violation[]}
 */
export function duplicatesHaveFaults(story) {
  const claim = duplicatesHaveFaults.name;
  const faults = story.faults.filter((fault) => mostSpoilt(fault) > 0).sort((a, b) => a.ended - b.ended);
  const all = [...story.links.values()].flatMap((link) => duplicatesOf(story, link.mails.filter(isPerhapsTaken)));
  const odd = [...groupBy(all, ({ first }) => first.token).values()].filter((some) => unexplained(some, faults, () => 1).length > 0);
  const tooMany = unexplained(all.sort((a, b) => a.first.at - b.first.at), faults, mostSpoilt);
  return [
    ...odd.map((some) => ({
      claim,
      what: `a mail that was taken went out ${some.length + 1} times, more often than faults explain`,
      history: [...mailsOf(some), ...faults.filter((fault) => some.some((one) => explains(fault, one)))],
    })),
    ...(odd.length === 0 && tooMany.length > 0 ? [{
      claim,
      what: `${all.length} mails that were taken went out again, ${tooMany.length} more than faults explain`,
      history: mailsOf(tooMany),
    }] : []),
  ];
}

/** @typedef {{first: Mail, second: Mail}} Duplicate the relay had taken the first */

/** @param {Story} story @param {Mail[]} copies of one mail that may be in the inbox, in order @returns {Duplicate[]} */
function duplicatesOf(story, copies) {
  const found = copies.slice(1).map((second, index) => ({ first: copies[index], second })).filter(({ first }) => first.reply === "taken");
  story.count("duplicates", Math.max(0, copies.length - 1));
  story.count("duplicates of mails that the relay had taken", found.length);
  return found;
}

/** @param {Duplicate[]} duplicates @returns {Mail[]} */
function mailsOf(duplicates) {
  return [...new Set(duplicates.flatMap(({ first, second }) => [first, second]))];
}

/**
 * @param {Duplicate[]} duplicates in order of time
 * @param {Fault[]} faults in order of their ends
 * @param {(fault: Fault) => number} mostOf how many of them a fault explains if it lasts no longer than an attempt
 * @returns {Duplicate[]} those without a fault to explain them
 */
function unexplained(duplicates, faults, mostOf) {
  const left = new Map(faults.map((fault) => [fault, mostOf(fault) * (1 + Math.floor((fault.ended - fault.began) / BETWEEN_TRIES))]));
  return duplicates.filter((duplicate) => {
    const cause = faults.find((fault) => (left.get(fault) ?? 0) > 0 && explains(fault, duplicate));
    if (cause) left.set(cause, (left.get(cause) ?? 0) - 1);
    return !cause;
  });
}

/** @param {Fault} fault @param {Duplicate} duplicate */
function explains(fault, { first, second }) {
  if (endsLeases(fault)) return overlaps(fault, first.at - AFTER_LEAPS, second.at);
  return overlaps(fault, first.at - SETTLING, Math.min(first.at + SETTLING, second.at));
}

/**
 * @param {Fault} fault
 * @returns {number} how many mails it can keep from being recorded as taken. A relay that hangs closes all connections when it is mended;
 *   its other misdeeds hide no reply about a mail that it took.
 */
function mostSpoilt({ name, target }) {
  if (/^(disk of )?database$|^keys$/.test(target) || name === "relay_hangs") return SENDERS * ORIGINS;
  return target.startsWith("origin ") ? SENDERS : 0;
}

/** @param {Fault} fault */
function endsLeases({ name, detail }) {
  return name.includes("clock") && Math.abs(Number(detail.seconds)) >= LEASE_SECONDS;
}

/** Mails go only to owners of accounts, and each has a cause. @param {Story} story @returns {Violation[]} */
export function mailsGoToOwners(story) {
  const asked = earliest(story.calls("forgot").filter((call) => !refused(call)));
  return story.run.mails.flatMap((mail) => {
    const what = strayOf(story, mail, asked);
    return what ? [{ claim: mailsGoToOwners.name, what, history: [mail] }] : [];
  });
}

/** @param {Story} story @param {Mail} mail @param {Map<string, number>} asked @returns {string} "" for a mail with a cause */
function strayOf(story, mail, asked) {
  const account = story.account(mail.to);
  if (!account || account.writes.length === 0) return "a mail went to an address without an account";
  if (account.writes.every((write) => write.from > mail.at)) return "a mail went to an address before it had an account";
  if (mail.subject === "reset" && !((asked.get(lowerCase(mail.to)) ?? Infinity) <= mail.at)) return "a link went to an address without a request for it";
  const hasChanged = account.writes.some((write) => write.by !== "registration" && write.from <= mail.at);
  if (mail.subject === "changed" && !hasChanged) return "a notice went out though no password had changed";
  const row = mail.token && story.links.get(mail.token)?.row;
  if (row && lowerCase(row.email) !== lowerCase(mail.to)) return "a link went to another address than it was asked for";
  return "";
}

/** @param {import("./history.mjs").Call[]} calls @returns {Map<string, number>} the first request for each address */
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
