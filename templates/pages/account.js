// /account: shows the user, changes the password, logs out. Without a session it goes to /login.
import { callApi, callOnce, problemOf, refusedFields, sayTrouble } from "./api_call.js";
import { element, form, input } from "./elements.js";
import { refuseFields, runForm } from "./forms.js";
import { clearNotices, leaveFor, showAlert, showStatus } from "./notices.js";
import { say } from "./phrases.js";
import { checkNewPassword, checkRepeated, missing, sayPasswordRefusal } from "./typed_rules.js";

/** @typedef {import("./api_call.js").Answer} Answer */

let owner = { username: "", email: "" };

async function load() {
  showOnly("loading");
  const answer = await callApi("GET", "/api/users/me");
  if (answer.status === 200) return showOwner(answer.body);
  showOnly("retry-line");
  showFailure(answer);
}

/** @param {"loading" | "account" | "retry-line"} part */
function showOnly(part) {
  for (const id of ["loading", "account", "retry-line"]) element(id, HTMLElement).hidden = id !== part;
}

/** @param {{username: string, email: string}} user */
function showOwner(user) {
  owner = { username: user.username, email: user.email };
  element("username", HTMLElement).textContent = owner.username;
  element("email", HTMLElement).textContent = owner.email;
  input("account-name").value = owner.email;
  showOnly("account");
}

/** @param {Answer} answer */
function showFailure(answer) {
  if (answer.status === 401) leaveFor("/login", "session_over");
  else showAlert(sayTrouble(answer));
}

async function changePassword() {
  const answer = await callOnce("PATCH", "/api/users/me/password", {
    current_password: input("current-password").value,
    new_password: input("new-password").value,
  });
  const refused = refusedFields(answer);
  if (answer.status === 200) celebrate();
  else if (problemOf(answer) === "wrong-password") refuseFields({ "current-password": say("current_password_wrong") });
  else if (Object.keys(refused).length > 0) showRefusal(refused);
  else showFailure(answer);
}

/** @param {Record<string, string>} refused */
function showRefusal(refused) {
  refuseFields({
    "current-password": "current_password" in refused ? say("current_password_wrong") : "",
    "new-password": "new_password" in refused ? sayPasswordRefusal(refused.new_password) : "",
  });
}

function celebrate() {
  form("change-password-form").reset();
  input("account-name").value = owner.email;
  showStatus(say("password_changed"));
}

async function logOut() {
  clearNotices();
  const answer = await callApi("POST", "/api/users/logout");
  if (answer.status === 204) leaveFor("/login", "logged_out");
  else if (answer.status === 401) showFailure(answer);
  else showAlert(say("logout_failed", { trouble: sayTrouble(answer) }));
}

runForm(
  form("change-password-form"),
  {
    "current-password": (text) => missing(text, "current_password_missing"),
    "new-password": (text) => checkNewPassword(text, owner),
    "repeat-password": (text) => checkRepeated(text, input("new-password").value),
  },
  changePassword,
);
element("logout", HTMLButtonElement).addEventListener("click", logOut);
element("retry", HTMLButtonElement).addEventListener("click", () => {
  clearNotices();
  void load();
});
await load();
