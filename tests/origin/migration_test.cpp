// Migrations on a real database: order, changed files, older and newer programs, steps that lock nobody out, interrupted runs.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>
#include <thread>

#include "origin/postgres/migration_runner.h"
#include "origin/postgres/schema_watch.h"
#include "tests/origin/database.h"
#include "tests/origin/race_start.h"
#include "tests/origin/use_case_fakes.h"

namespace rekey::test {
namespace {

constexpr Migration kFirst{
    "0001_a.sql",
    "-- serves: 0001\n-- step: short\nCREATE TABLE a (x integer PRIMARY KEY, y integer, z integer DEFAULT 0, w integer);"};
constexpr Migration kSecond{"0002_b.sql",
                            "-- serves: 0001\n-- step: short\nCREATE TABLE b (x integer); INSERT INTO b VALUES (1);"};
constexpr Migration kBroken{"0002_b.sql",
                            "-- serves: 0001\n-- step: short\nCREATE TABLE b (x integer); SELECT nothing FROM nowhere;"};
constexpr Migration kBreaking{"0002_c.sql", "-- serves: 0002\n-- step: short\nALTER TABLE a RENAME TO c;"};
constexpr Migration kIndexed{"0002_i.sql",
                             "-- serves: 0001\n-- step: index a_y\nCREATE UNIQUE INDEX CONCURRENTLY a_y ON a (y);\n"
                             "-- step: alone\nANALYZE a;"};
constexpr Migration kWidened{"0002_w.sql", "-- serves: 0001\n-- step: short a\nALTER TABLE a ADD COLUMN v integer;"};
constexpr Migration kFilled{
    "0002_f.sql",
    "-- serves: 0001\n"
    "-- step: short\nCREATE TABLE filled (x integer);\n"
    "-- step: batches\n"
    "WITH part AS (SELECT x FROM a WHERE x > coalesce($1::integer, 0) ORDER BY x LIMIT $2 FOR NO KEY UPDATE),\n"
    "     done AS (UPDATE a SET w = a.x * 2, z = a.z + 1 FROM part WHERE a.x = part.x RETURNING a.x)\n"
    "SELECT max(x)::text AS last, count(*) AS changed FROM done"};

using Plan = std::vector<Migration>;
using Names = std::vector<std::string>;

// Tries again at once, so that a test that waits for a second try takes no time.
MigrationOptions fast() {
  MigrationOptions options;
  options.pace.longest_lock_wait = std::chrono::milliseconds(20);
  options.pace.first_pause = options.pace.longest_pause = std::chrono::milliseconds(1);
  options.pace.next_look = std::chrono::milliseconds(1);
  return options;
}

struct RunIsKilled {};

// Ends the run like a crash when it tells of `text` for the nth time.
MigrationOptions killed_at(const std::string& text) {
  auto options = fast();
  options.tell = [text](const std::string& line) {
    if (line.find(text) != std::string::npos) throw RunIsKilled();
  };
  return options;
}

// Runs migrations in a process of its own until `moment`, then kills it.
void kill_at(const std::function<bool()>& moment, const std::function<void()>& run) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    try {
      run();
    } catch (...) {
      ::_exit(1);
    }
    ::_exit(0);
  }
  CHECK(comes(moment));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

void add_rows(const TestDatabase& database, int count) {
  database.execute("INSERT INTO a (x, y) SELECT n, n FROM generate_series(1, " + std::to_string(count) + ") n");
}

}  // namespace

TEST_CASE("B16: migrations are applied in order, each once, and later ones are added", "[migration]") {
  const TestDatabase database(TestDatabase::Schema::kEmpty);
  CHECK(apply_migrations({database.url()}, Plan{kFirst}) == Names{"0001_a.sql"});
  CHECK(apply_migrations({database.url()}, Plan{kFirst, kSecond}) == Names{"0002_b.sql"});
  CHECK(apply_migrations({database.url()}, Plan{kFirst, kSecond}).empty());
  CHECK(database.number("SELECT count(*) AS x FROM b") == 1);
  CHECK_NOTHROW(check_migrations({database.url()}, Plan{kFirst, kSecond}));
}

TEST_CASE("B16: a migration that changed after it was applied is refused by name", "[migration]") {
  const TestDatabase database(TestDatabase::Schema::kEmpty);
  apply_migrations({database.url()}, Plan{kFirst});
  const Plan changed{{kFirst.name, "-- serves: 0001\n-- step: short\nCREATE TABLE a (x bigint);"}};
  CHECK_THROWS_WITH(apply_migrations({database.url()}, changed), Catch::Contains("0001_a.sql has changed"));
  CHECK_THROWS_AS(check_migrations({database.url()}, changed), MigrationRefused);
}

