// An account as the stores select it: the columns, and the reader that goes with them.
#pragma once

#include "origin/ports/store.h"
#include "origin/postgres/values.h"

// For `users` under the alias u.
#define REKEY_ACCOUNT_COLUMNS "u.id, u.username, u.email, u.language, u.is_active, u.is_verified, u.is_superuser, u.password_hash"

namespace rekey {

User user_from(const SqlRow& row);
Account account_from(const SqlRow& row);

}  // namespace rekey
