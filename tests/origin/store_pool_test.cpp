#include <barrier>
#include <catch2/catch.hpp>
#include <functional>
#include <optional>
#include <thread>

#include "origin/postgres/pool.h"
#include "tests/origin/race_start.h"
#include "tests/origin/store_world.h"

using namespace rekey;
using namespace rekey::test;

namespace {

constexpr SqlStatement kOne{"test_one", "SELECT 1 AS x"};
constexpr SqlStatement kSleep{"test_sleep", "SELECT pg_sleep(30)"};
constexpr SqlStatement kTimeout{"test_timeout", "SELECT current_setting('statement_timeout') AS x"};
constexpr SqlStatement kEcho{"test_echo", "SELECT $1::text AS x"};
constexpr SqlStatement kLockFirst{"test_lock_first", "UPDATE pair SET n = n + 1 WHERE id = 1"};
constexpr SqlStatement kLockSecond{"test_lock_second", "UPDATE pair SET n = n + 1 WHERE id = 2"};
constexpr SqlStatement kRefuse{"test_refuse", "SELECT 'secret value'::integer"};
constexpr SqlStatement kCollide{"test_collide", "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$"};

PostgresPoolSettings settings(const std::string& url, std::size_t size = 4) {
  PostgresPoolSettings out;
  out.database_url = url;
  out.size = size;
  return out;
}

FaultKind fault_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const DatabaseFault& fault) {
    return fault.kind();
  }
  throw std::logic_error("it did not fail");
}

bool answers(PostgresPool& pool) {
  try {
    return pool.run(kOne)[0].integer("x") == 1;
  } catch (const Unavailable&) {
    return false;
  }
}

}  // namespace

TEST_CASE("F04: a server that restarts is unavailable, then available again, and the time-outs are still set",
          "[postgres_pool]") {
  TestCluster cluster;
  const TestDatabase database(cluster);
  const std::string mode = GENERATE("fast", "immediate");
  PostgresPool pool(settings(database.url()));
  run_at_once(4, [&](std::size_t) { answers(pool); });
  REQUIRE(pool.run(kTimeout)[0].text("x") == "2s");
  cluster.stop(mode);
  CHECK_FALSE(answers(pool));
  CHECK_FALSE(answers(pool));
  cluster.start();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  bool back = false;
  while (!back && std::chrono::steady_clock::now() < deadline) back = answers(pool);
  CHECK(back);
  CHECK(pool.run(kTimeout)[0].text("x") == "2s");
}

TEST_CASE("F04: idle connections that died meanwhile are replaced unnoticed", "[postgres_pool]") {
  const TestDatabase database;
  PostgresPool pool(settings(database.url()));
  run_at_once(4, [&](std::size_t) { answers(pool); });
  database.query(
      "SELECT count(pg_terminate_backend(pid)) AS x FROM pg_stat_activity WHERE datname = current_database() "
      "AND pid <> pg_backend_pid()");
  CHECK(answers(pool));
  database.query(
      "SELECT count(pg_terminate_backend(pid)) AS x FROM pg_stat_activity WHERE datname = current_database() "
      "AND pid <> pg_backend_pid()");
  int runs = 0;
  pool.transact([&](SqlSession& session) {
    ++runs;
    session.run(kOne);
  });
  CHECK(runs == 1);
}

TEST_CASE("F04: a statement that must not run twice is not sent again, and the connections that died with it are dropped",
          "[postgres_pool]") {
  const TestDatabase database;
  database.execute("CREATE TABLE pair (id integer PRIMARY KEY, n integer); INSERT INTO pair VALUES (1, 0)");
  PostgresPool pool(settings(database.url()));
  run_at_once(4, [&](std::size_t) { answers(pool); });
  database.query(
      "SELECT count(pg_terminate_backend(pid)) AS x FROM pg_stat_activity WHERE datname = current_database() "
      "AND pid <> pg_backend_pid()");
  CHECK_THROWS_WITH(pool.run_once(kLockFirst, {}), "the connection to the database broke");
  CHECK(pool.figures().open == 0);
  CHECK_NOTHROW(pool.run_once(kLockFirst, {}));
  CHECK(database.number("SELECT n AS x FROM pair") == 1);
}

