#include "origin/postgres/account_rows.h"

namespace rekey {

User user_from(const SqlRow& row) {
  return {.id = row.text("id"),
          .username = row.text("username"),
          .email = row.text("email"),
          .language = row.text("language"),
          .is_active = row.boolean("is_active"),
          .is_verified = row.boolean("is_verified"),
          .is_superuser = row.boolean("is_superuser")};
}

Account account_from(const SqlRow& row) { return {user_from(row), {row.text("password_hash")}}; }

}  // namespace rekey
