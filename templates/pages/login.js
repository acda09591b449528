// /login: exchanges e-mail and password for a session cookie, then goes to /account.
import { callApi, problemOf, refusedFields, sayTrouble } from "./api_call.js";
import { form, input } from "./elements.js";
import { refuseFields, runForm } from "./forms.js";
import { showAlert, showCarriedNotice } from "./notices.js";
import { say } from "./phrases.js";
import { checkEmail, missing } from "./typed_rules.js";

async function logIn() {
  const answer = await callApi("POST", "/api/users/login", { email: input("email").value, password: input("password").value });
  if (answer.status === 204) location.assign("/account");
  else if (problemOf(answer) === "bad-credentials") showAlert(say("bad_credentials"));
  else if ("email" in refusedFields(answer)) refuseFields({ email: say("email_invalid") });
  else if (answer.status === 422) showAlert(say("bad_credentials"));
  else showAlert(sayTrouble(answer));
}

showCarriedNotice();
runForm(form("login-form"), { email: checkEmail, password: (text) => missing(text, "password_missing") }, logIn);