TEST_CASE("F07: no more connections than allowed, and a caller that waits too long gets Unavailable", "[postgres_pool]") {
  const TestDatabase database;
  PostgresPoolSettings few = settings(database.url(), 2);
  few.longest_wait = std::chrono::milliseconds(50);
  PostgresPool pool(few);
  std::atomic<int> turned_away{0};
  std::atomic<std::size_t> most{0};
  // The outer transactions hold both connections while the third caller waits.
  pool.transact([&](SqlSession&) {
    pool.transact([&](SqlSession&) {
      most = pool.figures().open;
      if (!answers(pool)) ++turned_away;
    });
  });
  CHECK(most == 2);
  CHECK(turned_away == 1);
  CHECK(answers(pool));
  CHECK(pool.figures().open == 2);
}

TEST_CASE("the pool tells how many connections are in use, and who had to wait", "[postgres_pool]") {
  const TestDatabase database;
  PostgresPoolSettings few = settings(database.url(), 1);
  few.longest_wait = std::chrono::milliseconds(1);
  PostgresPool pool(few);
  const auto is = [&](std::size_t open, std::size_t in_use, std::uint64_t waits, std::uint64_t refusals) {
    const auto figures = pool.figures();
    return figures.size == 1 && figures.open == open && figures.in_use == in_use && figures.waiting == 0 &&
           figures.waits == waits && figures.refusals == refusals;
  };
  CHECK(is(0, 0, 0, 0));
  pool.transact([&](SqlSession&) {
    CHECK(is(1, 1, 0, 0));
    CHECK_FALSE(answers(pool));
    CHECK(is(1, 1, 1, 1));
  });
  CHECK(is(1, 0, 1, 1));
  CHECK(answers(pool));
  CHECK(is(1, 0, 1, 1));
}

TEST_CASE("a caller that gets its connection in the end has waited, too", "[postgres_pool]") {
  const TestDatabase database;
  PostgresPoolSettings few = settings(database.url(), 1);
  few.longest_wait = std::chrono::seconds(60);
  PostgresPool pool(few);
  std::jthread other;
  pool.transact([&](SqlSession&) {
    other = std::jthread([&] { CHECK(answers(pool)); });
    while (pool.figures().waiting == 0) std::this_thread::yield();
  });
  other.join();
  CHECK(pool.figures().waits == 1);
  CHECK(pool.figures().refusals == 0);
}

TEST_CASE("F07: two hundred callers share ten connections", "[postgres_pool]") {
  const TestDatabase database;
  PostgresPoolSettings patient = settings(database.url(), 10);
  patient.longest_wait = std::chrono::seconds(60);
  PostgresPool pool(patient);
  std::atomic<int> answered{0};
  run_at_once(200, [&](std::size_t) { answered += answers(pool) ? 1 : 0; });
  CHECK(answered == 200);
  CHECK(pool.figures().open <= 10);
}

TEST_CASE("F08: a server that accepts no connection is unavailable, and is not tried again at once", "[postgres_pool]") {
  PostgresPoolSettings nowhere = settings("host=/var/tmp/rekey-no-such-place dbname=x");
  nowhere.connect_pause = std::chrono::seconds(60);
  PostgresPool pool(nowhere);
  CHECK_FALSE(answers(pool));
  CHECK_FALSE(answers(pool));
  CHECK(pool.figures().open == 0);
}

TEST_CASE("a statement that takes too long is cancelled, and its connection is usable again", "[postgres_pool]") {
  const TestDatabase database;
  PostgresPoolSettings hasty = settings(database.url(), 1);
  hasty.timeouts.statement = std::chrono::seconds(2);
  PostgresPool pool(hasty);
  try {
    pool.run(kSleep);
    FAIL("it was not cancelled");
  } catch (const DatabaseFault& fault) {
    CHECK(fault.sqlstate() == "57014");
  }
  CHECK(answers(pool));
}

