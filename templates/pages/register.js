// /register: makes an account, then goes to /login.
import { callOnce, problemOf, refusedFields, sayTrouble } from "./api_call.js";
import { form, input, turnTo } from "./elements.js";
import { refuseFields, runForm } from "./forms.js";
import { leaveFor, showAlert } from "./notices.js";
import { say } from "./phrases.js";
import { checkEmail, checkNewPassword, checkUsername, sayPasswordRefusal } from "./typed_rules.js";

const typed = () => ({ username: input("username").value, email: input("email").value, password: input("password").value });

async function register() {
  const answer = await callOnce("POST", "/api/users", typed());
  const refused = refusedFields(answer);
  if (answer.status === 201) leaveFor("/login", "registered");
  else if (problemOf(answer) === "registration-off") turnTo("open", "off");
  else if (problemOf(answer) === "taken") showAlert(say("taken"));
  else if (Object.keys(refused).length > 0) showRefusal(refused);
  else showAlert(sayTrouble(answer));
}

/** @param {Record<string, string>} refused */
function showRefusal(refused) {
  refuseFields({
    username: "username" in refused ? say("username_invalid") : "",
    email: "email" in refused ? say("email_invalid") : "",
    password: "password" in refused ? sayPasswordRefusal(refused.password) : "",
  });
}

runForm(
  form("register-form"),
  { username: checkUsername, email: checkEmail, password: (text) => checkNewPassword(text, typed()) },
  register,
);
