// /forgot-password: requests a mail with a link and a code. The code may be typed here, when the mail is read on another device. The page
// says the same with and without an account. Without scripts the forms post to the page itself (edge/host/page_form.js): then the page may
// arrive in a later state, with the fields of the earlier ones filled in.
// The tab's history keeps the address and the recovery id: phones reload a tab while its reader is in the mail program, and the code works
// with this id alone. The code is not kept there, so a reload asks for it again.
import { callApi, callOnce, problemOf, refusedFields, sayTrouble } from "./api_call.js";
import { element, form, input, turnTo } from "./elements.js";
import { refuseFields, runForm } from "./forms.js";
import { clearNotices, leaveFor, showAlert } from "./notices.js";
import { say } from "./phrases.js";
import { checkCode, checkEmail, checkNewPassword, checkRepeated, codeDigits, sayPasswordRefusal } from "./typed_rules.js";

const proof = () => ({ recovery_id: input("recovery-id").value, code: codeDigits(input("code").value) });

/** What the history keeps of a request for a mail. @typedef {{recovery_id: string, email: string}} Asked */

/** @param {"off" | "ask" | "sent" | "set" | "done"} state */
function turn(state) {
  const shown = ["off", "ask", "sent", "set", "done"].find((each) => !element(each, HTMLElement).hidden) ?? state;
  turnTo(shown, state);
}

async function ask() {
  const answer = await callApi("POST", "/api/users/forgot-password", { email: input("email").value });
  if (answer.status === 202) goOnWith({ recovery_id: String(answer.body?.recovery_id ?? ""), email: input("email").value });
  else if (problemOf(answer) === "recovery-off") turn("off");
  else if ("email" in refusedFields(answer)) refuseFields({ email: say("email_invalid") });
  else showAlert(sayTrouble(answer));
}

/** @param {Asked} asked */
function goOnWith(asked) {
  history.pushState(asked, "");
  form("code-form").reset();
  showAsked(asked);
}

/** @param {Asked | null} asked of the entry of the history that the page is at */
function showAsked(asked) {
  clearNotices();
  if (!asked) return turn("ask");
  input("recovery-id").value = asked.recovery_id;
  for (const id of ["email", "code-username", "username"]) input(id).value = asked.email;
  element("sent-address", HTMLElement).textContent = asked.email;
  turn("sent");
}

async function check() {
  const answer = await callApi("POST", "/api/users/recovery/check", proof());
  if (answer.status === 204) turn("set");
  else refuse(answer);
}

async function save() {
  const answer = await callOnce("POST", "/api/users/reset-password", { ...proof(), new_password: input("new-password").value });
  const refused = refusedFields(answer);
  if (answer.status === 200) celebrate();
  else if ("new_password" in refused) refuseFields({ "new-password": sayPasswordRefusal(refused.new_password) });
  else refuse(answer);
}

/** @param {import("./api_call.js").Answer} answer */
function refuse(answer) {
  if (problemOf(answer) === "recovery-off") return turn("off");
  if (problemOf(answer) !== "bad-token") return showAlert(sayTrouble(answer));
  turn("sent");
  refuseFields({ code: say("code_wrong") });
}

/** Empties the page and its entry: the next reader may press Back. */
function forget() {
  for (const id of ["forgot-password-form", "code-form", "new-password-form"]) form(id).reset();
  input("recovery-id").value = "";
  element("sent-address", HTMLElement).textContent = "";
  history.replaceState(null, "");
}

function celebrate() {
  forget();
  if (document.getElementById("to-login")?.getAttribute("href") === "/login") leaveFor("/login", "password_reset");
  else turn("done");
}

addEventListener("popstate", () => showAsked(history.state));
element("again", HTMLAnchorElement).addEventListener("click", (event) => {
  event.preventDefault();
  history.pushState(null, "");
  showAsked(null);
});

runForm(form("forgot-password-form"), { email: checkEmail }, ask);
runForm(form("code-form"), { code: checkCode }, check);
runForm(
  form("new-password-form"),
  { "new-password": (text) => checkNewPassword(text), "repeat-password": (text) => checkRepeated(text, input("new-password").value) },
  save,
);
if (history.state && element("off", HTMLElement).hidden) showAsked(history.state);