TEST_CASE("F19: a step that fails half-way leaves no trace, and the run can be repeated", "[migration]") {
  const TestDatabase database(TestDatabase::Schema::kEmpty);
  CHECK_THROWS_WITH(apply_migrations({database.url()}, Plan{kFirst, kBroken}),
                    Catch::Contains("0002_b.sql, step 1 of 1 (short) failed with SQLSTATE 42P01"));
  CHECK(database.number("SELECT count(*) AS x FROM pg_tables WHERE tablename = 'b'") == 0);
  CHECK_THROWS_WITH(apply_migrations({database.url()}, Plan{kFirst, kBroken}), Catch::Contains("42P01"));
  CHECK_NOTHROW(check_migrations({database.url()}, Plan{kFirst}));
}

TEST_CASE("a server does not start on a database that lacks a migration, or has half of one", "[migration]") {
  const TestDatabase database(TestDatabase::Schema::kEmpty);
  CHECK_THROWS_WITH(check_migrations({database.url()}, Plan{kFirst}), Catch::Contains("lacks migration 0001_a.sql"));
  apply_migrations({database.url()}, Plan{kFirst});
  CHECK_THROWS_WITH(check_migrations({database.url()}, Plan{kFirst, kSecond}), Catch::Contains("lacks migration 0002_b.sql"));
  CHECK_THROWS_AS(apply_migrations({database.url()}, Plan{kFirst, kBroken}), MigrationRefused);
  CHECK_THROWS_WITH(check_migrations({database.url()}, Plan{kFirst, kBroken}),
                    Catch::Contains("has not finished migration 0002_b.sql"));
}

TEST_CASE("of several simultaneous migrations one does the work and all succeed", "[migration]") {
  const TestDatabase database(TestDatabase::Schema::kEmpty);
  std::vector<std::size_t> applied(6, 99);
  run_at_once(applied.size(),
              [&](std::size_t i) { applied[i] = apply_migrations({database.url()}, embedded_migrations(), fast()).size(); });
  CHECK(std::count(applied.begin(), applied.end(), embedded_migrations().size()) == 1);
  CHECK(std::count(applied.begin(), applied.end(), 0U) == 5);
}

// A waiting run must hold no snapshot: CREATE INDEX CONCURRENTLY waits for the end of each.
TEST_CASE("simultaneous migrations build an index without waiting for each other for ever", "[migration]") {
  const TestDatabase database(TestDatabase::Schema::kEmpty);
  apply_migrations({database.url()}, Plan{kFirst});
  std::vector<std::size_t> applied(4, 99);
  run_at_once(applied.size(),
              [&](std::size_t i) { applied[i] = apply_migrations({database.url()}, Plan{kFirst, kIndexed}, fast()).size(); });
  CHECK(std::count(applied.begin(), applied.end(), 1U) == 1);
  CHECK(std::count(applied.begin(), applied.end(), 0U) == 3);
}

TEST_CASE("an older program works with a newer database that serves it", "[migration]") {
  const TestDatabase database(TestDatabase::Schema::kEmpty);
  apply_migrations({database.url()}, Plan{kFirst, kSecond});
  const auto state = check_migrations({database.url()}, Plan{kFirst});
  REQUIRE(state.newer.size() == 1);
  CHECK(state.newer[0].name == "0002_b.sql");
  CHECK(apply_migrations({database.url()}, Plan{kFirst}).empty());
}

TEST_CASE("B16: a database that no longer serves the program is refused and left as it is", "[migration]") {
  const TestDatabase database(TestDatabase::Schema::kEmpty);
  apply_migrations({database.url()}, Plan{kFirst, kBreaking});
  const auto says_why = Catch::Contains("0002_c.sql, which serves no program older than schema 0002; this one is of schema 0001");
  CHECK_THROWS_WITH(check_migrations({database.url()}, Plan{kFirst}), says_why);
  CHECK_THROWS_WITH(apply_migrations({database.url()}, Plan{kFirst}), says_why);
  CHECK_THROWS_WITH(preview_migrations({database.url()}, Plan{kFirst}), says_why);
  CHECK(database.number("SELECT count(*) AS x FROM pg_tables WHERE tablename = 'c'") == 1);
}

