// The outbox of webhooks in PostgreSQL: the tables webhook_urls and webhook_messages. Their rows are written by triggers of the
// schema. Leases, and the times of further attempts, are those of the mails (outbox.h). Safe from every thread and from any
// number of origins. Lock order: after the mails' rows: messages, then the row of their URL.
#pragma once

#include "origin/ports/webhook_store.h"
#include "origin/postgres/pool.h"

namespace rekey {

class PostgresWebhooks final : public WebhookStore {
 public:
  explicit PostgresWebhooks(PostgresPool& pool) : pool_(pool) {}

  std::vector<std::int64_t> set_urls(std::span<const std::string> urls, std::span<const std::string> events) override;
  ClaimedWebhooks claim(std::int64_t url, std::size_t most, std::chrono::seconds lease) override;
  WebhookState settle(const Lease& lease, const WebhookOutcome& outcome) override;
  void give_back(const Lease& lease) override;

 private:
  PostgresPool& pool_;
};

}  // namespace rekey
