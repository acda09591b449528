// The mail with the reset link: the default AfterForgotPassword, which an embedder can replace (A6). Fills
// templates/email/reset.{txt,html} and hands the mail to the Mailer, by default curl_mailer.h. The token is in the fragment of
// two links: to set a password, built from RESET_PAGE_URL, and to cancel, from FRONTEND_URL; with APP_LINK_SCHEME in a third,
// which opens the application. The code, if the mail has one, is in none of them: it is typed where the mail was asked for. An
// account without a password gets another mail, templates/email/sign_in.{txt,html}: it says how the account signs in and has no
// link, unless first passwords are allowed.
//
// Promises: A6, B2, B4, B5 of tests/attacks.md.
#pragma once

#include "origin/mail/mail_text.h"
#include "origin/ports/hooks.h"
#include "origin/ports/mail_templates.h"

namespace rekey {

// Returns: where the link to a new password leads, without its fragment. In: `reset_page_url` may be "", for our own page.
std::string reset_page(const std::string& frontend_url, const std::string& reset_page_url);

class ResetMail : public AfterForgotPassword {
 public:
  // Belongs to one thread, like the mailer.
  ResetMail(MailIdentity identity, const MailTemplates& templates, Mailer& mailer);

  MailOutcome after_forgot_password(const ForgotPasswordEvent& event) override;
  void rehearse(const ForgotPasswordEvent& event) override;  // renders the mail and drops it

 private:
  Mail compose(const ForgotPasswordEvent& event) const;
  Mail compose_sign_in(const ForgotPasswordEvent& event) const;

  MailIdentity identity_;
  const MailTemplates& templates_;
  Mailer& mailer_;
};

}  // namespace rekey
