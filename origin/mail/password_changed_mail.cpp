#include "origin/mail/password_changed_mail.h"

#include <utility>

namespace rekey {

PasswordChangedMail::PasswordChangedMail(MailIdentity identity, const MailTemplates& templates, Mailer& mailer)
    : identity_(std::move(identity)), templates_(templates), mailer_(mailer) {}

MailOutcome PasswordChangedMail::after_reset_password(const PasswordChangedEvent& event) {
  const auto language = choose_mail_language(templates_, event.user, event.request);
  auto values = common_values(templates_, language, identity_, event.user, event.request, event.changed_at);
  values["forgot_link"] = identity_.frontend_url + "/forgot-password";
  values["by_reset"] = event.change == PasswordChange::kByReset ? "yes" : "";
  values["accounts"] = identity_.features == FeatureSet::kAll ? "yes" : "";
  const auto text = templates_.fill(MailKind::kPasswordChanged, language, values);
  return mailer_.send(compose_mail(text, identity_, event.user, event.delivery_id, language));
}

}  // namespace rekey