TEST_CASE(
    "F24: a server that does not answer is given up after the statement's time and the grace, and its connections are dropped",
    "[postgres_pool]") {
  TestCluster cluster;
  const TestDatabase database(cluster);
  database.execute("CREATE TABLE pair (id integer PRIMARY KEY, n integer); INSERT INTO pair VALUES (1, 0), (2, 0)");
  PostgresPoolSettings hasty = settings(database.url());
  hasty.timeouts.statement = std::chrono::seconds(2);
  hasty.answer_grace = std::chrono::milliseconds(100);
  PostgresPool pool(hasty);
  run_at_once(4, [&](std::size_t) { answers(pool); });
  // A commit waits for a standby that never comes, and no time-out of the server ends that.
  cluster.change_setting("synchronous_standby_names = 'nobody'");
  std::optional<FaultKind> fault;
  CHECK(comes([&] {
    try {
      pool.run(kLockFirst);
    } catch (const DatabaseFault& thrown) {
      fault = thrown.kind();
    }
    return fault.has_value();
  }));
  CHECK(fault == FaultKind::kSilent);
  CHECK(pool.figures().open == 0);
  CHECK(fault_of([&] { pool.transact([](SqlSession& session) { session.run(kLockSecond); }); }) == FaultKind::kSilent);
  CHECK(answers(pool));  // reading needs no standby
}

TEST_CASE("F25: a connection to a former primary is replaced, also for a statement that must not run twice", "[postgres_pool]") {
  const TestDatabase database;
  database.execute("CREATE TABLE pair (id integer PRIMARY KEY, n integer); INSERT INTO pair VALUES (1, 0)");
  static constexpr SqlStatement kDemote{"test_demote", "SET default_transaction_read_only = on"};
  PostgresPool pool(settings(database.url()));
  pool.run(kDemote);
  CHECK_NOTHROW(pool.run_once(kLockFirst, {}));
  pool.run(kDemote);
  CHECK_NOTHROW(pool.transact([](SqlSession& session) { session.run(kLockFirst); }));
  CHECK(database.number("SELECT n AS x FROM pair") == 2);
}

TEST_CASE("F25: a server that takes no writes is none", "[postgres_pool]") {
  TestCluster cluster;
  const TestDatabase database(cluster);
  PostgresPool pool(settings(database.url()));
  CHECK(answers(pool));
  cluster.change_setting("default_transaction_read_only = on");
  CHECK(comes([&] { return database.text("SELECT current_setting('default_transaction_read_only') AS x") == "on"; }));
  PostgresPool late(settings(database.url()));
  CHECK(fault_of([&] { late.run(kOne); }) == FaultKind::kUnreachable);
  PostgresPool any(settings(database.url() + " target_session_attrs=any"));
  CHECK(answers(any));
}

TEST_CASE("closing a pool cuts off those that wait for the database, and turns away all others", "[postgres_pool]") {
  const TestDatabase database;
  PostgresPoolSettings patient = settings(database.url(), 1);
  patient.timeouts.statement = std::chrono::seconds(60);
  patient.longest_wait = std::chrono::seconds(60);
  PostgresPool pool(patient);
  {
    const std::jthread at_work([&] { CHECK_THROWS_AS(pool.run(kSleep), Unavailable); });
    CHECK(comes([&] {
      return database.number(
                 "SELECT count(*) AS x FROM pg_stat_activity WHERE datname = current_database() AND "
                 "wait_event = 'PgSleep'") == 1;
    }));
    const std::jthread in_line([&] { CHECK_THROWS_AS(pool.run(kOne), Unavailable); });
    CHECK(comes([&] { return pool.figures().waiting == 1; }));
    pool.close();
  }
  CHECK_THROWS_AS(pool.run(kOne), Unavailable);
}

TEST_CASE("R10: transactions that deadlock are run again and all succeed", "[postgres_pool]") {
  const TestDatabase database;
  database.execute("CREATE TABLE pair (id integer PRIMARY KEY, n integer); INSERT INTO pair VALUES (1, 0), (2, 0)");
  PostgresPool pool(settings(database.url()));
  std::atomic<int> runs{0};
  // Both lock one row before either asks for the other's: a certain deadlock, once.
  std::barrier both(2);
  std::array<bool, 2> first_run{true, true};
  run_at_once(2, [&](std::size_t i) {
    pool.transact([&](SqlSession& session) {
      ++runs;
      session.run(i == 0 ? kLockFirst : kLockSecond);
      if (std::exchange(first_run[i], false)) both.arrive_and_wait();
      session.run(i == 0 ? kLockSecond : kLockFirst);
    });
  });
  CHECK(runs >= 3);
  CHECK(database.number("SELECT sum(n) AS x FROM pair") == 4);
}

