#include "origin/webhooks/webhook_secret.h"

#include "shared/codec/encoding.h"
#include "shared/sha256.h"

namespace rekey {
namespace {

constexpr std::string_view kPrefix = "whsec_";

// Returns: nothing for a length that no padded base64 has.
std::optional<std::size_t> base64_decoded_size(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : (text.ends_with('=') ? 1 : 0);
  return text.size() / 4 * 3 - padding;
}

}  // namespace

std::optional<WebhookSecret> WebhookSecret::parse(std::string_view text) {
  if (!text.starts_with(kPrefix)) return std::nullopt;
  text.remove_prefix(kPrefix.size());
  const auto size = base64_decoded_size(text);
  if (!size || *size < kLeastWebhookSecret || *size > kMostWebhookSecret) return std::nullopt;
  WebhookSecret secret(std::string(*size, '\0'));
  if (from_base64(text, {reinterpret_cast<std::uint8_t*>(secret.key_.data()), *size}) != Error::kNone) return std::nullopt;
  return secret;
}

std::string sign_webhook(std::span<const WebhookSecret> secrets, const SignedWebhook& webhook) {
  std::string signatures;
  for (const auto& secret : secrets) {
    const auto digest = hmac_sha256(
        secret.key(), {as_bytes(webhook.id), as_bytes("."), as_bytes(webhook.timestamp), as_bytes("."), as_bytes(webhook.body)});
    signatures.append(signatures.empty() ? "v1," : " v1,").append(to_base64(digest));
  }
  return signatures;
}

}  // namespace rekey
