#include "origin/webhooks/webhook_sender.h"

#include "shared/codec/bytes.h"
#include "shared/codec/json_writer.h"

namespace rekey {
namespace {

constexpr const char* kUserAgent = "user-agent: Rekey/" REKEY_VERSION;

using enum WebhookVerdict;

WebhookOutcome judge_status(int status) {
  if (status >= 200 && status < 300) return {kDelivered, status, "delivered"};
  if (status == 410) return {kGone, status, "gone"};
  if (status == 400 || status == 413 || status == 422) return {kRefused, status, "refused"};
  if (status >= 300 && status < 400) return {kTryLater, status, "redirect"};
  return {kTryLater, status, "status"};
}

// 1xx announces another status.
constexpr int kFirstFinalStatus = 200;

}  // namespace

// Of an answer that came only in part the status counts.
WebhookOutcome judge_webhook(const WebAnswer& answer) {
  if (answer.status >= kFirstFinalStatus) return judge_status(answer.status);
  switch (answer.end) {
    case WebEnd::kAnswer:
      return judge_status(answer.status);
    case WebEnd::kNoSuchHost:
      return {kTryLater, 0, "no_such_host"};
    case WebEnd::kRefused:
    case WebEnd::kUnsent:
      return {kTryLater, 0, "no_connection"};
    case WebEnd::kForbiddenAddress:
      return {kTryLater, 0, "private_address"};
    case WebEnd::kTimedOut:
      return {kTryLater, 0, "timed_out"};
    case WebEnd::kTlsFailed:
      return {kTryLater, 0, "tls"};
    case WebEnd::kNotTrusted:
    case WebEnd::kNoCaFile:
      return {kTryLater, 0, "not_trusted"};
    case WebEnd::kCutOff:
      return {kCutOff, 0, "cut_off"};
    case WebEnd::kBroke:
      return {kTryLater, 0, "broke"};
  }
  __builtin_trap();
}

std::string webhook_body(std::string_view type, std::string_view happened_at, std::string_view data) {
  JsonWriter json;
  json.begin_object().member("type", type).member("timestamp", happened_at).end_object();
  auto body = json.take();
  body.back() = ',';
  return body.append("\"data\":").append(data).append("}");
}

WebLimits webhook_limits(const WebhookTarget& target) {
  WebLimits limits;
  limits.patience = kWebhookPatience;
  limits.most_body = kMostWebhookAnswer;
  limits.too_long = WebLimits::TooLong::kCut;
  limits.reach = target.reach;
  limits.ca_file = target.ca_file;
  return limits;
}

WebhookOutcome WebhookSender::send(std::string_view message_id, const std::string& body) {
  const auto timestamp = std::to_string(clock_.now().time_since_epoch().count());
  const std::string id(message_id);
  WebRequest request{target_.url, {}, body};
  request.headers = {"content-type: application/json",
                     kUserAgent,
                     "expect:",  // a receiver that does not know it would cost a second
                     "webhook-id: " + id,
                     "webhook-timestamp: " + timestamp,
                     "webhook-signature: " + sign_webhook(target_.secrets, {id, timestamp, body})};
  const auto answer = client_.ask(request);
  wipe({reinterpret_cast<std::uint8_t*>(request.body.data()), request.body.size()});
  return judge_webhook(answer);
}

}  // namespace rekey
