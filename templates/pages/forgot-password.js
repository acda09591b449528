// /forgot-password: requests a mail with a link and a code. The code may be typed here, when the mail is read on another device. The page
// says the same with and without an account. Without scripts the forms post to the page itself (edge/host/page_form.js): then the page may
// arrive in a later state, with the fields of the earlier ones filled in.
import { callApi, problemOf, refusedFields, sayTrouble } from "./api_call.js";
import { element, form, input, turnTo } from "./elements.js";
import { refuseFields, runForm } from "./forms.js";
import { leaveFor, showAlert } from "./notices.js";
import { say } from "./phrases.js";
import { checkCode, checkEmail, checkNewPassword, checkRepeated, sayPasswordRefusal } from "./typed_rules.js";

const proof = () => ({ recovery_id: input("recovery-id").value, code: input("code").value.replace(/\D/g, "") });

async function ask() {
  const answer = await callApi("POST", "/api/users/forgot-password", { email: input("email").value });
  if (answer.status === 202) showSent(String(answer.body?.recovery_id ?? ""));
  else if (problemOf(answer) === "recovery-off") turnTo("ask", "off");
  else if ("email" in refusedFields(answer)) refuseFields({ email: say("email_invalid") });
  else showAlert(sayTrouble(answer));
}

/** @param {string} recoveryId */
function showSent(recoveryId) {
  input("recovery-id").value = recoveryId;
  for (const id of ["code-username", "username"]) input(id).value = input("email").value;
  element("sent-address", HTMLElement).textContent = input("email").value;
  turnTo("ask", "sent");
}

async function check() {
  const answer = await callApi("POST", "/api/users/recovery/check", proof());
  if (answer.status === 204) turnTo("sent", "set");
  else refuse(answer, "sent");
}

async function save() {
  const answer = await callApi("POST", "/api/users/reset-password", { ...proof(), new_password: input("new-password").value });
  const refused = refusedFields(answer);
  if (answer.status === 200) celebrate();
  else if ("new_password" in refused) refuseFields({ "new-password": sayPasswordRefusal(refused.new_password) });
  else refuse(answer, "set");
}

/** @param {import("./api_call.js").Answer} answer @param {"sent" | "set"} state */
function refuse(answer, state) {
  if (problemOf(answer) === "recovery-off") return turnTo(state, "off");
  if (problemOf(answer) !== "bad-token") return showAlert(sayTrouble(answer));
  if (state === "set") turnTo("set", "sent");
  refuseFields({ code: say("code_wrong") });
}

function celebrate() {
  form("new-password-form").reset();
  if (document.getElementById("to-login")?.getAttribute("href") === "/login") leaveFor("/login", "password_reset");
  else turnTo("set", "done");
}

runForm(form("forgot-password-form"), { email: checkEmail }, ask);
runForm(form("code-form"), { code: checkCode }, check);
runForm(
  form("new-password-form"),
  { "new-password": (text) => checkNewPassword(text), "repeat-password": (text) => checkRepeated(text, input("new-password").value) },
  save,
);
