// The notice that a session was used again after its renewal: a copy of it exists, and it has ended with all its renewals.
// Templates: templates/email/session_reused.{txt,html}. Like the notice of a new password it holds no token and no log-in link,
// only the link to the forgot page.
#pragma once

#include "origin/mail/mail_text.h"
#include "origin/ports/hooks.h"
#include "origin/ports/mail_templates.h"

namespace rekey {

class SessionReusedMail : public AfterSessionReuse {
 public:
  // Belongs to one thread, like the mailer.
  SessionReusedMail(MailIdentity identity, const MailTemplates& templates, Mailer& mailer);

  MailOutcome after_session_reuse(const SessionReusedEvent& event) override;

 private:
  MailIdentity identity_;
  const MailTemplates& templates_;
  Mailer& mailer_;
};

}  // namespace rekey
