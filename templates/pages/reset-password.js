// /reset-password: sets a new password with the token of a mail's link, then goes to /login. If log-in is elsewhere, the page says that
// the password is saved, and links there.
import { callOnce, problemOf, refusedFields, sayTrouble } from "./api_call.js";
import { element, form, input, turnTo } from "./elements.js";
import { refuseFields, runForm } from "./forms.js";
import { stateOfLink, takeLinkToken } from "./link_token.js";
import { leaveFor, showAlert } from "./notices.js";
import { checkNewPassword, checkRepeated, sayPasswordRefusal } from "./typed_rules.js";

const token = takeLinkToken();
const fields = element("fields", HTMLFieldSetElement);

async function reset() {
  const answer = await callOnce("POST", "/api/users/reset-password", { token, new_password: input("new-password").value });
  const refused = refusedFields(answer);
  if (answer.status === 200) celebrate();
  else if (problemOf(answer) === "recovery-off") leaveForm("off");
  else if (problemOf(answer) === "bad-token") refuseLink("used");
  else if ("new_password" in refused) refuseFields({ "new-password": sayPasswordRefusal(refused.new_password) });
  else showAlert(sayTrouble(answer));
}

function celebrate() {
  if (document.getElementById("to-login")?.getAttribute("href") === "/login") return leaveFor("/login", "password_reset");
  leaveForm("done");
}

/** @param {"done" | "off"} state */
function leaveForm(state) {
  form("reset-password-form").reset();
  form("reset-password-form").hidden = true;
  turnTo("set", state);
}

// `used` stands for every refusal by the service, which gives no reason.
/** @param {"used" | "missing" | "malformed" | "expired"} state */
function refuseLink(state) {
  form("reset-password-form").reset();
  fields.disabled = true;
  element("ways-on", HTMLElement).hidden = false;
  if (state === "missing") return turnTo("set", "no-link");
  element(`bad-link-${state}`, HTMLElement).hidden = false;
  turnTo("set", "bad-link");
}

runForm(
  form("reset-password-form"),
  { "new-password": (text) => checkNewPassword(text), "repeat-password": (text) => checkRepeated(text, input("new-password").value) },
  reset,
);
const state = element("off", HTMLElement).hidden ? await stateOfLink(token) : "off";
if (state === "off") element("off-heading", HTMLElement).focus();
else if (state === "good") fields.disabled = false;
else refuseLink(state);
