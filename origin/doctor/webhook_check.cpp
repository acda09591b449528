#include "origin/doctor/webhook_check.h"

#include <algorithm>
#include <optional>

#include "origin/webhooks/webhook_sender.h"

namespace rekey {
namespace {

using enum Verdict;

enum class WebhookFault : std::uint8_t {
  kNoSuchHost,
  kNobody,
  kPrivate,
  kSilent,
  kTls,
  kCertificate,
  kCaFile,
  kBroke,
  kRedirect,
  kGone,
  kFails,
};

constexpr CauseRow<WebhookFault> kFaults[] = {
    {WebhookFault::kNoSuchHost, kWrong, "host", "its name can't be resolved"},
    {WebhookFault::kNobody, kWrong, "not_listening", "nothing listens there"},
    {WebhookFault::kPrivate, kWrong, "private",
     "its name leads to private addresses only: set WEBHOOK_ALLOW_PRIVATE=on if that is meant"},
    {WebhookFault::kSilent, kWrong, "silent", "it does not answer: check the route, and whether a firewall blocks the port"},
    {WebhookFault::kTls, kWrong, "tls", "the TLS handshake fails: is it a server for https, with TLS 1.2 at least?"},
    {WebhookFault::kCertificate, kWrong, "certificate",
     "its certificate is not trusted here: name the file of its authority in WEBHOOK_CA_FILE; OpenSSL's verification error "},
    {WebhookFault::kCaFile, kWrong, "ca_file", "the file in WEBHOOK_CA_FILE can't be read, or holds no certificate"},
    {WebhookFault::kBroke, kWrong, "broke", "what answers is no HTTP server"},
    {WebhookFault::kRedirect, kWrong, "redirect",
     "it redirects, and webhooks follow no redirect: set the address where it leads"},
    {WebhookFault::kGone, kNote, "gone", "it answers 410 to a GET; if it does so to a webhook, it gets no more of them"},
    {WebhookFault::kFails, kNote, "fails", "it answers a GET with status "},
};

std::optional<WebhookFault> fault_of_status(int status) {
  if (status >= 300 && status < 400) return WebhookFault::kRedirect;
  if (status == 410) return WebhookFault::kGone;
  return status >= 500 ? std::optional(WebhookFault::kFails) : std::nullopt;  // 404 and 405 are usual for a GET
}

std::optional<WebhookFault> fault_of(const WebAnswer& answer) {
  switch (answer.end) {
    case WebEnd::kAnswer:
      return fault_of_status(answer.status);
    case WebEnd::kNoSuchHost:
      return WebhookFault::kNoSuchHost;
    case WebEnd::kRefused:
      return WebhookFault::kNobody;
    case WebEnd::kForbiddenAddress:
      return WebhookFault::kPrivate;
    case WebEnd::kUnsent:
    case WebEnd::kTimedOut:
      return WebhookFault::kSilent;
    case WebEnd::kTlsFailed:
      return WebhookFault::kTls;
    case WebEnd::kNotTrusted:
      return WebhookFault::kCertificate;
    case WebEnd::kNoCaFile:
      return WebhookFault::kCaFile;
    case WebEnd::kCutOff:
    case WebEnd::kBroke:
      return WebhookFault::kBroke;
  }
  __builtin_trap();
}

std::string addition(WebhookFault fault, const WebAnswer& answer) {
  if (fault == WebhookFault::kCertificate) return std::to_string(answer.certificate_fault);
  return fault == WebhookFault::kFails ? std::to_string(answer.status) : "";
}

Finding examine_one(const WebhookTarget& target, const std::string& name, std::chrono::milliseconds patience) {
  auto limits = webhook_limits(target);
  limits.patience = patience;
  const auto answer = WebClient(limits).ask({target.url, {}, ""});
  const auto fault = fault_of(answer);
  if (!fault) return all_well(Check::kWebhooks);
  const auto& row = *std::ranges::find(kFaults, *fault, &CauseRow<WebhookFault>::key);
  return {Check::kWebhooks, row.verdict, row.word, name + ": " + std::string(row.text) + addition(*fault, answer)};
}

}  // namespace

std::vector<Finding> examine_webhooks(const Settings& settings, std::chrono::milliseconds patience) {
  std::vector<Finding> findings;
  const auto examine = [&](const WebhookTarget& target, const std::string& name) {
    auto finding = examine_one(target, name, patience);
    if (finding.verdict != kOk) findings.push_back(std::move(finding));
  };
  for (std::size_t i = 0; i < settings.webhooks.size(); ++i)
    examine(settings.webhooks[i], "URL " + std::to_string(i + 1) + " of WEBHOOK_URLS");
  if (settings.mail_webhook) examine(*settings.mail_webhook, "MAIL_WEBHOOK_URL");
  if (findings.empty()) findings.push_back(all_well(Check::kWebhooks));
  return findings;
}

}  // namespace rekey
