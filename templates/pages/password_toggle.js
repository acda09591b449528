// The buttons that show the text of password fields. A button names its fields in aria-controls.
import { input } from "./elements.js";
import { say } from "./phrases.js";

/** @param {HTMLFormElement} form */
export function runToggles(form) {
  for (const button of togglesOf(form)) {
    button.addEventListener("click", () => (isShowing(button) ? hide(button) : show(button)));
    button.disabled = false;
    button.hidden = false;
  }
}

/** For use before a form is sent: browsers remember the text of plain fields. @param {HTMLFormElement} form */
export function hidePasswords(form) {
  togglesOf(form).filter(isShowing).forEach(hide);
}

/** @param {HTMLFormElement} form @returns {HTMLButtonElement[]} */
const togglesOf = (form) => [...form.querySelectorAll("button")].filter((button) => button.classList.contains("toggle"));

/** @param {HTMLButtonElement} button */
const fieldsOf = (button) => (button.getAttribute("aria-controls") ?? "").split(" ").map(input);

/** @param {HTMLButtonElement} button */
const isShowing = (button) => fieldsOf(button)[0].type === "text";

/** @param {HTMLButtonElement} button */
const show = (button) => turn(button, "text", "hide", "hide_label");

/** @param {HTMLButtonElement} button */
const hide = (button) => turn(button, "password", "show", "show_label");

/** @param {HTMLButtonElement} button @param {"text" | "password"} type @param {string} text @param {string} label the phrases for the next press */
function turn(button, type, text, label) {
  for (const field of fieldsOf(button)) field.type = type;
  button.textContent = say(text);
  button.setAttribute("aria-label", say(label));
}
