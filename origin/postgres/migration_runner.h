// Brings a database to this program's schema (`rekey-origin migrate`), and checks the schema when the server starts.
// Migrations are the numbered files of origin/migrations, embedded at build time. Each runs once, in its own transaction,
// and is recorded with its SHA-256. Migrations are never undone, and an applied file must not change.
#pragma once

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "origin/postgres/connection.h"

namespace rekey {

struct Migration {
  std::string_view name;  // "0001_schema.sql"
  std::string_view sql;
};

// The files of origin/migrations, by number.
std::span<const Migration> embedded_migrations();

// The database and the program do not match; the text tells the operator why.
class MigrationRefused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Applies the missing migrations under an advisory lock: of several runs at once, one works and the others wait, for a minute at
// most.
// Returns: the names of the migrations applied now.
// Throws: Unavailable if the database can't be reached, or another run takes longer; MigrationRefused if an applied file has
// changed, if the database is newer than the program, or if a file fails (then nothing of that file is applied).
std::vector<std::string> apply_migrations(const std::string& database_url, std::span<const Migration> migrations);

// For the server's start. Throws: as apply_migrations(), and MigrationRefused if a migration is missing.
void check_migrations(const std::string& database_url, std::span<const Migration> migrations);

}  // namespace rekey
