#include <catch2/catch.hpp>
#include <functional>
#include <thread>

#include "tests/origin/store_world.h"

using namespace rekey;
using namespace rekey::test;

namespace {

void wait_until(const std::function<bool()>& holds) {
  while (!holds()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

// Keeps every INSERT into reset_requests waiting.
class Barrier {
 public:
  explicit Barrier(const TestDatabase& database) : connection_(database.url()) {
    connection_.begin();
    connection_.run_script("LOCK TABLE rekey.reset_requests IN SHARE MODE");
  }
  void lift() { connection_.roll_back(); }

 private:
  PostgresConnection connection_;
};

// One writer at a time, however long a statement takes: so it is known who waits for whom.
constexpr std::chrono::seconds kLong{60};
constexpr GroupCommitSettings kOneByOne{.patience = kLong, .longest_wait = kLong};

struct GroupWorld {
  TestDatabase database;
  PostgresPool pool;
  PostgresRecoveryStore store;

  explicit GroupWorld(const GroupCommitSettings& settings = kOneByOne)
      : pool({.database_url = database.url(), .size = 4, .longest_wait = kLong, .timeouts = kPatient}), store(pool, settings) {}

  Inserted insert(const RequestInfo& info, const std::string& name = "ada") {
    return store.insert_reset_request(email(name + "@example.com"), ForgotMark::kNone, info);
  }
  bool is_there(const RequestInfo& info) {
    return database.number("SELECT count(*) AS x FROM reset_requests WHERE request_id = '" + info.request_id + "'") == 1;
  }
  std::int64_t rows() { return database.number("SELECT count(*) AS x FROM reset_requests"); }
  std::int64_t commits() { return database.number("SELECT count(DISTINCT xmin::text) AS x FROM reset_requests"); }
  std::int64_t blocked() {
    return database.number(
        "SELECT count(*) AS x FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'");
  }
  void break_blocked() {
    database.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'");
  }
};

// What became of a call: new, already there, or the text of what it threw.
std::string fate_of(const std::function<Inserted()>& call) {
  try {
    return call() == Inserted::kYes ? "new" : "there";
  } catch (const Unavailable& fault) {
    return fault.what();
  }
}

// One thread for each request. The first holds the writer's place; all others have joined one group when begin() returns.
class Crowd {
 public:
  Crowd(GroupWorld& world, std::vector<RequestInfo> requests) : world_(world), requests_(std::move(requests)) {
    fates_.resize(requests_.size());
  }

  void begin() {
    start(0);
    wait_until([&] { return world_.blocked() == 1; });
    for (std::size_t i = 1; i < requests_.size(); ++i) start(i);
    wait_until([&] { return world_.store.waiting_requests() == requests_.size() - 1; });
  }
  const std::vector<std::string>& fates() {
    threads_.clear();  // joins
    return fates_;
  }
  std::size_t answered() const { return answered_; }
  std::size_t written_when_answered() const { return written_; }

 private:
  void start(std::size_t i) {
    threads_.emplace_back([this, i] {
      fates_[i] = fate_of([&] { return world_.insert(requests_[i]); });
      ++answered_;
      if (world_.is_there(requests_[i])) ++written_;
    });
  }

  GroupWorld& world_;
  std::vector<RequestInfo> requests_;
  std::vector<std::string> fates_;
  std::atomic<std::size_t> answered_{0};
  std::atomic<std::size_t> written_{0};
  std::vector<std::jthread> threads_;
};

std::vector<RequestInfo> requests(std::size_t count) {
  std::vector<RequestInfo> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(request());
  return out;
}

}  // namespace

TEST_CASE("requests that come while another is written share one commit, and each is answered after it", "[group_commit]") {
  GroupWorld world;
  Barrier barrier(world.database);
  Crowd crowd(world, requests(20));
  crowd.begin();
  CHECK(crowd.answered() == 0);
  barrier.lift();
  CHECK(crowd.fates() == std::vector<std::string>(20, "new"));
  CHECK(crowd.written_when_answered() == 20);
  CHECK(world.rows() == 20);
  CHECK(world.commits() == 2);
}

TEST_CASE("beside a statement that takes long, another writer starts, and no more than are allowed", "[group_commit]") {
  GroupWorld world({.patience = std::chrono::milliseconds(1), .writers = 2, .longest_wait = kLong});
  Barrier barrier(world.database);
  const auto infos = requests(6);
  std::vector<std::jthread> threads;
  const auto start = [&](std::size_t i) { threads.emplace_back([&, i] { world.insert(infos[i]); }); };
  for (std::size_t i = 0; i < 2; ++i) {
    start(i);
    wait_until([&] { return world.blocked() == static_cast<std::int64_t>(i) + 1; });
  }
  for (std::size_t i = 2; i < infos.size(); ++i) start(i);
  wait_until([&] { return world.store.waiting_requests() == 4; });
  CHECK(world.blocked() == 2);
  barrier.lift();
  threads.clear();
  CHECK(world.rows() == 6);
  CHECK(world.commits() == 3);
}

TEST_CASE("a group is written in the order of its keys: two that hold the same keys cannot deadlock", "[group_commit]") {
  GroupWorld world;
  Barrier barrier(world.database);
  auto infos = requests(8);
  std::ranges::sort(infos, std::greater<>(), &RequestInfo::request_id);
  Crowd crowd(world, infos);
  crowd.begin();
  barrier.lift();
  crowd.fates();
  CHECK(world.database.number("SELECT count(*) AS x FROM (SELECT row_number() OVER (ORDER BY id) AS written, row_number() OVER "
                              "(ORDER BY request_id COLLATE \"C\") AS sorted FROM reset_requests WHERE request_id <> '" +
                              infos[0].request_id + "') AS r WHERE written <> sorted") == 0);
}

TEST_CASE("a repeated request changes nothing, in whatever group it comes", "[group_commit]") {
  GroupWorld world;
  const auto infos = requests(3);
  const auto& [first, known, twice] = std::tie(infos[0], infos[1], infos[2]);
  REQUIRE(world.insert(known, "earlier") == Inserted::kYes);
  Barrier barrier(world.database);
  Crowd crowd(world, {first, known, twice, twice, first});
  crowd.begin();
  barrier.lift();
  auto fates = crowd.fates();
  CHECK(fates[0] == "new");
  CHECK(fates[1] == "there");
  CHECK(fates[4] == "there");
  std::sort(fates.begin() + 2, fates.begin() + 4);
  CHECK(fates[2] == "new");
  CHECK(fates[3] == "there");
  CHECK(world.rows() == 3);
  CHECK(world.database.number("SELECT count(*) AS x FROM reset_requests WHERE email = 'earlier@example.com'") == 1);
}

TEST_CASE("a row that the database refuses fails its caller alone", "[group_commit]") {
  GroupWorld world;
  auto infos = requests(5);
  infos[3].user_agent = "no UTF-8: \xFF";
  Barrier barrier(world.database);
  Crowd crowd(world, infos);
  crowd.begin();
  barrier.lift();
  CHECK(crowd.fates() ==
        std::vector<std::string>{"new", "new", "new", "the database refused a statement (SQLSTATE 22021)", "new"});
  CHECK(world.rows() == 4);
}

TEST_CASE("S20: a text with a NUL fails its caller before it joins a group", "[group_commit]") {
  GroupWorld world;
  RequestInfo info = request();
  info.user_agent = std::string("cut\0here", 8);
  CHECK_THROWS_AS(world.insert(info), std::logic_error);
  CHECK(world.store.waiting_requests() == 0);
  CHECK(world.insert(request()) == Inserted::kYes);
}

TEST_CASE("F04: when the connection breaks, all callers of the group are told so, and may ask again", "[group_commit]") {
  GroupWorld world;
  const auto infos = requests(8);
  Barrier barrier(world.database);
  Crowd crowd(world, infos);
  crowd.begin();
  // Again and again: the pool replaces a broken connection once.
  wait_until([&] {
    world.break_blocked();
    return crowd.answered() == infos.size();
  });
  CHECK(crowd.fates() == std::vector<std::string>(8, "the connection to the database broke"));
  barrier.lift();
  CHECK(world.rows() == 0);
  for (const RequestInfo& info : infos) CHECK(world.insert(info) == Inserted::kYes);
}

TEST_CASE("F04: when the database stops, nobody waits for ever, neither in a group nor for one", "[group_commit]") {
  TestCluster cluster;
  const TestDatabase database(cluster);
  PostgresPool pool({.database_url = database.url(), .size = 4, .timeouts = kPatient});
  PostgresRecoveryStore store(pool, kOneByOne);
  const auto insert = [&] { return store.insert_reset_request(email("ada@example.com"), ForgotMark::kNone, request()); };
  std::vector<std::string> fates(6);
  {
    Barrier barrier(database);
    std::vector<std::jthread> threads;
    for (std::string& fate : fates) threads.emplace_back([&] { fate = fate_of(insert); });
    wait_until([&] { return store.waiting_requests() > 0; });
    cluster.stop("immediate");
  }
  for (const std::string& fate : fates) CHECK_FALSE((fate == "new" || fate == "there"));
  cluster.start();
  wait_until([&] { return fate_of(insert) == "new"; });
}

TEST_CASE("F07: a group that waits too long for its turn is told to come back", "[group_commit]") {
  const std::chrono::milliseconds short_time{1};
  GroupWorld world({.patience = short_time, .writers = 1, .longest_wait = short_time});
  Barrier barrier(world.database);
  std::string first;
  {
    const std::jthread thread([&] { first = fate_of([&] { return world.insert(request()); }); });
    wait_until([&] { return world.blocked() == 1; });
    CHECK(fate_of([&] { return world.insert(request()); }) == "waited too long for rows that are being written");
    CHECK(world.store.waiting_requests() == 0);
    barrier.lift();
  }
  CHECK(first == "new");
  CHECK(world.insert(request()) == Inserted::kYes);
}

TEST_CASE("F07: a full group takes no more rows, and those in it are written", "[group_commit]") {
  GroupWorld world({.patience = kLong, .longest_wait = kLong, .most_rows = 2});
  Barrier barrier(world.database);
  Crowd crowd(world, requests(3));
  crowd.begin();
  CHECK(fate_of([&] { return world.insert(request()); }) == "too many rows wait to be written");
  barrier.lift();
  CHECK(crowd.fates() == std::vector<std::string>(3, "new"));
}

TEST_CASE("if many origins get the same requests at once, each request is written once", "[group_commit]") {
  GroupWorld world({.longest_wait = kLong});
  PostgresRecoveryStore other(world.pool, {.longest_wait = kLong});
  const auto infos = requests(40);
  std::atomic<int> written{0};
  std::vector<std::jthread> threads;
  for (RecoveryStore* const store : {static_cast<RecoveryStore*>(&world.store), static_cast<RecoveryStore*>(&other)}) {
    for (const RequestInfo& info : infos) {
      threads.emplace_back([&, store] {
        written += store->insert_reset_request(email("ada@example.com"), ForgotMark::kNone, info) == Inserted::kYes ? 1 : 0;
      });
    }
  }
  threads.clear();
  CHECK(written == 40);
  CHECK(world.rows() == 40);
}
