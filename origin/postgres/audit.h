// Who did what to which account: one row of audit_log, in the transaction of the deed itself.
#pragma once

#include "origin/ports/request_info.h"
#include "origin/postgres/pool.h"

namespace rekey {

// In: `event` is a fixed word, as "password.reset".
void write_audit(SqlSession& session, std::string_view event, const std::string& user_id, const RequestInfo& request);

// Queues the notice that a password has changed, for the mail worker. In: `cause` is "reset" or "owner".
void queue_notice(SqlSession& session, std::string_view cause, const std::string& user_id, const RequestInfo& request);

}  // namespace rekey
