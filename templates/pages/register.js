// /register: a new account, then on to the log-in.
import { callApi, problemOf, refusedFields, sayTrouble } from "./api_call.js";
import { form, input, turnTo } from "./elements.js";
import { complainAndFocus, runForm } from "./forms.js";
import { leaveFor, showAlert } from "./notices.js";
import { say } from "./phrases.js";
import { checkEmail, checkNewPassword, checkUsername, sayPasswordRefusal } from "./typed_rules.js";

const typed = () => ({ username: input("username").value, email: input("email").value, password: input("password").value });

async function register() {
  const answer = await callApi("POST", "/api/users", typed());
  if (answer.status === 201) leaveFor("/login", "registered");
  else if (problemOf(answer) === "registration-off") turnTo("open", "off");
  else if (problemOf(answer) === "taken") showAlert(say("taken"));
  else if (answer.status === 422) showRefusal(refusedFields(answer));
  else showAlert(sayTrouble(answer));
}

/** @param {Record<string, string>} refused */
function showRefusal(refused) {
  if ("username" in refused) complainAndFocus("username", say("username_invalid"));
  else if ("email" in refused) complainAndFocus("email", say("email_invalid"));
  else complainAndFocus("password", sayPasswordRefusal(refused.password));
}

runForm(
  form("register-form"),
  { username: checkUsername, email: checkEmail, password: (text) => checkNewPassword(text, typed()) },
  register,
);
