// The outbox of webhooks, as the operator's commands read and change it. Each change is written to the audit log. Safe from every
// thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "origin/postgres/operator_accounts.h"
#include "origin/postgres/pool.h"

namespace rekey {

struct WebhookFilter {  // every empty field lets all rows pass
  std::string account;  // id
  std::string state;
  std::string type;
  std::chrono::seconds since{0};
};

struct WebhookRow {
  std::int64_t id = 0;
  std::int64_t url = 0;  // id of a WebhookUrlRow
  std::string message_id;
  std::string type;
  std::string account;
  std::string state;
  std::chrono::sys_seconds happened_at;
  std::optional<std::chrono::sys_seconds> due_at;
  std::optional<std::chrono::sys_seconds> ended_at;
  std::int64_t attempts = 0;
  std::int64_t status = 0;
  std::string reason;
};

struct WebhookUrlRow {
  std::int64_t id = 0;
  std::string url;
  std::string state;
  std::chrono::sys_seconds changed_at;
  std::int64_t waiting = 0;
  std::int64_t dead = 0;
  std::int64_t failures = 0;  // in a row
};

class PostgresOperatorWebhooks {
 public:
  explicit PostgresOperatorWebhooks(PostgresPool& pool) : pool_(pool) {}

  // Returns: at most `most` messages behind the id `after` (0 for the first page), the newest first.
  std::vector<WebhookRow> list(const WebhookFilter& filter, std::int64_t after, std::size_t most);
  std::vector<WebhookUrlRow> urls();

  // Queue ended messages of active URLs again, for another day. Return: how many.
  std::size_t resend(std::int64_t message, const OperatorAct& act);
  std::size_t resend_dead(const OperatorAct& act);

  // Lets a URL that answered 410 have webhooks again. Returns: whether it had none.
  bool restart(std::int64_t url, const OperatorAct& act);

 private:
  std::size_t resend(const SqlStatement& statement, const SqlParams& params, const OperatorAct& act);

  PostgresPool& pool_;
};

}  // namespace rekey