TEST_CASE("B16: a foreign migration between ours is refused, whomever it serves", "[migration]") {
  const TestDatabase database(TestDatabase::Schema::kEmpty);
  apply_migrations({database.url()}, Plan{kFirst, kSecond});
  const Migration third{"0003_d.sql", "-- serves: 0001\n-- step: short\nCREATE TABLE d (x integer);"};
  const Migration other{"0002_other.sql", "-- serves: 0001\n-- step: short\nCREATE TABLE other (x integer);"};
  CHECK_THROWS_WITH(apply_migrations({database.url()}, Plan{kFirst, other, third}),
                    Catch::Contains("0002_b.sql, which this program does not know"));
}

TEST_CASE("an unfinished migration that serves no older program stops older ones from its beginning", "[migration]") {
  const TestDatabase database(TestDatabase::Schema::kEmpty);
  apply_migrations({database.url()}, Plan{kFirst});
  const Migration fails{"0002_c.sql",
                        "-- serves: 0002\n-- step: short\nALTER TABLE a RENAME TO c;\n-- step: alone\nANALYZE nowhere;"};
  CHECK_THROWS_AS(apply_migrations({database.url()}, Plan{kFirst, fails}), MigrationRefused);
  CHECK_THROWS_WITH(check_migrations({database.url()}, Plan{kFirst}),
                    Catch::Contains("serves no program older than schema 0002"));
}

TEST_CASE("a running origin notices that the schema ceased to serve it, and that it serves again", "[migration]") {
  const TestDatabase database(TestDatabase::Schema::kEmpty);
  apply_migrations({database.url()}, Plan{kFirst});
  PostgresPoolSettings settings;
  settings.database_url = database.url();
  PostgresPool pool(settings);
  FakeMetrics metrics;
  FakeEventLog log;
  SchemaWatch watch(Plan{kFirst}, metrics, log);
  CHECK_NOTHROW(watch.require(pool));
  apply_migrations({database.url()}, Plan{kFirst, kBreaking});
  CHECK_FALSE(watch.serves(pool));
  CHECK_THROWS_AS(watch.require(pool), Unavailable);
  CHECK(log.count(Event::kOtherSchema) == 1);
  database.execute("UPDATE schema_migrations SET serves_from = 1");
  CHECK_NOTHROW(watch.require(pool));
}

TEST_CASE("the steps that are left can be listed, which changes nothing", "[migration]") {
  const TestDatabase database(TestDatabase::Schema::kEmpty);
  CHECK(preview_migrations({database.url()}, Plan{kFirst, kIndexed}) ==
        Names{"0001_a.sql, step 1 of 1 (short), serves no older program",
              "0002_i.sql, step 1 of 2 (index a_y), serves programs from schema 0001 on",
              "0002_i.sql, step 2 of 2 (alone), serves programs from schema 0001 on"});
  CHECK(database.number("SELECT count(*) AS x FROM pg_tables WHERE schemaname = 'public'") == 0);
  apply_migrations({database.url()}, Plan{kFirst, kIndexed});
  CHECK(preview_migrations({database.url()}, Plan{kFirst, kIndexed}).empty());
}

TEST_CASE("a short step that meets a held lock gives way, so that the calls behind it go on", "[migration]") {
  const TestDatabase database(TestDatabase::Schema::kEmpty);
  apply_migrations({database.url()}, Plan{kFirst});
  add_rows(database, 10);
  PostgresConnection holder(database.url());
  holder.begin();
  holder.run_script("SELECT FROM a");
  int gave_way = 0;
  auto options = fast();
  options.tell = [&](const std::string& line) {
    if (line.find("gave way (SQLSTATE 55P03)") == std::string::npos || ++gave_way != 3) return;
    // The step waits for nothing now: another call passes at once, before the holder ends.
    CHECK_NOTHROW(PostgresConnection(with_timeouts(database.url(), {})).run_script("UPDATE a SET y = 0 WHERE x = 1"));
    holder.roll_back();
  };
  CHECK(apply_migrations({database.url()}, Plan{kFirst, kWidened}, options) == Names{"0002_w.sql"});
  CHECK(gave_way >= 3);
}

TEST_CASE("a table that is held for ever ends the run with the reason, and nothing is lost", "[migration]") {
  const TestDatabase database(TestDatabase::Schema::kEmpty);
  apply_migrations({database.url()}, Plan{kFirst});
  auto options = fast();
  options.pace.patience = std::chrono::milliseconds(50);
  {
    PostgresConnection holder(database.url());
    holder.begin();
    holder.run_script("SELECT FROM a");
    CHECK_THROWS_WITH(apply_migrations({database.url()}, Plan{kFirst, kWidened}, options),
                      Catch::Contains("step 1 of 1 (short a) found a table held again and again (SQLSTATE 55P03)"));
  }
  CHECK(apply_migrations({database.url()}, Plan{kFirst, kWidened}, options) == Names{"0002_w.sql"});
}

