#include "origin/postgres/account_source.h"

namespace rekey {
namespace {

constexpr SqlStatement kSource{"accounts_source", "SELECT nullif(rekey.accounts_source(), 'rekey') AS source"};

}  // namespace

std::string foreign_accounts(PostgresPool& pool) { return pool.run(kSource)[0].text("source"); }

void require_own_accounts(PostgresPool& pool, std::string_view act) {
  const auto source = foreign_accounts(pool);
  if (source.empty()) return;
  throw ForeignAccounts("the accounts are those of " + source + ": Rekey can't " + std::string(act) + "; use that product");
}

}  // namespace rekey