TEST_CASE("R10: a transaction that keeps colliding is given up after three more runs, with nothing done", "[postgres_pool]") {
  const TestDatabase database;
  database.execute("CREATE TABLE pair (id integer PRIMARY KEY, n integer); INSERT INTO pair VALUES (1, 0), (2, 0)");
  PostgresPool pool(settings(database.url()));
  int runs = 0;
  CHECK_THROWS_AS(pool.transact([&](SqlSession& session) {
    ++runs;
    session.run(kLockFirst);
    session.run(kCollide);
  }),
                  Unavailable);
  CHECK(runs == 4);
  CHECK(database.number("SELECT sum(n) AS x FROM pair") == 0);
  CHECK(answers(pool));
}

TEST_CASE("a transaction whose body throws is rolled back", "[postgres_pool]") {
  const TestDatabase database;
  database.execute("CREATE TABLE pair (id integer PRIMARY KEY, n integer); INSERT INTO pair VALUES (1, 0)");
  PostgresPool pool(settings(database.url(), 1));
  CHECK_THROWS_AS(pool.transact([](SqlSession& session) {
    session.run(kLockFirst);
    throw std::runtime_error("changed my mind");
  }),
                  std::runtime_error);
  CHECK(database.number("SELECT sum(n) AS x FROM pair") == 0);
  CHECK(answers(pool));
}

TEST_CASE("G01: an error shows its SQLSTATE and none of its values", "[postgres_pool]") {
  const TestDatabase database;
  PostgresPool pool(settings(database.url()));
  CHECK_THROWS_WITH(pool.run(kRefuse), "the database refused a statement (SQLSTATE 22P02)");
}

TEST_CASE("S20: a text with a NUL, which the driver would cut, never reaches it", "[postgres_values]") {
  CHECK_THROWS_AS(SqlParams().text(std::string_view("victim\0x", 8)), std::logic_error);
}

TEST_CASE("texts arrive as they were sent, alone and in arrays", "[postgres_values]") {
  const TestDatabase database;
  PostgresPool pool(settings(database.url()));
  static constexpr SqlStatement kThird{"test_third", "SELECT ($1::text[])[3] AS x, cardinality($1::text[]) AS n"};
  const std::string odd = "a\"b\\c,{}'; NULL \xC3\xA9\n";
  CHECK(pool.run(kEcho, SqlParams().text(odd))[0].text("x") == odd);
  const SqlRows rows = pool.run(kThird, SqlParams().texts(std::vector<std::string>{"", "NULL", odd}));
  CHECK(rows[0].text("x") == odd);
  CHECK(rows[0].integer("n") == 3);
  CHECK(pool.run(kEcho, SqlParams().null())[0].is_null("x"));
}

TEST_CASE("both forms of a connection string get the time-outs", "[postgres_connection]") {
  CHECK(with_timeouts("host=/run dbname=a", {}).starts_with("host=/run dbname=a options='-c statement_timeout=2000 "));
  CHECK(with_timeouts("postgresql:///a?host=/run", {})
            .starts_with("postgresql:///a?host=/run&options=-c%20statement_timeout%3D2000"));
  CHECK(with_timeouts("postgres://h/a", {}).starts_with("postgres://h/a?options="));
}

TEST_CASE("of several hosts the primary is taken, unless the operator says otherwise", "[postgres_connection]") {
  CHECK(with_primary("host=a,b dbname=x") == "host=a,b dbname=x target_session_attrs='read-write'");
  CHECK(with_primary("postgresql://a:1,b:2/x") == "postgresql://a:1,b:2/x?target_session_attrs=read-write");
  CHECK(with_primary("postgresql://a/x?target_session_attrs=any") == "postgresql://a/x?target_session_attrs=any");
}
