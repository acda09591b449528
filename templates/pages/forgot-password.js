// /forgot-password: requests a mail with a link. The page says the same with and without an account.
import { callApi, problemOf, refusedFields, sayTrouble } from "./api_call.js";
import { element, form, input, turnTo } from "./elements.js";
import { refuseFields, runForm } from "./forms.js";
import { showAlert } from "./notices.js";
import { say } from "./phrases.js";
import { checkEmail } from "./typed_rules.js";

async function ask() {
  const answer = await callApi("POST", "/api/users/forgot-password", { email: input("email").value });
  if (answer.status === 202) showSent();
  else if (problemOf(answer) === "recovery-off") turnTo("ask", "off");
  else if ("email" in refusedFields(answer)) refuseFields({ email: say("email_invalid") });
  else showAlert(sayTrouble(answer));
}

function showSent() {
  element("sent-address", HTMLElement).textContent = input("email").value;
  turnTo("ask", "sent");
}

function askAgain() {
  form("forgot-password-form").reset();
  turnTo("sent", "ask");
  input("email").focus();
}

runForm(form("forgot-password-form"), { email: checkEmail }, ask);
element("again", HTMLButtonElement).addEventListener("click", askAgain);
