// What happened, as the operator's commands read it from PostgreSQL: reset requests, deliveries, and the audit log, newest first.
// Addresses are shown in part: their output ends up in tickets and logs. Changes nothing. Safe from every thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "origin/ports/store.h"
#include "origin/postgres/pool.h"

namespace rekey {

// Every empty field lets all rows pass.
struct HistoryFilter {
  std::string address;            // normalised
  std::string user_id;            // of the account with that address, if there is one
  std::string state;              // of requests and deliveries
  std::string kind;               // of deliveries; of audit rows the event
  std::string client_ip;          // of audit rows
  std::chrono::seconds since{0};  // the age of the oldest row
};

struct RequestState {
  std::int64_t id = 0;
  std::string state;         // queued, sending, sent, no_account, suppressed, superseded, rejected, expired_undelivered
  std::string masked_email;  // a***@example.com
  std::chrono::sys_seconds requested_at;
  std::optional<std::chrono::sys_seconds> ended_at;
  std::int64_t attempts = 0;
  int smtp_code = 0;
  std::string request_id;  // as in the log
  std::string client_ip;
};

struct DeliveryState {
  std::int64_t id = 0;
  std::string kind;                      // reset, password_changed, session_reused, link
  std::string state;                     // queued, sending, sent, no_account, superseded, rejected, expired_undelivered
  std::string masked_email;              // of the account today; "" without one
  std::chrono::sys_seconds happened_at;  // the request, or the change of the password
  std::optional<std::chrono::sys_seconds> due_at;
  std::optional<std::chrono::sys_seconds> ended_at;
  std::int64_t attempts = 0;
  std::string outcome;  // of the last attempt that ended, "" for none
  int smtp_code = 0;
  std::string request_id;
};

struct AuditRow {
  std::string place;  // for the next page
  std::chrono::sys_seconds at;
  std::string event;
  std::string user_id;       // "" for none
  std::string masked_email;  // of the account today, or as typed; "" for neither
  std::string client_ip;
  std::string request_id;
  std::string detail;
};

// Each returns at most `most` rows behind `after`, the newest first.
class PostgresOperatorHistory {
 public:
  explicit PostgresOperatorHistory(PostgresPool& pool) : pool_(pool) {}

  // In: `after` is the id of a row, 0 for the first page.
  std::vector<RequestState> requests(const HistoryFilter& filter, std::int64_t after, std::size_t most);
  std::vector<DeliveryState> deliveries(const HistoryFilter& filter, std::int64_t after, std::size_t most);

  // The audit log, and the forgot requests that have not yet become rows of it. In: `after` is the place of a row, "" for none.
  std::vector<AuditRow> audit(const HistoryFilter& filter, const std::string& after, std::size_t most);

 private:
  PostgresPool& pool_;
};

// Returns: the address with all but the first letter of its local part replaced by `***`; "" for "".
std::string masked_email(const std::string& email);

// Returns: whether a text can be the place of an audit row.
bool is_audit_place(std::string_view text);

}  // namespace rekey
