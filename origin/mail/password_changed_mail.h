// The notice that a password has changed: the default AfterResetPassword, which an embedder can replace (A7).
// Templates: templates/email/password_changed.{txt,html}. It holds no token, no password and no log-in link, only the link to
// the forgot page, so that the notice is worth nothing to an eavesdropper (ASVS 6.3.7).
#pragma once

#include "origin/mail/mail_text.h"
#include "origin/ports/hooks.h"
#include "origin/ports/mail_templates.h"

namespace rekey {

class PasswordChangedMail : public AfterResetPassword {
 public:
  // Belongs to one thread, like the mailer.
  PasswordChangedMail(MailIdentity identity, const MailTemplates& templates, Mailer& mailer);

  MailOutcome after_reset_password(const PasswordChangedEvent& event) override;

 private:
  MailIdentity identity_;
  const MailTemplates& templates_;
  Mailer& mailer_;
};

}  // namespace rekey
