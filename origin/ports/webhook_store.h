// The outbox of webhooks, beside the one of mails (store.h), with the same leases. Rows are written by the database itself, in
// the transaction of the change that they report (origin/migrations). For PostgreSQL: origin/postgres/webhook_outbox.h.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "origin/ports/enum_table.h"
#include "origin/ports/store.h"

namespace rekey {

enum class WebhookEvent : std::uint8_t {
  kResetRequested,
  kResetCompleted,
  kPasswordChanged,
  kAccountRegistered,
  kMailUndeliverable,
};

struct WebhookEventRow {
  WebhookEvent key;
  std::string_view type;
  std::string_view meaning;
};

// README.md, "Webhooks", holds the same table, and a test compares.
inline constexpr WebhookEventRow kWebhookEvents[] = {
    {WebhookEvent::kResetRequested, "password_reset.requested",
     "an active account asked for a link, and its mail is about to go out: the link, or how it signs in if it has no password"},
    {WebhookEvent::kResetCompleted, "password_reset.completed",
     "a link was used: the account has a new password, its sessions have ended"},
    {WebhookEvent::kPasswordChanged, "password.changed",
     "a logged-in owner changed the password, and the other sessions have ended; or an operator made it useless, and all have "
     "(`by`)"},
    {WebhookEvent::kAccountRegistered, "account.registered", "an account was made, by its owner or by `user add`"},
    {WebhookEvent::kMailUndeliverable, "mail.undeliverable",
     "a mail to an account was refused for good, or expired: `mail`, `state`, `smtp_code`"},
};
static_assert(is_in_order(kWebhookEvents));

// A claimed message for one URL.
struct Webhook {
  Lease lease;             // of the message
  std::string message_id;  // the same on every attempt
  std::string type;
  std::string happened_at;  // ISO 8601
  std::string data;         // a JSON object
};

// kTryLater: the receiver failed, so its other messages wait, too. kRefused: it failed this message. kGone: it wants no more.
// kCutOff: we stopped; the attempt does not count.
enum class WebhookVerdict : std::uint8_t { kDelivered, kTryLater, kRefused, kGone, kCutOff };

struct WebhookOutcome {
  WebhookVerdict verdict = WebhookVerdict::kTryLater;
  int status = 0;           // of the answer, 0 for none
  std::string_view reason;  // a fixed word
};

enum class WebhookState : std::uint8_t { kOpen, kDelivered, kDead };

// A message that a claim has ended: it was not delivered within a day.
struct ExpiredWebhook {
  std::int64_t id = 0;
  std::string message_id;
  std::string type;
};

struct ClaimedWebhooks {
  std::vector<Webhook> webhooks;
  std::vector<ExpiredWebhook> expired;
  Fill fill = Fill::kPartly;
};

class WebhookStore {
 public:
  virtual ~WebhookStore() = default;

  // Makes these the URLs of all origins, each for these events. A URL that is left out gets nothing more, and what waits for it
  // ends, with many messages not at once; one that is new, or was left out before, begins with the next event. Returns: their
  // ids, in the order given.
  virtual std::vector<std::int64_t> set_urls(std::span<const std::string> urls, std::span<const std::string> events) = 0;

  // Leases due messages of an active URL, the oldest first: of an account only the first that has not ended. Of a URL whose last
  // attempt failed one message, after a pause, and no other until that one is settled.
  virtual ClaimedWebhooks claim(std::int64_t url, std::size_t most, std::chrono::seconds lease) = 0;

  // Records how an attempt ended. Returns: what became of the message; nothing changes for a lease that is another's.
  virtual WebhookState settle(const Lease& lease, const WebhookOutcome& outcome) = 0;

  // Queues again a message that was not begun.
  virtual void give_back(const Lease& lease) = 0;
};

}  // namespace rekey
