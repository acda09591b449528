#include "origin/postgres/operator_history.h"

#include <algorithm>
#include <limits>

#include "shared/codec/ascii.h"

namespace rekey {
namespace {

// The parameters of a filter that is not set compare as ''. Each command runs a statement a few times at most: PostgreSQL plans
// it for the values at hand, and leaves out what always holds.
#define REKEY_EPOCH(column) "floor(extract(epoch FROM " column "))::bigint"
#define REKEY_SINCE(column) "($4::bigint = 0 OR " column " > now() - make_interval(secs => $4::bigint))"

constexpr SqlStatement kRequests{"operator_requests", R"(
SELECT r.id, r.state, r.email, )" REKEY_EPOCH("r.requested_at") " AS requested_at, " REKEY_EPOCH("r.ended_at") R"( AS ended_at,
       coalesce(max(d.attempt), 0) AS attempts, coalesce(max(d.smtp_code), 0) AS smtp_code, r.request_id, r.client_ip
FROM (
  SELECT * FROM rekey.reset_requests
  WHERE id < $1 AND ($2 = '' OR email = $2) AND ($3 = '' OR state = $3) AND )" REKEY_SINCE("requested_at") R"(
  ORDER BY id DESC LIMIT $5
) AS r LEFT JOIN rekey.deliveries d ON d.reset_request = r.id
GROUP BY r.id, r.state, r.email, r.requested_at, r.ended_at, r.request_id, r.client_ip ORDER BY r.id DESC)"};

constexpr SqlStatement kDeliveries{
    "operator_deliveries",
    R"(
SELECT d.id, d.kind, d.state, coalesce(u.email, '') AS email, )" REKEY_EPOCH("d.happened_at") " AS happened_at, " REKEY_EPOCH(
        "d.due_at") " AS due_at, " REKEY_EPOCH("d.ended_at") R"( AS ended_at, d.attempt, d.smtp_code, d.request_id,
       coalesce((SELECT p.outcome FROM rekey.delivery_attempts p WHERE p.delivery = d.id ORDER BY p.attempt DESC LIMIT 1), '') AS outcome
FROM rekey.deliveries d LEFT JOIN LATERAL rekey.account_by_id(d.user_id) u ON true
WHERE d.id < $1 AND ($2 = '' OR d.user_id = nullif($2, '')) AND ($3 = '' OR d.state = $3)
  AND )" REKEY_SINCE("d.happened_at") R"( AND ($6 = '' OR d.kind = $6)
ORDER BY d.id DESC LIMIT $5)"};

// The two sources in one order: the time, then the source and its id. $7 and $8: the last row of the page before.
#define REKEY_BEHIND_PAGE(at, place) \
  "($7::bigint = 0 OR (" at ", " place ") < ('epoch'::timestamptz + $7::bigint * interval '1 microsecond', $8))"
#define REKEY_AUDIT_PLACE "('a' || lpad(a.id::text, 19, '0')) COLLATE \"C\""
#define REKEY_REQUEST_PLACE "('r' || lpad(r.id::text, 19, '0')) COLLATE \"C\""
#define REKEY_TIME_OF_PAGE(at) "($7::bigint = 0 OR " at " <= 'epoch'::timestamptz + $7::bigint * interval '1 microsecond')"

constexpr SqlStatement kAudit{"operator_audit", R"(
SELECT (extract(epoch FROM at) * 1000000)::bigint || '.' || place AS place, )" REKEY_EPOCH("at") R"( AS seconds, event,
       coalesce(user_id, '') AS user_id, email, client_ip, request_id, detail
FROM (
  (SELECT a.at, )" REKEY_AUDIT_PLACE R"( AS place, a.event, a.user_id,
          coalesce((SELECT u.email FROM rekey.account_by_id(a.user_id) u), a.email, '') AS email, a.client_ip, a.request_id, a.detail
   FROM rekey.audit_log a
   WHERE ($1 = '' OR a.email = $1 OR a.user_id = nullif($2, '')) AND ($3 = '' OR a.event = $3)
     AND )" REKEY_SINCE("a.at") " AND ($6 = '' OR a.client_ip = $6) AND " REKEY_TIME_OF_PAGE("a.at") " AND " REKEY_BEHIND_PAGE(
                                                    "a.at", REKEY_AUDIT_PLACE) R"(
   ORDER BY a.at DESC, 2 DESC LIMIT $5)
  UNION ALL
  (SELECT r.requested_at, )" REKEY_REQUEST_PLACE R"(, 'forgot.accepted', NULL, r.email, r.client_ip, r.request_id, r.state
   FROM rekey.reset_requests r
   WHERE ($1 = '' OR r.email = $1) AND ($3 = '' OR $3 = 'forgot.accepted')
     AND )" REKEY_SINCE("r.requested_at") " AND ($6 = '' OR r.client_ip = $6) AND " REKEY_BEHIND_PAGE("r.requested_at",
                                                                                                      REKEY_REQUEST_PLACE) R"(
   ORDER BY r.requested_at DESC, 2 DESC LIMIT $5)
) AS both_sources
ORDER BY at DESC, place DESC LIMIT $5)"};

