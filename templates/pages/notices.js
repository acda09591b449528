// The two lines above a page's content: #status for good news, #alert for trouble; and good news carried over to the next page.
// Carried in the tab's session storage, never in the address: a link from elsewhere could write that.
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
 * Leaves this page for another, which will say the phrase. The page left behind is not kept in the history.
 * In: one of kCarriedPhrases. A browser that keeps nothing shows the page without it.
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

/** Shows the notice that the page before has left, once. */
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
