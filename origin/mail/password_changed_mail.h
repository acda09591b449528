// The notice that a password has changed: what AfterResetPassword does unless an embedder has it do something else (A7).
// Templates: templates/email/password_changed.{txt,html}. No token, no password, no link to log in: only the way to ask for a
// reset, so that the notice is worth nothing to who reads along (ASVS 6.3.7).
#pragma once

#include "origin/mail/mail_text.h"
#include "origin/ports/hooks.h"
#include "origin/ports/mail_templates.h"

namespace rekey {

class PasswordChangedMail : public AfterResetPassword {
 public:
  // Belongs to one thread, as the mailer does.
  PasswordChangedMail(MailIdentity identity, const MailTemplates& templates, Mailer& mailer);

  MailOutcome after_reset_password(const PasswordChangedEvent& event) override;

 private:
  MailIdentity identity_;
  const MailTemplates& templates_;
  Mailer& mailer_;
};

}  // namespace rekey
