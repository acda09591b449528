// The stores through PgBouncer in transaction mode, where each transaction may run in another session of the server.
#include <catch2/catch.hpp>

#include "origin/postgres/migration_runner.h"
#include "origin/postgres/user_import.h"
#include "tests/origin/pooler.h"
#include "tests/origin/race_start.h"
#include "tests/origin/store_world.h"

using namespace rekey;
using namespace rekey::test;

namespace {

constexpr SqlStatement kSettings{"test_settings", R"(
SELECT current_setting('statement_timeout') || ' ' || current_setting('lock_timeout') || ' ' ||
       current_setting('jit') || ' ' || current_setting('enable_seqscan') || ' ' || current_setting('plan_cache_mode') AS x)"};
constexpr SqlStatement kSession{"test_session", "SELECT pg_backend_pid() AS x"};
constexpr SqlStatement kSleep{"test_sleep", "SELECT pg_sleep(30)"};
constexpr SqlStatement kEcho{"test_echo", "SELECT $1::text AS x"};

struct PooledWorld {
  TestCluster cluster;
  TestDatabase database{cluster};
  TestPooler pooler;
  PostgresPool pool;

  explicit PooledWorld(TestPooler::Options options = TestPooler::Options::kRefused)
      : pooler(cluster, options),
        pool({.database_url = pooler.url(database.url()), .size = 6, .plans = PostgresPlans::kByIndex}) {}
};

}  // namespace

TEST_CASE("a pooler is noticed, whether it refuses the settings of a connection or forgets them", "[postgres_pooler]") {
  const auto options = GENERATE(TestPooler::Options::kRefused, TestPooler::Options::kIgnored);
  const PooledWorld world(options);
  CHECK(PostgresConnection(DatabaseAccess{world.pooler.url(world.database.url())}).is_pooled());
  CHECK_FALSE(PostgresConnection(DatabaseAccess{world.database.url()}).is_pooled());
}

TEST_CASE("through a pooler every statement has the time-outs and the rule for plans, alone and in a transaction",
          "[postgres_pooler]") {
  const auto options = GENERATE(TestPooler::Options::kRefused, TestPooler::Options::kIgnored);
  PooledWorld world(options);
  const std::string expected = "2s 1500ms off off force_generic_plan";
  CHECK(world.pool.run(kSettings)[0].text("x") == expected);
  world.pool.transact([&](SqlSession& session) { CHECK(session.run(kSettings)[0].text("x") == expected); });
  CHECK(world.database.text("SELECT current_setting('plan_cache_mode') AS x") == "auto");
}

TEST_CASE("through a pooler a statement may run in any session of the server", "[postgres_pooler]") {
  PooledWorld world;
  std::atomic<int> right{0};
  for (int round = 0; round < 20; ++round) {
    run_at_once(6, [&](std::size_t i) {
      const auto text = std::to_string(i);
      right += world.pool.run(kEcho, SqlParams().text(text))[0].text("x") == text ? 1 : 0;
    });
  }
  CHECK(right == 120);
  CHECK(world.pool.figures().open > 2);
  CHECK(world.database.number("SELECT count(*) AS x FROM pg_stat_activity WHERE backend_type = 'client backend' AND "
                              "datname = current_database() AND pid <> pg_backend_pid()") <= 2);
}

TEST_CASE("through a pooler a transaction stays in one session, and leaves nothing behind when it fails", "[postgres_pooler]") {
  PooledWorld world;
  world.pool.transact([&](SqlSession& session) {
    const auto first = session.run(kSession)[0].integer("x");
    CHECK(session.run(kSession)[0].integer("x") == first);
  });
  world.database.execute("CREATE TABLE counted (n integer)");
  static constexpr SqlStatement kCount{"test_count", "INSERT INTO counted VALUES (1)"};
  CHECK_THROWS_AS(world.pool.transact([&](SqlSession& session) {
    session.run(kCount);
    throw std::runtime_error("changed my mind");
  }),
                  std::runtime_error);
  static constexpr SqlStatement kRefuse{"test_refuse", "SELECT 1 / 0 FROM counted RIGHT JOIN (VALUES (1)) AS one ON true"};
  CHECK_THROWS_AS(world.pool.run(kRefuse), Unavailable);
  CHECK(world.database.number("SELECT count(*) AS x FROM counted") == 0);
  CHECK(world.database.number("SELECT count(*) AS x FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'") == 0);
}

TEST_CASE("through a pooler the server still cancels a statement that takes too long", "[postgres_pooler]") {
  PooledWorld world;
  PostgresPool hasty({.database_url = world.pooler.url(world.database.url()),
                      .size = 1,
                      .timeouts = {.statement = std::chrono::milliseconds(50)}});
  try {
    hasty.run(kSleep);
    FAIL("it was not cancelled");
  } catch (const DatabaseFault& fault) {
    CHECK(fault.sqlstate() == "57014");
  }
}

TEST_CASE("the checks of a start pass through a pooler; migrating refuses it", "[postgres_pooler][migrations]") {
  const auto options = GENERATE(TestPooler::Options::kRefused, TestPooler::Options::kIgnored);
  const PooledWorld world(options);
  const auto url = world.pooler.url(world.database.url());
  CHECK_NOTHROW(check_migrations({url}, embedded_migrations()));
  CHECK_THROWS_WITH(apply_migrations({url}, embedded_migrations()), Catch::Contains("name PostgreSQL itself"));
}
