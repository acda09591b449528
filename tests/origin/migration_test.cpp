#include <algorithm>
#include <catch2/catch.hpp>

#include "origin/postgres/migration_runner.h"
#include "tests/origin/database.h"
#include "tests/origin/race_start.h"

using namespace rekey;
using namespace rekey::test;

namespace {
constexpr Migration kFirst{"0001_a.sql", "CREATE TABLE a (x integer);"};
constexpr Migration kSecond{"0002_b.sql", "CREATE TABLE b (x integer); INSERT INTO b VALUES (1);"};
constexpr Migration kBroken{"0002_b.sql", "CREATE TABLE b (x integer); SELECT nothing FROM nowhere;"};

using Plan = std::vector<Migration>;
}  // namespace

TEST_CASE("B16: migrations are applied in order, each once, and later ones are added", "[migration]") {
  const TestDatabase database(TestDatabase::Schema::kEmpty);
  CHECK(apply_migrations(database.url(), Plan{kFirst}) == std::vector<std::string>{"0001_a.sql"});
  CHECK(apply_migrations(database.url(), Plan{kFirst, kSecond}) == std::vector<std::string>{"0002_b.sql"});
  CHECK(apply_migrations(database.url(), Plan{kFirst, kSecond}).empty());
  CHECK(database.number("SELECT count(*) AS x FROM b") == 1);
  CHECK_NOTHROW(check_migrations(database.url(), Plan{kFirst, kSecond}));
}

TEST_CASE("B16: a migration that changed after it was applied is refused by name", "[migration]") {
  const TestDatabase database(TestDatabase::Schema::kEmpty);
  apply_migrations(database.url(), Plan{kFirst});
  const Plan changed{{kFirst.name, "CREATE TABLE a (x bigint);"}};
  CHECK_THROWS_WITH(apply_migrations(database.url(), changed), Catch::Contains("0001_a.sql has changed"));
  CHECK_THROWS_AS(check_migrations(database.url(), changed), MigrationRefused);
}

TEST_CASE("B16: a database newer than the program is refused and left as it is", "[migration]") {
  const TestDatabase database(TestDatabase::Schema::kEmpty);
  apply_migrations(database.url(), Plan{kFirst, kSecond});
  CHECK_THROWS_WITH(apply_migrations(database.url(), Plan{kFirst}), Catch::Contains("0002_b.sql"));
  CHECK_THROWS_AS(check_migrations(database.url(), Plan{kFirst}), MigrationRefused);
  CHECK(database.number("SELECT count(*) AS x FROM b") == 1);
}

TEST_CASE("F19: a migration that fails half-way leaves no trace", "[migration]") {
  const TestDatabase database(TestDatabase::Schema::kEmpty);
  CHECK_THROWS_WITH(apply_migrations(database.url(), Plan{kFirst, kBroken}),
                    Catch::Contains("0002_b.sql failed with SQLSTATE 42P01"));
  CHECK(database.number("SELECT count(*) AS x FROM pg_tables WHERE tablename = 'b'") == 0);
  CHECK(apply_migrations(database.url(), Plan{kFirst, kSecond}) == std::vector<std::string>{"0002_b.sql"});
}

TEST_CASE("a server does not start on a database that lacks a migration", "[migration]") {
  const TestDatabase database(TestDatabase::Schema::kEmpty);
  CHECK_THROWS_WITH(check_migrations(database.url(), Plan{kFirst}), Catch::Contains("lacks migration 0001_a.sql"));
  apply_migrations(database.url(), Plan{kFirst});
  CHECK_THROWS_WITH(check_migrations(database.url(), Plan{kFirst, kSecond}), Catch::Contains("lacks migration 0002_b.sql"));
}

TEST_CASE("of several simultaneous migrations one does the work and all succeed", "[migration]") {
  const TestDatabase database(TestDatabase::Schema::kEmpty);
  std::vector<std::size_t> applied(6, 99);
  run_at_once(applied.size(),
              [&](std::size_t i) { applied[i] = apply_migrations(database.url(), embedded_migrations()).size(); });
  CHECK(std::count(applied.begin(), applied.end(), embedded_migrations().size()) == 1);
  CHECK(std::count(applied.begin(), applied.end(), 0U) == 5);
}

TEST_CASE("the embedded migrations are numbered without gaps", "[migration]") {
  int number = 0;
  for (const Migration& migration : embedded_migrations()) {
    ++number;
    CHECK(std::stoi(std::string(migration.name.substr(0, 4))) == number);
    CHECK_FALSE(migration.sql.empty());
  }
  CHECK(number >= 1);
}
