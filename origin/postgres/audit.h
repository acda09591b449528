// Writes one row of audit_log, in the transaction of the event itself. The functions of the schema that change a password write
// their own.
#pragma once

#include "origin/ports/request_info.h"
#include "origin/postgres/pool.h"

namespace rekey {

// In: `event` is a fixed word, such as "session.opened".
void write_audit(SqlSession& session, std::string_view event, const std::string& user_id, const RequestInfo& request);

// A command of the operator's. In: `user_id` is "" for one that concerns no single account; `detail` names its operator.
void write_operator_audit(SqlSession& session, std::string_view event, const std::string& user_id, const std::string& request_id,
                          std::string_view detail);

// Adds all that is written down of a request, in the order in which those functions take it. Returns: `params`.
SqlParams& add_request(SqlParams& params, const RequestInfo& request);

}  // namespace rekey
