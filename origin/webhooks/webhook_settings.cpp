#include "origin/webhooks/webhook_settings.h"

#include <algorithm>

#include "shared/codec/ascii.h"
#include "shared/codec/decimal.h"
#include "shared/url.h"

namespace rekey {
namespace {

bool has_sound_port(const Url& url) {
  const auto host = url.host();
  return host.size() == url.authority.size() || parse_decimal(url.authority.substr(host.size() + 1), 65'535);
}

// What stands before the colon: "" for all URLs. Returns: nothing for another text than a URL's number or `mail`.
std::optional<std::size_t> number_from(std::string_view text) {
  if (text == "mail") return WebhookSecrets::kOfMail;
  const auto number = parse_decimal(text, kMostWebhookUrls);
  if (!number || *number == 0) return std::nullopt;
  return *number;
}

}  // namespace

std::optional<Reach> reach_of_webhook(std::string_view text, WebhookNetwork network) {
  const auto url = Url::parse(text);
  if (!url || text.find('#') != text.npos || !has_sound_port(*url)) return std::nullopt;
  if (is_loopback(url->host())) return Reach::kThisMachine;
  const bool secure = url->scheme == Scheme::kHttps;
  if (network == WebhookNetwork::kAny) return secure ? Reach::kAnywhere : Reach::kInside;
  if (!secure) return std::nullopt;
  return Reach::kPublic;
}

std::optional<WebhookSecrets> WebhookSecrets::parse(std::string_view text) {
  WebhookSecrets secrets;
  for (bool is_last = text.empty(); !is_last;) {
    const auto end = std::min(text.find(','), text.size());
    is_last = end == text.size();
    auto item = trim(text.substr(0, end), " ");
    text.remove_prefix(is_last ? end : end + 1);
    std::size_t number = 0;
    if (const auto colon = item.find(':'); colon != item.npos) {
      const auto found = number_from(item.substr(0, colon));
      if (!found) return std::nullopt;
      number = *found;
      item.remove_prefix(colon + 1);
    }
    auto secret = WebhookSecret::parse(item);
    if (!secret || secrets.of_[number].size() == kMostWebhookSecrets) return std::nullopt;
    secrets.of_[number].push_back(*std::move(secret));
  }
  return secrets;
}

std::size_t WebhookSecrets::last_url() const {
  auto number = kMostWebhookUrls;
  while (number > 0 && of_[number].empty()) --number;
  return number;
}

std::vector<WebhookSecret> WebhookSecrets::of(std::size_t number) const { return of_[number].empty() ? of_[0] : of_[number]; }

}  // namespace rekey
