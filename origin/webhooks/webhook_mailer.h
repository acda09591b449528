// Mails by webhook instead of SMTP (MAIL_SENDER=webhook): each mail of the outbox goes to MAIL_WEBHOOK_URL as the event
// `mail.send`, rendered. Nothing of it is stored: the mail worker makes it anew for each attempt, with the same `webhook-id`. So
// it is retried, limited and counted as every mail, and the answer decides as a relay's reply does.
#pragma once

#include <string>

#include "origin/ports/clock.h"
#include "origin/ports/mailer.h"
#include "origin/webhooks/webhook_sender.h"
#include "origin/webhooks/webhook_settings.h"

namespace rekey {

struct MailWriter {
  std::string address;
  std::string name;
};

// Returns: the verdict on the mail. Whether a receiver that did not answer has the mail is unknown.
MailOutcome judge_mail_webhook(const WebhookOutcome& outcome);

class WebhookMailer final : public Mailer {
 public:
  WebhookMailer(WebhookTarget target, MailWriter writer, const Clock& clock)
      : target_(std::move(target)), writer_(std::move(writer)), clock_(clock), sender_(target_, clock) {}

  MailOutcome send(const Mail& mail) override;
  void end_by(std::chrono::steady_clock::time_point when) override { sender_.end_by(when); }

 private:
  const WebhookTarget target_;
  const MailWriter writer_;
  const Clock& clock_;
  WebhookSender sender_;
};

}  // namespace rekey
