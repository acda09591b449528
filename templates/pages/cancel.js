// /reset-password/cancel: ends the token of an unwanted mail; the account's owner must type the address that it went to.
// It works while RECOVERY is off, too.
import { callApi, problemOf, refusedFields, sayTrouble } from "./api_call.js";
import { element, form, input, turnTo } from "./elements.js";
import { refuseFields, runForm } from "./forms.js";
import { stateOfLink, takeLinkToken } from "./link_token.js";
import { showAlert } from "./notices.js";
import { say } from "./phrases.js";
import { checkEmail } from "./typed_rules.js";

const token = takeLinkToken();

async function cancel() {
  const answer = await callApi("POST", "/api/users/reset-password/cancel", { token, email: input("email").value });
  if (answer.status === 204) turnTo("ask", "done");
  else if (problemOf(answer) === "bad-token") turnTo("ask", "bad-link");
  else if ("email" in refusedFields(answer)) refuseFields({ email: say("email_invalid") });
  else showAlert(sayTrouble(answer));
}

runForm(form("cancel-form"), { email: checkEmail }, cancel);
const state = await stateOfLink(token);
if (state === "good") element("fields", HTMLFieldSetElement).disabled = false;
else turnTo("ask", state === "missing" ? "no-link" : "bad-link");