TEST_CASE("batches reach every row once, by many small transactions", "[migration]") {
  const TestDatabase database(TestDatabase::Schema::kEmpty);
  apply_migrations({database.url()}, Plan{kFirst});
  add_rows(database, 1'000);
  auto options = fast();
  options.pace.first_batch = 10;
  apply_migrations({database.url()}, Plan{kFirst, kFilled}, options);
  CHECK(database.number("SELECT count(*) AS x FROM a WHERE w = 2 * x AND z = 1") == 1'000);
  CHECK(database.number("SELECT count(DISTINCT xmin::text) AS x FROM a") > 3);
}

TEST_CASE("a batch that meets a held row gives way and goes on with fewer rows", "[migration]") {
  const TestDatabase database(TestDatabase::Schema::kEmpty);
  apply_migrations({database.url()}, Plan{kFirst});
  add_rows(database, 100);
  PostgresConnection holder(database.url());
  holder.begin();
  holder.run_script("SELECT FROM a WHERE x = 60 FOR UPDATE");
  auto options = fast();
  options.pace.first_batch = 80;
  int gave_way = 0;
  options.tell = [&](const std::string& line) {
    if (line.find("gave way") != std::string::npos && ++gave_way == 5) holder.roll_back();
  };
  apply_migrations({database.url()}, Plan{kFirst, kFilled}, options);
  CHECK(gave_way >= 5);
  CHECK(database.number("SELECT count(*) AS x FROM a WHERE w = 2 * x AND z = 1") == 100);
}

TEST_CASE("a run that dies among its batches goes on where it ended: no row is changed twice", "[migration]") {
  const TestDatabase database(TestDatabase::Schema::kEmpty);
  apply_migrations({database.url()}, Plan{kFirst});
  add_rows(database, 100);
  auto dying = killed_at("gave way");
  dying.pace.first_batch = 10;
  {
    PostgresConnection holder(database.url());
    holder.begin();
    holder.run_script("SELECT FROM a WHERE x = 60 FOR UPDATE");
    CHECK_THROWS_AS(apply_migrations({database.url()}, Plan{kFirst, kFilled}, dying), RunIsKilled);
  }
  const auto done = database.number("SELECT count(*) AS x FROM a WHERE z = 1");
  CHECK((done > 0 && done < 60));
  CHECK(database.number("SELECT steps_done AS x FROM schema_migrations WHERE name = '0002_f.sql'") == 1);
  CHECK(apply_migrations({database.url()}, Plan{kFirst, kFilled}, fast()) == Names{"0002_f.sql"});
  CHECK(database.number("SELECT count(*) AS x FROM a WHERE w = 2 * x AND z = 1") == 100);
}

TEST_CASE("an invalid index that an interrupted run left is built again", "[migration]") {
  const TestDatabase database(TestDatabase::Schema::kEmpty);
  apply_migrations({database.url()}, Plan{kFirst});
  database.execute("INSERT INTO a (x, y) VALUES (1, 7), (2, 7)");
  CHECK_THROWS(database.execute("CREATE UNIQUE INDEX CONCURRENTLY a_y ON a (y)"));  // leaves it invalid, as a crash would
  REQUIRE(database.number("SELECT count(*) AS x FROM pg_index WHERE indexrelid = 'a_y'::regclass AND NOT indisvalid") == 1);
  database.execute("UPDATE a SET y = 8 WHERE x = 2");
  CHECK(apply_migrations({database.url()}, Plan{kFirst, kIndexed}, fast()) == Names{"0002_i.sql"});
  CHECK(database.number("SELECT count(*) AS x FROM pg_index WHERE indexrelid = 'a_y'::regclass AND indisvalid") == 1);
}

TEST_CASE("a run that is killed while it builds an index leaves the next one nothing that it could harm", "[migration]") {
  const TestDatabase database(TestDatabase::Schema::kEmpty);
  apply_migrations({database.url()}, Plan{kFirst});
  PostgresConnection holder(database.url());
  holder.begin();
  holder.run_script("INSERT INTO a (x, y) VALUES (1, 7)");
  const auto builds = [&] {
    return database.number(
               "SELECT count(*) AS x FROM pg_stat_progress_create_index WHERE datname = current_database() AND index_relid <> "
               "0") == 1;
  };
  kill_at(builds, [&] { apply_migrations({database.url()}, Plan{kFirst, kIndexed}, fast()); });

  auto options = fast();
  std::atomic<bool> waits = false;
  options.tell = [&](const std::string& line) {
    if (line.find("still builds it") != std::string::npos) waits = true;
  };
  Names names;
  {
    const std::jthread next([&] {
      try {
        names = apply_migrations({database.url()}, Plan{kFirst, kIndexed}, options);
      } catch (const std::exception& failure) {
        names = {failure.what()};
      }
    });
    SECTION("when the build could go on") {
      CHECK(comes([&] { return waits.load(); }));
    }
    SECTION("when the server has ended the build") {
      CHECK(comes([&] { return !builds(); }));
    }
    holder.commit();
  }
  CHECK(names == Names{"0002_i.sql"});
  CHECK(database.number("SELECT count(*) AS x FROM pg_index WHERE indexrelid = 'a_y'::regclass AND indisvalid") == 1);
}

TEST_CASE("an index of the same name on another table is not taken for the migration's, nor dropped", "[migration]") {
  const TestDatabase database(TestDatabase::Schema::kEmpty);
  apply_migrations({database.url()}, Plan{kFirst});
  database.execute("CREATE TABLE other (y integer); CREATE INDEX a_y ON other (y)");
  CHECK_THROWS_WITH(apply_migrations({database.url()}, Plan{kFirst, kIndexed}, fast()),
                    Catch::Contains("step 1 of 2 (index a_y) finds something else of this name, not an index of a"));
  CHECK(database.number("SELECT count(*) AS x FROM pg_index WHERE indexrelid = 'a_y'::regclass") == 1);
}

TEST_CASE("all statements of a short step together have its time", "[migration]") {
  const TestDatabase database(TestDatabase::Schema::kEmpty);
  const Migration slow{"0001_s.sql",
                       "-- serves: 0001\n-- step: short\nSELECT pg_sleep(0.2); SELECT pg_sleep(0.2); SELECT pg_sleep(0.2)"};
  auto options = fast();
  options.pace.patience = std::chrono::milliseconds(0);
  options.pace.longest_short = std::chrono::milliseconds(500);
  CHECK_THROWS_WITH(apply_migrations({database.url()}, Plan{slow}, options), Catch::Contains("SQLSTATE 57014"));
  options.pace.longest_short = std::chrono::seconds(60);
  CHECK(apply_migrations({database.url()}, Plan{slow}, options) == Names{"0001_s.sql"});
}

TEST_CASE("two walks over batches are two statements, however long the migration's name is", "[migration]") {
  const TestDatabase database(TestDatabase::Schema::kEmpty);
  apply_migrations({database.url()}, Plan{kFirst});
  add_rows(database, 3);
  const std::string name = "0002_" + std::string(70, 'n') + ".sql";
  const auto walk = [](const std::string& column) {
    return "-- step: batches\nWITH part AS (SELECT x FROM a WHERE x > coalesce($1::integer, 0) ORDER BY x LIMIT $2), done AS "
           "(UPDATE a "
           "SET " +
           column +
           " = 5 FROM part WHERE a.x = part.x RETURNING a.x) SELECT max(x)::text AS last, count(*) AS changed FROM done\n";
  };
  const std::string sql = "-- serves: 0001\n" + walk("y") + walk("z");
  apply_migrations({database.url()}, Plan{kFirst, {name, sql}}, fast());
  CHECK(database.number("SELECT count(*) AS x FROM a WHERE y = 5 AND z = 5") == 3);
}

TEST_CASE("an index that can't be built is not left behind", "[migration]") {
  const TestDatabase database(TestDatabase::Schema::kEmpty);
  apply_migrations({database.url()}, Plan{kFirst});
  database.execute("INSERT INTO a (x, y) VALUES (1, 7), (2, 7)");
  CHECK_THROWS_WITH(apply_migrations({database.url()}, Plan{kFirst, kIndexed}, fast()),
                    Catch::Contains("0002_i.sql, step 1 of 2 (index a_y) failed with SQLSTATE 23505"));
  CHECK(database.number("SELECT count(*) AS x FROM pg_class WHERE relname = 'a_y'") == 0);
}

TEST_CASE("an index that was built just before a crash is not built again", "[migration]") {
  const TestDatabase database(TestDatabase::Schema::kEmpty);
  apply_migrations({database.url()}, Plan{kFirst});
  database.execute("CREATE UNIQUE INDEX a_y ON a (y)");
  const auto built = database.number("SELECT 'a_y'::regclass::oid::bigint AS x");
  CHECK(apply_migrations({database.url()}, Plan{kFirst, kIndexed}, fast()) == Names{"0002_i.sql"});
  CHECK(database.number("SELECT 'a_y'::regclass::oid::bigint AS x") == built);
}

}  // namespace rekey::test
