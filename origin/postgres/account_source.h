// Whose accounts the database has: Rekey's own table, or that of another product, which an adopter's SQL file has named
// (rekey.accounts_source() of the schema). Rekey adds, lists, disables and deletes its own alone.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "origin/postgres/pool.h"

namespace rekey {

// A command or a setting needs Rekey's own accounts. The text tells the operator what to do instead.
class ForeignAccounts : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Returns: the other product's name, "" for Rekey's own accounts. Throws: Unavailable.
std::string foreign_accounts(PostgresPool& pool);

// In: what can't be done with accounts of another product, such as "list them". Throws: ForeignAccounts, Unavailable.
void require_own_accounts(PostgresPool& pool, std::string_view act);

}  // namespace rekey
