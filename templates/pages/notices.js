// The two lines above a page's content: #status for success, #alert for errors; and a notice for the next page, which is kept in
// the tab's session storage: a link from another site could set a notice in the address.
import { element } from "./elements.js";
import { say } from "./phrases.js";

const kCarried = "rekey.notice";
const kCarriedPhrases = ["registered", "password_reset", "logged_out", "session_over"];

/** @param {string} id @param {string} text */
function show(id, text) {
  for (const other of ["status", "alert"]) element(other, HTMLElement).hidden = other !== id;
  const line = element(id, HTMLElement);
  line.textContent = text;
  line.focus();
}

/** @param {string} text */
export const showStatus = (text) => show("status", text);

/** @param {string} text */
export const showAlert = (text) => show("alert", text);

export function clearNotices() {
  for (const id of ["status", "alert"]) element(id, HTMLElement).hidden = true;
}

/**
 * Goes to another page, which will show the phrase. This page is not kept in the history.
 * In: one of kCarriedPhrases. Without session storage the next page shows no phrase.
 * @param {string} path
 * @param {string} phrase
 */
export function leaveFor(path, phrase) {
  try {
    sessionStorage.setItem(kCarried, phrase);
  } catch (error) {
    console.warn("no session storage", error);
  }
  location.replace(path);
}

/** Shows the previous page's notice, once. */
export function showCarriedNotice() {
  const phrase = takeCarried();
  if (phrase && kCarriedPhrases.includes(phrase)) showStatus(say(phrase));
}

function takeCarried() {
  try {
    const phrase = sessionStorage.getItem(kCarried);
    sessionStorage.removeItem(kCarried);
    return phrase;
  } catch (error) {
    console.warn("no session storage", error);
    return null;
  }
}