std::optional<std::chrono::sys_seconds> time_or_none(const SqlRow& row, std::string_view column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.time(column));
}

RequestState request_from(const SqlRow& row) {
  return {.id = row.integer("id"),
          .state = row.text("state"),
          .masked_email = masked_email(row.text("email")),
          .requested_at = row.time("requested_at"),
          .ended_at = time_or_none(row, "ended_at"),
          .attempts = row.integer("attempts"),
          .smtp_code = static_cast<int>(row.integer("smtp_code")),
          .request_id = row.text("request_id"),
          .client_ip = row.text("client_ip")};
}

DeliveryState delivery_from(const SqlRow& row) {
  return {.id = row.integer("id"),
          .kind = row.text("kind"),
          .state = row.text("state"),
          .masked_email = masked_email(row.text("email")),
          .happened_at = row.time("happened_at"),
          .due_at = time_or_none(row, "due_at"),
          .ended_at = time_or_none(row, "ended_at"),
          .attempts = row.integer("attempt"),
          .outcome = row.text("outcome"),
          .smtp_code = static_cast<int>(row.integer("smtp_code")),
          .request_id = row.text("request_id")};
}

AuditRow audit_from(const SqlRow& row) {
  return {.place = row.text("place"),
          .at = row.time("seconds"),
          .event = row.text("event"),
          .user_id = row.text("user_id"),
          .masked_email = masked_email(row.text("email")),
          .client_ip = row.text("client_ip"),
          .request_id = row.text("request_id"),
          .detail = row.text("detail")};
}

template <class Row>
std::vector<Row> all_from(const SqlRows& rows, Row (*read)(const SqlRow&)) {
  std::vector<Row> out;
  out.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) out.push_back(read(rows[i]));
  return out;
}

// An id that every row is below.
std::int64_t id_below(std::int64_t after) { return after == 0 ? std::numeric_limits<std::int64_t>::max() : after; }

std::int64_t count_of(std::size_t most) { return static_cast<std::int64_t>(most); }

}  // namespace

std::string masked_email(const std::string& email) {
  if (email.empty()) return {};
  const std::size_t at = email.find('@');
  return email.substr(0, 1) + "***" + (at == std::string::npos ? "" : email.substr(at));
}

// Microseconds, a dot, the source's letter and 19 digits.
bool is_audit_place(std::string_view text) {
  const auto dot = text.find('.');
  if (dot == 0 || dot > 18 || text.size() != dot + 21) return false;
  const auto digits = [](std::string_view piece) { return std::all_of(piece.begin(), piece.end(), is_digit); };
  return digits(text.substr(0, dot)) && (text[dot + 1] == 'a' || text[dot + 1] == 'r') && digits(text.substr(dot + 2));
}

std::vector<RequestState> PostgresOperatorHistory::requests(const HistoryFilter& filter, std::int64_t after, std::size_t most) {
  const auto params = SqlParams().integer(id_below(after)).text(filter.address).text(filter.state);
  return all_from(pool_.run(kRequests, SqlParams(params).seconds(filter.since).integer(count_of(most))), request_from);
}

std::vector<DeliveryState> PostgresOperatorHistory::deliveries(const HistoryFilter& filter, std::int64_t after,
                                                               std::size_t most) {
  const auto params = SqlParams().integer(id_below(after)).text(filter.user_id).text(filter.state);
  return all_from(pool_.run(kDeliveries, SqlParams(params).seconds(filter.since).integer(count_of(most)).text(filter.kind)),
                  delivery_from);
}

std::vector<AuditRow> PostgresOperatorHistory::audit(const HistoryFilter& filter, const std::string& after, std::size_t most) {
  const auto dot = std::min(after.find('.'), after.size());
  const auto params = SqlParams()
                          .text(filter.address)
                          .text(filter.user_id)
                          .text(filter.kind)
                          .seconds(filter.since)
                          .integer(count_of(most))
                          .text(filter.client_ip)
                          .text(after.empty() ? "0" : after.substr(0, dot))
                          .text(after.empty() ? "" : after.substr(dot + 1));
  return all_from(pool_.run(kAudit, params), audit_from);
}

}  // namespace rekey
