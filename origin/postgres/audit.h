// Writes one row of audit_log, in the transaction of the event itself.
#pragma once

#include "origin/ports/request_info.h"
#include "origin/postgres/pool.h"

namespace rekey {

// In: `event` is a fixed word, such as "password.reset".
void write_audit(SqlSession& session, std::string_view event, const std::string& user_id, const RequestInfo& request);

// Queues the notice that a password has changed. In: `cause` is "reset" or "owner".
void queue_notice(SqlSession& session, std::string_view cause, const std::string& user_id, const RequestInfo& request);

}  // namespace rekey
