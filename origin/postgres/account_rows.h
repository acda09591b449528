// The columns of an account that the stores select, and their reader.
#pragma once

#include "origin/ports/store.h"
#include "origin/postgres/values.h"

// For a rekey.account, or a row of rekey.users, under the alias u.
#define REKEY_ACCOUNT_COLUMNS                                                                            \
  "u.id, u.username, u.email, u.language, u.is_active, u.is_verified, u.is_superuser, u.password_hash, " \
  "u.sign_in_with, u.password_hash IS NULL AS has_no_password"

// In: an expression for an address. Only ASCII case may differ from the stored one, whatever another product's index ignores: by
// Unicode's rules for case, other people's addresses may be equal. The function's body compares by the collation of its argument:
// under our columns' "C" another product's index would not serve.
#define REKEY_ACCOUNT_WITH(address) \
  "rekey.account_by_address(" address " COLLATE \"default\") u WHERE lower(u.email COLLATE \"C\") = " address

// Its id as a value, NULL without an active account. Of several rows, which a look-up must not return, one is chosen: an error
// would stop the queue. `|| ''` keeps the planner off an index on the id, which it would walk for the least.
#define REKEY_ID_OF_ACTIVE(address) "(SELECT min(u.id || '') FROM " REKEY_ACCOUNT_WITH(address) " AND u.is_active)"

namespace rekey {

User user_from(const SqlRow& row);
Account account_from(const SqlRow& row);

}  // namespace rekey
