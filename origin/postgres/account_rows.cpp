#include "origin/postgres/account_rows.h"

namespace rekey {

namespace {

// Another product's column may be NULL.
bool is_true(const SqlRow& row, std::string_view column) { return !row.is_null(column) && row.boolean(column); }

}  // namespace

User user_from(const SqlRow& row) {
  return {.id = row.text("id"),
          .username = row.text("username"),
          .email = row.text("email"),
          .language = row.text("language"),
          .sign_in_with = row.text("sign_in_with"),
          .is_active = is_true(row, "is_active"),
          .is_verified = is_true(row, "is_verified"),
          .is_superuser = is_true(row, "is_superuser"),
          .has_password = !is_true(row, "has_no_password")};
}

Account account_from(const SqlRow& row) { return {user_from(row), {row.text("password_hash")}}; }

}  // namespace rekey
