// The mail with the reset link: what AfterForgotPassword does unless an embedder has it do something else. Fills
// templates/email/reset.{txt,html} and hands the mail to the Mailer, which is curl_mailer.h unless an embedder brings another.
// The token stands in the fragment of two links, to set a password and to cancel, built from FRONTEND_URL alone.
// Promises: A6, B2, B4, B5 of tests/attacks.md.
#pragma once

#include "origin/mail/mail_text.h"
#include "origin/ports/hooks.h"
#include "origin/ports/mail_templates.h"

namespace rekey {

class ResetMail : public AfterForgotPassword {
 public:
  // Belongs to one thread, like the mailer.
  ResetMail(MailIdentity identity, const MailTemplates& templates, Mailer& mailer);

  MailOutcome after_forgot_password(const ForgotPasswordEvent& event) override;
  void rehearse(const ForgotPasswordEvent& event) override;  // renders the mail and drops it

 private:
  Mail compose(const ForgotPasswordEvent& event) const;

  MailIdentity identity_;
  const MailTemplates& templates_;
  Mailer& mailer_;
};

}  // namespace rekey
