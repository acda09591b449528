// One check per kind of field. Each returns a complaint about the text as a phrase, "" for none. runForm() calls them.
import { say } from "./phrases.js";
import { makeVerdicts } from "./verdicts.js";

/** @typedef {import("./verdicts.js").Verdicts} Verdicts */
/** @typedef {import("./verdicts.js").Owner} Owner */

/** @type {Verdicts | null} */
let verdicts = null;

const kPatience = 10_000; // milliseconds; then a form can be sent without the rules

/** Settles when the rules are loaded, or have failed to load. */
export const rulesLoaded = load();

async function load() {
  try {
    const response = await fetch(new URL("./verdicts.wasm", import.meta.url), { signal: AbortSignal.timeout(kPatience) });
    verdicts = await makeVerdicts(await response.arrayBuffer());
  } catch (error) {
    console.warn("the rules could not be loaded, the service decides alone:", error);
  }
  return verdicts;
}

/** @param {string} text @param {string} key the phrase for an empty text */
export const missing = (text, key) => (text === "" ? say(key) : "");

/** @param {string} text */
export function checkEmail(text) {
  return missing(text, "email_missing") || (verdicts && !verdicts.emailIsGood(text) ? say("email_invalid") : "");
}

/** @param {string} text */
export function checkUsername(text) {
  return missing(text, "username_missing") || (verdicts && !verdicts.usernameIsGood(text) ? say("username_invalid") : "");
}

// A code is pasted with blanks of all kinds, hyphens and the digits of East Asian keyboards. As edge/host/page_form.js reads it.
/** @param {string} text */
export const codeDigits = (text) => text.normalize("NFKC").replace(/\D/g, "");

/** @param {string} text */
export function checkCode(text) {
  return missing(text, "code_missing") || (codeDigits(text).length === 8 ? "" : say("code_invalid"));
}

/** @param {string} text @param {Owner} [owner] */
export function checkNewPassword(text, owner) {
  const { productName = "", passwordMinLength } = document.body.dataset;
  const refusal = verdicts?.refusalOfPassword(text, Number(passwordMinLength), productName, owner);
  return missing(text, "new_password_missing") || (refusal ? sayPasswordRefusal(refusal) : "");
}

/** @param {string} text @param {string} first the text of the field above */
export function checkRepeated(text, first) {
  return missing(text, "repeat_missing") || (text === first ? "" : say("repeat_differs"));
}

const kRefusals = /** @type {Record<string, string>} */ ({
  too_short: "password_too_short",
  too_long: "password_too_long",
  too_many_bytes: "password_too_many_bytes",
  not_text: "password_not_text",
  control_character: "password_not_text",
  common: "password_common",
  personal: "password_personal",
});

/**
 * A refusal of a new password as a phrase.
 * @param {string} reason the policy's word, or the service's
 */
export const sayPasswordRefusal = (reason) => say(kRefusals[reason] ?? "password_refused");
