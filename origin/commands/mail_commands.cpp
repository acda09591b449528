#include "origin/commands/account_desk.h"
#include "origin/commands/commands.h"
#include "origin/commands/report.h"
#include "origin/mail/curl_mailer.h"
#include "origin/system/system_clock.h"
#include "origin/system/system_random.h"
#include "origin/webhooks/webhook_mailer.h"
#include "shared/codec/encoding.h"

namespace rekey {
namespace {

std::string new_message_id(std::string_view sender) {
  SystemRandom random;
  ByteArray<16> bytes{};
  random.fill(bytes);
  return to_hex(bytes) + std::string(sender.substr(sender.rfind('@')));
}

Mail test_mail(const Settings& settings, const EmailAddress& address) {
  const auto text = "This mail shows that " + settings.product_name + " reaches its relay.";
  return {std::string(address.text()), "Test mail from " + settings.product_name,   text + "\n",
          "<p>" + text + "</p>\n",     new_message_id(settings.relay.from_address), "en"};
}

std::string_view words_for(MailVerdict verdict) {
  switch (verdict) {
    case MailVerdict::kTaken:
      return "taken by the relay";
    case MailVerdict::kTryLater:
      return "not taken this time";
    case MailVerdict::kRefused:
      return "refused";
    case MailVerdict::kRelayRefuses:
      return "the relay refuses us";
    case MailVerdict::kRelayAway:
      return "the relay is away or busy";
    case MailVerdict::kWantsLogIn:
      return "the relay wants a log-in";
    case MailVerdict::kUnknown:
      return "it is unknown whether the relay took the mail";
    case MailVerdict::kCutOff:
      return "cut off";
    case MailVerdict::kPoisoned:
      return "not sent: the mail breaks the rules";
  }
  __builtin_trap();
}

bool send_by(Mailer&& mailer, std::string_view name, const Mail& mail, Report& report) {
  const auto outcome = mailer.send(mail);
  report.row({text_cell("relay", 8, std::string(name)), text_cell("outcome", 20, std::string(words_for(outcome.verdict))),
              number_cell("smtp_code", 0, outcome.smtp_code), text_cell("reason", 0, outcome.reason)});
  return outcome.verdict == MailVerdict::kTaken;
}

}  // namespace

int send_test_mail(const Settings& settings, const CommandLine& line, std::ostream& out) {
  const auto mail = test_mail(settings, require_email(line.text("ADDRESS")));
  const SystemClock clock;
  const MailWriter writer{settings.relay.from_address, settings.relay.from_name};
  Report report(out, line.form());
  report.begin_list("relays");
  bool taken = settings.mail_webhook ? send_by(WebhookMailer(*settings.mail_webhook, writer, clock), "webhook", mail, report)
                                     : send_by(CurlMailer(settings.relay, clock), word_of(RelayRank::kPrimary), mail, report);
  if (settings.fallback_relay && !settings.mail_webhook)
    taken = send_by(CurlMailer(*settings.fallback_relay, clock), word_of(RelayRank::kFallback), mail, report) && taken;
  report.end_list("");
  return taken ? 0 : 1;
}

}  // namespace rekey
