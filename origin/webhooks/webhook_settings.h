// The URLs of WEBHOOK_URLS and MAIL_WEBHOOK_URL, each with its secrets.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "origin/web/web_client.h"
#include "origin/webhooks/webhook_secret.h"

namespace rekey {

inline constexpr std::size_t kMostWebhookUrls = 8;
inline constexpr std::size_t kMostWebhookSecrets = 2;  // of one URL: while a secret is replaced

struct WebhookTarget {
  std::string url;
  std::vector<WebhookSecret> secrets;
  Reach reach = Reach::kPublic;
  std::string ca_file;
};

// WEBHOOK_ALLOW_PRIVATE. kAny: private networks may be used, by http, too. Why not http to a public address: a link in a mail
// that goes by webhook could be read on the way.
enum class WebhookNetwork : std::uint8_t { kPublic, kAny };

// In: one URL. Returns: which addresses it may lead to; nothing for a URL that is neither https nor http to this machine, or has
// a user, a fragment or a bad port.
std::optional<Reach> reach_of_webhook(std::string_view url, WebhookNetwork network);

// Reads WEBHOOK_SECRETS: secrets for all URLs, and such as `2:whsec_...` for the second URL alone, `mail:whsec_...` for
// MAIL_WEBHOOK_URL. A URL with secrets of its own uses no others.
class WebhookSecrets {
 public:
  // Returns: nothing if an item is malformed, or a URL has more than kMostWebhookSecrets.
  static std::optional<WebhookSecrets> parse(std::string_view text);

  // The highest number of a URL that has secrets of its own; 0 for none.
  std::size_t last_url() const;

  // In: the number of a URL, from 1, or kOfMail.
  std::vector<WebhookSecret> of(std::size_t number) const;
  static constexpr std::size_t kOfMail = kMostWebhookUrls + 1;

 private:
  std::vector<WebhookSecret> of_[kMostWebhookUrls + 2];  // 0: of all
};

}  // namespace rekey
