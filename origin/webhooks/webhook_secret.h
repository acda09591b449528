// The secrets of webhooks and the signature made with them, exactly as Standard Webhooks 1.0 has them
// (https://github.com/standard-webhooks/standard-webhooks): `whsec_` and base64 of 24 to 64 bytes; `v1,` and base64 of
// HMAC-SHA-256 over `id.timestamp.body`, one signature for each secret, separated by spaces. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shared/codec/bytes.h"

namespace rekey {

inline constexpr std::size_t kLeastWebhookSecret = 24;  // bytes
inline constexpr std::size_t kMostWebhookSecret = 64;

// The key's bytes: no operator<<, wiped when destroyed.
class WebhookSecret {
 public:
  static std::optional<WebhookSecret> parse(std::string_view text);

  WebhookSecret(const WebhookSecret&) = default;
  WebhookSecret& operator=(const WebhookSecret&) = default;
  ~WebhookSecret() { wipe({reinterpret_cast<std::uint8_t*>(key_.data()), key_.size()}); }

  Bytes key() const { return as_bytes(key_); }
  friend bool operator==(const WebhookSecret& a, const WebhookSecret& b) { return equal_in_constant_time(a.key(), b.key()); }

 private:
  explicit WebhookSecret(std::string key) : key_(std::move(key)) {}
  std::string key_;
};

// What is signed: the id, the Unix time of the attempt, and the body as it is sent.
struct SignedWebhook {
  std::string_view id;
  std::string_view timestamp;
  std::string_view body;
};

// Returns: the value of `webhook-signature`.
std::string sign_webhook(std::span<const WebhookSecret> secrets, const SignedWebhook& webhook);

}  // namespace rekey
