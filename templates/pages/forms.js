// A form that checks its fields while the user types: a field is judged first when it is left, then at every change.
// Each field's complaint is in the element `<id of the field>-error`.
import { element, input } from "./elements.js";
import { clearNotices } from "./notices.js";
import { hidePasswords, runToggles } from "./password_toggle.js";
import { rulesLoaded } from "./typed_rules.js";

/** Returns: a complaint about the text, "" for none. @typedef {(text: string) => string} Check */

/**
 * In: checks by the field's id, in the order of the form. `send` is called when all pass, never twice at once.
 * @param {HTMLFormElement} form
 * @param {Record<string, Check>} checks
 * @param {() => Promise<void>} send
 */
export function runForm(form, checks, send) {
  const ids = Object.keys(checks);
  /** @type {Set<string>} */
  const judged = new Set();
  const judge = (/** @type {string} */ id) => complain(id, checks[id](input(id).value) || standingRefusal(id));

  form.addEventListener("focusout", ({ target, relatedTarget }) => {
    const left = fieldOf(/** @type {Node} */ (target));
    if (isPressing || !left || left.contains(/** @type {Node | null} */ (relatedTarget))) return;
    const typed = ids.filter((id) => left.contains(input(id)) && input(id).value !== "");
    typed.forEach((id) => judged.add(id));
    typed.forEach(judge);
  });
  form.addEventListener("input", () => ids.filter((id) => judged.has(id)).forEach(judge));
  form.addEventListener("reset", () => {
    judged.clear();
    refusals.clear();
    ids.forEach((id) => complain(id, ""));
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (isBusy(form)) return;
    clearNotices();
    await whileBusy(form, async () => {
      await rulesLoaded;
      refusals.clear();
      ids.forEach((id) => judged.add(id));
      const wrong = ids.filter((id) => !judge(id));
      if (wrong.length > 0) return input(wrong[0]).focus();
      hidePasswords(form);
      await send();
    });
  });
  runToggles(form);
  submitButton(form).disabled = false;
}

/**
 * Shows or removes a complaint about a field.
 * Returns: whether there is none.
 * @param {string} id
 * @param {string} text "" for nothing
 */
function complain(id, text) {
  const line = element(`${id}-error`, HTMLElement);
  if (line.textContent !== text) line.textContent = text;
  if (text) input(id).setAttribute("aria-invalid", "true");
  else input(id).removeAttribute("aria-invalid");
  return text === "";
}

/** The service's complaints, each about the current text of a field: a complaint stays until the text changes. @type {Map<string, {text: string, complaint: string}>} */
const refusals = new Map();

/** @param {string} id */
function standingRefusal(id) {
  const refusal = refusals.get(id);
  return refusal?.text === input(id).value ? refusal.complaint : "";
}

/**
 * Shows the service's complaints about a form, each beside its field. The first of these gets the focus.
 * @param {Record<string, string>} complaints by the fields' ids, in the order of the form; "" for nothing
 */
export function refuseFields(complaints) {
  const wrong = Object.keys(complaints).filter((id) => complaints[id] !== "");
  for (const id of wrong) {
    refusals.set(id, { text: input(id).value, complaint: complaints[id] });
    complain(id, complaints[id]);
  }
  input(wrong[0]).focus();
}

// A field with its parts: a focus that moves to its button "Show" has not left it.
/** @param {Node} part @returns {HTMLElement | null} */
const fieldOf = (part) => (part instanceof Element ? part.closest(".field") : null);

// A complaint that appears while a button is pressed would move the button away. The form is judged when it is sent anyway.
let isPressing = false;
document.addEventListener("mousedown", ({ target }) => (isPressing = target instanceof Element && target.closest("button, a") !== null), true);
for (const end of ["mouseup", "keydown"]) document.addEventListener(end, () => (isPressing = false), true);

/** @param {HTMLFormElement} form */
const submitButton = (form) => /** @type {HTMLButtonElement} */ (form.querySelector("button[type=submit]"));

/** @param {HTMLFormElement} form */
const isBusy = (form) => form.getAttribute("aria-busy") === "true";

/** @param {HTMLFormElement} form @param {() => Promise<void>} work */
async function whileBusy(form, work) {
  form.setAttribute("aria-busy", "true");
  try {
    await work();
  } finally {
    form.removeAttribute("aria-busy");
  }
}
