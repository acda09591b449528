#include "origin/mail/reset_mail.h"

#include <utility>

namespace rekey {

ResetMail::ResetMail(MailIdentity identity, const MailTemplates& templates, Mailer& mailer)
    : identity_(std::move(identity)), templates_(templates), mailer_(mailer) {}

MailOutcome ResetMail::after_forgot_password(const ForgotPasswordEvent& event) { return mailer_.send(compose(event)); }

void ResetMail::rehearse(const ForgotPasswordEvent& event) { compose(event); }

Mail ResetMail::compose(const ForgotPasswordEvent& event) const {
  const auto language = choose_mail_language(templates_, event.user, event.request);
  const auto fragment = "#token=" + std::string(event.token.reveal());
  auto values = common_values(templates_, language, identity_, event.user, event.request, event.requested_at);
  values["link"] = identity_.frontend_url + "/reset-password" + fragment;
  values["cancel_link"] = identity_.frontend_url + "/reset-password/cancel" + fragment;
  values["lifetime"] = duration_words(templates_, language, event.lifetime);
  values["expires"] = time_words(templates_, language, event.expires_at);
  const auto text = templates_.fill(MailKind::kReset, language, values);
  return compose_mail(text, identity_, event.user, event.delivery_id, language);
}

}  // namespace rekey
