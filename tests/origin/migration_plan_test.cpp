// The form of a migration's file.
#include "origin/postgres/migration_plan.h"

#include <catch2/catch.hpp>

#include "origin/postgres/migration_runner.h"

namespace rekey::test {
namespace {

MigrationPlan read(std::string_view sql) { return read_migration({"0002_seen.sql", sql}); }

}  // namespace

TEST_CASE("a migration names whom it serves, and its steps in order", "[migration_plan]") {
  const auto plan = read(
      "-- serves: 0001\n-- Why it is needed.\n\n"
      "-- step: short a\nALTER TABLE a ADD COLUMN b integer;\n"
      "-- step: index a_b\n-- For the search.\nCREATE INDEX CONCURRENTLY a_b ON a (b);\n"
      "-- step: alone\nANALYZE a;\n-- step: batches\nSELECT 1");
  CHECK(plan.number == 2);
  CHECK(plan.serves_from == 1);
  REQUIRE(plan.steps.size() == 4);
  CHECK(plan.steps[0].kind == StepKind::kShort);
  CHECK(plan.steps[0].object == "a");
  CHECK(plan.steps[0].sql == "ALTER TABLE a ADD COLUMN b integer;\n");
  CHECK(plan.steps[1].kind == StepKind::kIndex);
  CHECK(plan.steps[1].object == "a_b");
  CHECK(plan.steps[1].kind_text() == "index a_b");
  CHECK(plan.steps[1].table == "a");
  CHECK(plan.steps[2].kind_text() == "alone");
  CHECK(plan.steps[3].sql == "SELECT 1");
}

TEST_CASE("a migration of another form is refused, with the reason", "[migration_plan]") {
  const auto [sql, why] = GENERATE(table<std::string, std::string>({
      {"-- step: short\nSELECT 1;", "must begin with `-- serves: NNNN`"},
      {"\n-- serves: 0001\n-- step: short\nSELECT 1;", "must begin with"},
      {"-- serves: 1\n-- step: short\nSELECT 1;", "must begin with"},
      {"-- serves: 0001 \n-- step: short\nSELECT 1;", "must begin with"},
      {"-- serves: 0000\n-- step: short\nSELECT 1;", "must begin with"},
      {"-- serves: 0003\n-- step: short\nSELECT 1;", "must begin with"},  // newer than itself
      {"-- serves: 0001\nSELECT 1;", "a statement before its first step"},
      {"-- serves: 0001\nSELECT 1;\n-- step: short\n", "a statement before its first step"},
      {"-- serves: 0001\n", "has no `-- step:`"},
      {"-- serves: 0001\n-- step: long\nSELECT 1;", "a step of no known kind: -- step: long"},
      {"-- serves: 0001\n-- step: index\nSELECT 1;", "a step of no known kind"},
      {"-- serves: 0001\n-- step: alone a\nSELECT 1;", "a step of no known kind"},
      {"-- serves: 0001\n-- step: short a b\nSELECT 1;", "a step of no known kind"},
      {"-- serves: 0001\n-- step: index a; DROP TABLE a\nSELECT 1;", "a step of no known kind"},
      {"-- serves: 0001\n-- step: short\nSELECT $rekey_step$1$rekey_step$;", "holds our own quote"},
  }));
  CHECK_THROWS_WITH(read(sql), Catch::Contains("migration 0002_seen.sql") && Catch::Contains(why));
}

TEST_CASE("a misspelt marker of a step is no comment", "[migration_plan]") {
  const std::string begin = "-- serves: 0001\n-- step: short\nSELECT 1;\n";
  const std::string marker =
      GENERATE(as<std::string>(), "-- step:index x", "--step: index x", "-- steps: index x", "-- step index x",
               "--  step: index x", " -- step: index x", "-- Step: index x", "-- step", "--\tstep: short");
  CHECK_THROWS_WITH(read(begin + marker + "\nSELECT 2;"), Catch::Contains("almost a step's: " + marker));
  const std::string comment =
      GENERATE(as<std::string>(), "-- one step: short", "-- stepwise", "-- step_by_step", "- step: short");
  CHECK_NOTHROW(read(begin + comment + "\n"));
}

TEST_CASE("an index step is one CREATE INDEX CONCURRENTLY of the index that it names", "[migration_plan]") {
  const auto read_index = [](const std::string& sql) {
    const auto text = "-- serves: 0001\n-- step: index a_b\n" + sql;
    return std::string(read(text).steps[0].table);
  };
  CHECK(read_index("CREATE INDEX CONCURRENTLY a_b ON a (b);") == "a");
  CHECK(read_index("-- Why.\n\n-- And why.\nCREATE UNIQUE INDEX CONCURRENTLY a_b\n  ON a(b)") == "a");
  const std::string other = GENERATE(
      as<std::string>(), "CREATE INDEX a_b ON a (b);", "CREATE INDEX CONCURRENTLY a_c ON a (b);",
      "CREATE INDEX CONCURRENTLY ON a (b);", "CREATE INDEX CONCURRENTLY IF NOT EXISTS a_b ON a (b);", "SELECT 1;", "",
      "CREATE INDEX CONCURRENTLY a_b ON \"A\" (b);", "REINDEX INDEX CONCURRENTLY a_b;", "CREATE INDEX CONCURRENTLY a_b ON");
  CHECK_THROWS_WITH(read_index(other), Catch::Contains("CREATE [UNIQUE] INDEX CONCURRENTLY a_b ON table"));
}

TEST_CASE("the embedded migrations are numbered without gaps, and have the form", "[migration_plan]") {
  int number = 0;
  for (const auto& plan : read_migrations(embedded_migrations())) {
    CHECK(plan.number == ++number);
    for (const auto& step : plan.steps) CHECK_FALSE(step.sql.empty());
  }
  CHECK(number >= 1);
}

}  // namespace rekey::test
