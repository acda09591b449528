// The columns of an account that the stores select, and their reader.
#pragma once

#include "origin/ports/store.h"
#include "origin/postgres/values.h"

// For `users` under the alias u.
#define REKEY_ACCOUNT_COLUMNS "u.id, u.username, u.email, u.language, u.is_active, u.is_verified, u.is_superuser, u.password_hash"

namespace rekey {

User user_from(const SqlRow& row);
Account account_from(const SqlRow& row);

}  // namespace rekey
