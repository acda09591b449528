#include "origin/postgres/audit.h"

namespace rekey {

namespace {

constexpr SqlStatement kInsertAudit{
    "insert_audit", "INSERT INTO rekey.audit_log (event, user_id, request_id, client_ip) VALUES ($1, $2, $3, $4)"};

constexpr SqlStatement kInsertOperatorAudit{"insert_operator_audit", R"(
INSERT INTO rekey.audit_log (event, user_id, request_id, client_ip, detail) VALUES ($1, nullif($2, ''), $3, '', $4))"};

}  // namespace

void write_audit(SqlSession& session, std::string_view event, const std::string& user_id, const RequestInfo& request) {
  session.run(kInsertAudit, SqlParams().text(event).text(user_id).text(request.request_id).text(request.client_ip));
}

void write_operator_audit(SqlSession& session, std::string_view event, const std::string& user_id, const std::string& request_id,
                          std::string_view detail) {
  session.run(kInsertOperatorAudit, SqlParams().text(event).text(user_id).text(request_id).text(detail));
}

SqlParams& add_request(SqlParams& params, const RequestInfo& request) {
  return params.text(request.request_id)
      .text(request.client_ip)
      .text(request.user_agent)
      .text(request.country)
      .text(request.accept_language);
}

}  // namespace rekey
