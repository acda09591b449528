#include "origin/mail/session_reused_mail.h"

#include <utility>

namespace rekey {

SessionReusedMail::SessionReusedMail(MailIdentity identity, const MailTemplates& templates, Mailer& mailer)
    : identity_(std::move(identity)), templates_(templates), mailer_(mailer) {}

MailOutcome SessionReusedMail::after_session_reuse(const SessionReusedEvent& event) {
  const auto language = choose_mail_language(templates_, event.user, event.request);
  auto values = common_values(templates_, language, identity_, event.user, event.request, event.used_at);
  values["forgot_link"] = identity_.frontend_url + "/forgot-password";
  const auto text = templates_.fill(MailKind::kSessionReused, language, values);
  return mailer_.send(compose_mail(text, identity_, event.user, event.delivery_id, language));
}

}  // namespace rekey
