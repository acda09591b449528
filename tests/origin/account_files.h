// The tables of accounts over which the store tests run: Rekey's own, or that of another product, named by REKEY_TEST_ACCOUNTS. A
// name stands for tests/origin/accounts/<name>.sql, which makes the table, and the adopter's file templates/accounts/<name>.sql,
// if there is one.
#pragma once

#include <string>

namespace rekey::test {

// Returns: the value of REKEY_TEST_ACCOUNTS; "" for Rekey's own accounts.
std::string accounts_under_test();

// Returns: the grants of the origin's role on Rekey's tables.
std::string rights_script();

// Returns: templates/accounts/<name>.sql.
std::string adopters_script(const std::string& name);

// Returns: the SQL that brings a migrated database to these accounts.
std::string account_script(const std::string& name);

}  // namespace rekey::test
