// One attempt to deliver a message of Standard Webhooks to one URL: the three headers, the POST, and the verdict on the answer.
// The body is {"type", "timestamp", "data"}. Ten seconds in all; 4 KiB of the answer are read, then the connection is closed. One
// instance belongs to one thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "origin/ports/clock.h"
#include "origin/ports/webhook_store.h"
#include "origin/web/web_client.h"
#include "origin/webhooks/webhook_settings.h"

namespace rekey {

inline constexpr std::chrono::milliseconds kWebhookPatience{10'000};
inline constexpr std::size_t kMostWebhookAnswer = 4 * 1024;

// The status counts, even if the rest of the answer did not come. 2xx is delivered, 410 gone. 400, 413 and 422 are about the
// message; all else is about the receiver, redirects included.
WebhookOutcome judge_webhook(const WebAnswer& answer);

// In: `data` is a JSON object. Returns: the body.
std::string webhook_body(std::string_view type, std::string_view happened_at, std::string_view data);

// Returns: how this program reaches the URL, within its time and its addresses.
WebLimits webhook_limits(const WebhookTarget& target);

class WebhookSender {
 public:
  WebhookSender(const WebhookTarget& target, const Clock& clock)
      : target_(target), clock_(clock), client_(webhook_limits(target)) {}

  WebhookOutcome send(std::string_view message_id, const std::string& body);
  void end_by(std::chrono::steady_clock::time_point when) { client_.end_by(when); }

 private:
  const WebhookTarget& target_;
  const Clock& clock_;
  WebClient client_;
};

}  // namespace rekey
