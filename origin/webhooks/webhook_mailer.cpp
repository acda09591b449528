#include "origin/webhooks/webhook_mailer.h"

#include <array>
#include <ctime>

#include "shared/codec/encoding.h"
#include "shared/codec/json_writer.h"
#include "shared/sha256.h"

namespace rekey {
namespace {

std::string iso_time(std::chrono::sys_seconds time) {
  const auto seconds = static_cast<std::time_t>(time.time_since_epoch().count());
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

// The Message-ID has a dot, which Standard Webhooks keeps out of ids.
std::string id_of(const Mail& mail) {
  return "msg_" + to_hex(sha256({as_bytes("mail.send "), as_bytes(mail.message_id)})).substr(0, 32);
}

std::string data_of(const Mail& mail, const MailWriter& writer) {
  JsonWriter json;
  json.begin_object().member("to", mail.to).member("from", writer.address).member("from_name", writer.name);
  json.member("subject", mail.subject).member("text", mail.text).member("html", mail.html);
  json.member("message_id", mail.message_id).member("language", mail.language);
  return json.end_object().take();
}

void wipe_text(std::string& text) { wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()}); }

bool is_about_us(const WebhookOutcome& outcome) {
  return outcome.status >= 300 && outcome.status < 500 && outcome.status != 408 && outcome.status != 429;
}

}  // namespace

MailOutcome judge_mail_webhook(const WebhookOutcome& outcome) {
  switch (outcome.verdict) {
    case WebhookVerdict::kDelivered:
      return {MailVerdict::kTaken, outcome.status, "taken", RelayStanding::kServes};
    case WebhookVerdict::kRefused:
      return {MailVerdict::kRefused, outcome.status, "the receiver refuses the mail", RelayStanding::kServes};
    case WebhookVerdict::kCutOff:
      return {MailVerdict::kCutOff, outcome.status, "cut off at a stop, before the receiver's answer", RelayStanding::kUnknown};
    case WebhookVerdict::kGone:
      return {MailVerdict::kRelayRefuses, outcome.status, "the receiver is gone", RelayStanding::kRefuses};
    case WebhookVerdict::kTryLater:
      break;
  }
  if (is_about_us(outcome))
    return {MailVerdict::kRelayRefuses, outcome.status, "the receiver refuses our calls", RelayStanding::kRefuses};
  if (outcome.status != 0) return {MailVerdict::kTryLater, outcome.status, "the receiver fails", RelayStanding::kDefers};
  if (outcome.reason == "no_such_host" || outcome.reason == "no_connection")
    return {MailVerdict::kRelayAway, 0, "no connection to the receiver", RelayStanding::kAway};
  if (outcome.reason == "timed_out" || outcome.reason == "broke")
    return {MailVerdict::kUnknown, 0, "the receiver did not answer", RelayStanding::kStalls};
  return {MailVerdict::kRelayRefuses, 0, "the receiver's address or certificate is not allowed", RelayStanding::kRefuses};
}

MailOutcome WebhookMailer::send(const Mail& mail) {
  auto data = data_of(mail, writer_);
  auto body = webhook_body("mail.send", iso_time(clock_.now()), data);
  const auto outcome = sender_.send(id_of(mail), body);
  wipe_text(data);
  wipe_text(body);
  return judge_mail_webhook(outcome);
}

}  // namespace rekey
