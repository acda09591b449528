#include "origin/postgres/suppression_list.h"

namespace rekey {
namespace {

constexpr SqlStatement kAdd{"suppress_address",
                            "INSERT INTO suppressed_addresses (email) VALUES ($1) ON CONFLICT (email) DO NOTHING RETURNING 1"};
constexpr SqlStatement kRemove{"unsuppress_address", "DELETE FROM suppressed_addresses WHERE email = $1 RETURNING 1"};
constexpr SqlStatement kAll{"suppressed_addresses", R"(
SELECT email, floor(extract(epoch FROM suppressed_at))::bigint AS since FROM suppressed_addresses
ORDER BY suppressed_at DESC, email)"};

}  // namespace

bool SuppressionList::add(const EmailAddress& email) { return !pool_.run(kAdd, SqlParams().text(email.normalized())).empty(); }

bool SuppressionList::remove(const EmailAddress& email) {
  return !pool_.run(kRemove, SqlParams().text(email.normalized())).empty();
}

std::vector<SuppressedAddress> SuppressionList::all() {
  const SqlRows rows = pool_.run(kAll);
  std::vector<SuppressedAddress> addresses;
  addresses.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) addresses.push_back({rows[i].text("email"), rows[i].time("since")});
  return addresses;
}

}  // namespace rekey
