#include "origin/postgres/suppression_list.h"

namespace rekey {
namespace {

#define REKEY_WRITE_DOWN(event)                                                                \
  ") INSERT INTO rekey.audit_log (event, email, request_id, client_ip, detail) SELECT '" event \
  "', email, $2, '', $3 FROM changed RETURNING 1"

constexpr SqlStatement kAdd{"suppress_address", R"(
WITH changed AS (
  INSERT INTO rekey.suppressed_addresses (email) VALUES ($1) ON CONFLICT (email) DO NOTHING RETURNING email
)" REKEY_WRITE_DOWN("mail.suppressed")};

constexpr SqlStatement kRemove{"unsuppress_address", R"(
WITH changed AS (
  DELETE FROM rekey.suppressed_addresses WHERE email = $1 RETURNING email
)" REKEY_WRITE_DOWN("mail.unsuppressed")};

constexpr SqlStatement kAll{"suppressed_addresses", R"(
SELECT email, floor(extract(epoch FROM suppressed_at))::bigint AS since FROM rekey.suppressed_addresses
ORDER BY suppressed_at DESC, email)"};

SqlParams params_of(const EmailAddress& email, const OperatorAct& act) {
  return SqlParams().text(email.normalized()).text(act.request_id).text(act.name);
}

}  // namespace

bool SuppressionList::add(const EmailAddress& email, const OperatorAct& act) {
  return !pool_.run_once(kAdd, params_of(email, act)).empty();
}

bool SuppressionList::remove(const EmailAddress& email, const OperatorAct& act) {
  return !pool_.run_once(kRemove, params_of(email, act)).empty();
}

std::vector<SuppressedAddress> SuppressionList::all() {
  const SqlRows rows = pool_.run(kAll);
  std::vector<SuppressedAddress> addresses;
  addresses.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) addresses.push_back({rows[i].text("email"), rows[i].time("since")});
  return addresses;
}

}  // namespace rekey
