#include "origin/postgres/audit.h"

namespace rekey {

namespace {

constexpr SqlStatement kInsertAudit{
    "insert_audit", "INSERT INTO audit_log (event, user_id, request_id, client_ip) VALUES ($1, $2::uuid, $3, $4)"};

// A notice is useless after a day.
constexpr SqlStatement kInsertNotice{"insert_notice", R"(
INSERT INTO deliveries (kind, cause, user_id, deliver_by, request_id, client_ip, user_agent, country, accept_language)
VALUES ('password_changed', $1, $2::uuid, now() + interval '1 day', $3, $4, $5, $6, $7))"};

}  // namespace

void write_audit(SqlSession& session, std::string_view event, const std::string& user_id, const RequestInfo& request) {
  session.run(kInsertAudit, SqlParams().text(event).text(user_id).text(request.request_id).text(request.client_ip));
}

void queue_notice(SqlSession& session, std::string_view cause, const std::string& user_id, const RequestInfo& request) {
  session.run(kInsertNotice, SqlParams()
                                 .text(cause)
                                 .text(user_id)
                                 .text(request.request_id)
                                 .text(request.client_ip)
                                 .text(request.user_agent)
                                 .text(request.country)
                                 .text(request.accept_language));
}

}  // namespace rekey
