// Whether a secret was written: tokens, passwords and keys in any log or dump, addresses in any log.
import { NeedleSet, base64Forms, hexForms, textForms } from "./check_needles.mjs";

/**
 * @typedef {import("./check_story.mjs").Story} Story
 * @typedef {import("./history.mjs").Violation} Violation
 */

// A long text may contain a shorter string by chance. No password and no key is shorter.
const SHORTEST = 8;

/** @param {Story} story @returns {Violation[]} */
export function nothingSecretIsWritten(story) {
  const needles = new NeedleSet();
  for (const token of tokensOf(story)) addToken(needles, token);
  for (const password of passwordsOf(story)) addPassword(needles, password);
  for (const secret of story.run.secrets) addKey(needles, secret);
  for (const { recovery = "" } of story.run.calls) needles.add(recovery, "a recovery id");
  for (const { key = "" } of story.run.calls) needles.add(key, "an Idempotency-Key");
  for (const { code = "" } of story.run.mails) needles.add(code && `${code.slice(0, 4)} ${code.slice(4)}`, "a code");
  story.count("secrets looked for", needles.size);
  return story.run.writings.flatMap((writing) => found(story, nothingSecretIsWritten.name, needles, writing));
}

/** @param {Story} story @returns {Violation[]} */
export function noAddressIsLogged(story) {
  const needles = new NeedleSet();
  const addresses = new Set([...story.run.calls, ...story.run.end.users].map((one) => one.email).filter((email) => email?.includes("@")));
  for (const email of addresses) for (const form of new Set([email, email.toLowerCase(), encodeURIComponent(email)])) needles.add(form, "an address");
  return story.run.writings.filter(({ name }) => name.startsWith("log of ")).flatMap((writing) => found(story, noAddressIsLogged.name, needles, writing));
}

/**
 * @param {Story} story
 * @param {string} claim
 * @param {NeedleSet} needles
 * @param {import("./history.mjs").Writing} writing
 * @returns {Violation[]}
 */
function found(story, claim, needles, writing) {
  story.count("characters of logs and dumps read", writing.text.length);
  return needles.find(writing.text).map(({ what, around }) => ({
    claim,
    what: `${what} is in ${writing.name}`,
    history: [{ kind: "writing", name: writing.name, around }],
  }));
}

/** @param {Story} story @returns {Set<string>} */
function tokensOf(story) {
  const ofCalls = story.run.calls.flatMap((call) => [call.token, call.session]);
  return new Set([...ofCalls, ...story.run.mails.map((mail) => mail.token)].filter((token) => token.length === 72));
}

/** @param {Story} story @returns {Set<string>} */
function passwordsOf(story) {
  return new Set(story.run.calls.flatMap((call) => [call.password, call.newPassword]).filter((password) => password.length >= SHORTEST));
}

/** The random part is characters 8 to 50: with it and a key, anyone can make the token. @param {NeedleSet} needles @param {string} token */
function addToken(needles, token) {
  const random = token.slice(8, 50);
  const bytes = Buffer.from(token, "base64url").subarray(6, 38);
  for (const form of [random, ...hexForms(bytes), ...hexForms(Buffer.from(random)), ...base64Forms(Buffer.from(random))]) needles.add(form, "a token");
}

/** @param {NeedleSet} needles @param {string} password */
function addPassword(needles, password) {
  const bytes = Buffer.from(password);
  for (const form of [...textForms(password), ...hexForms(bytes), ...base64Forms(bytes)]) needles.add(form, "a password");
}

/** @param {NeedleSet} needles @param {string} secret */
function addKey(needles, secret) {
  const bytes = Buffer.from(secret, "base64url");
  const decoded = bytes.length >= SHORTEST ? hexForms(bytes) : [];
  const bare = secret.replace(/=+$/, "");
  const text = Buffer.from(bare);
  for (const form of [...textForms(bare), ...decoded, ...hexForms(text), ...base64Forms(text)]) needles.add(form, "a secret of the settings");
}
