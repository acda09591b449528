#include <catch2/catch.hpp>

#include "origin/postgres/metrics_of_queue.h"
#include "origin/system/metrics_registry.h"
#include "tests/origin/store_world.h"

using namespace rekey;
using namespace rekey::test;

namespace {

// Some seconds may pass between a statement of the test and the measurement.
bool is_just_past(int seconds, const std::string& shown) {
  return !shown.empty() && std::stoi(shown) >= seconds && std::stoi(shown) < seconds + 30;
}

// One origin's view.
struct Reader {
  Reader(PostgresPool& pool, const std::string& name) : queue(pool, metrics, name, Retention{}) {}

  bool shows(const std::string& state, int count) const {
    return read("rekey_reset_requests{state=\"" + state + "\"}") == std::to_string(count);
  }
  bool shows_oldest(const std::string& state, int seconds) const {
    return is_just_past(seconds, read("rekey_oldest_waiting_seconds{state=\"" + state + "\"}"));
  }
  // Returns: the value as it is shown; "" if it is not.
  std::string read(const std::string& series) const {
    const std::string name = "\n" + series + " ";
    const auto text = metrics.text();
    const auto at = text.find(name);
    if (at == std::string::npos) return "";
    const auto value = at + name.size();
    return text.substr(value, text.find('\n', value) - value);
  }
  bool shows_none() const {
    for (const std::string name :
         {"rekey_reset_requests{", "rekey_oldest_waiting_seconds{", "rekey_mails_of_the_hour ", "rekey_prune_overdue_seconds "}) {
      if (metrics.text().find("\n" + name) != std::string::npos) return false;
    }
    return true;
  }

  MetricsRegistry metrics;
  QueueMetrics queue;
};

struct QueueWorld : StoreWorld {
  Reader first{worker_pool, "first"};
  Reader second{worker_pool, "second"};

  void end_lease() { database.execute("UPDATE gauge_lease SET held_until = now() - interval '1 second'"); }
};

}  // namespace

TEST_CASE("the gauges of the database count requests that wait, and requests whose mail is under way", "[queue_metrics]") {
  QueueWorld world;
  CHECK(world.first.shows_none());
  world.add_user("ada");
  world.forget("ada");
  world.first.queue.measure();
  CHECK(world.first.shows("queued", 1));
  CHECK(world.first.shows("sending", 0));
  CHECK(world.claim().size() == 1);
  world.first.queue.measure();
  CHECK(world.first.shows("queued", 0));
  CHECK(world.first.shows("sending", 1));
}

TEST_CASE("the gauges of the database tell the age of the oldest that waits", "[queue_metrics]") {
  QueueWorld world;
  world.forget("ada");
  world.forget("bob");
  world.database.execute("UPDATE reset_requests SET waiting_since = now() - interval '90 seconds' WHERE email LIKE 'bob@%'");
  world.first.queue.measure();
  CHECK(world.first.shows_oldest("queued", 90));
  CHECK(world.first.shows_oldest("sending", 0));
}

TEST_CASE("a request that waits for its account's limit is not the oldest that waits; one that is put off by a second is",
          "[queue_metrics]") {
  QueueWorld world;
  world.forget("ada");
  const auto shown = [&](const std::string& due_in, int seconds) {
    world.database.execute(
        "UPDATE reset_requests SET waiting_since = now() - interval '20 minutes', due_at = now() + interval '" + due_in + "'");
    world.first.queue.measure();
    return world.first.shows_oldest("queued", seconds);
  };
  CHECK(shown("1 minute", 0));
  CHECK(shown("1 second", 1200));
  CHECK(shown("0", 1200));
}

TEST_CASE("the gauges of the database tell the mails of the last hour", "[queue_metrics]") {
  QueueWorld world;
  world.database.execute("INSERT INTO mail_minutes VALUES (date_trunc('minute', now()), 5), (now() - interval '2 hours', 7)");
  world.first.queue.measure();
  CHECK(world.first.read("rekey_mails_of_the_hour") == "5");
}

TEST_CASE("the gauges of the database tell by how much the deletion of old rows is late", "[queue_metrics]") {
  QueueWorld world;
  const auto overdue = [&] {
    world.first.queue.measure();
    return world.first.read("rekey_prune_overdue_seconds");
  };
  const auto set_age = [&](const std::string& age) {
    world.database.execute(
        "UPDATE reset_requests SET state = 'no_account', due_at = NULL, queued_email = NULL, ended_at = now() - " + age +
        "::interval");
  };
  CHECK(overdue() == "0");
  world.forget("ada");
  CHECK(overdue() == "0");  // has not ended
  set_age("'23 hours 59 minutes'");
  CHECK(overdue() == "0");
  set_age("'24 hours 1 minute'");
  CHECK(is_just_past(60, overdue()));
  world.database.execute(
      "INSERT INTO audit_log (at, event, request_id, client_ip) "
      "VALUES (now() - interval '90 days 2 hours', 'forgot.accepted', '', '')");
  CHECK(is_just_past(7200, overdue()));
}

TEST_CASE("of several origins one shows them, so that their sum is right", "[queue_metrics]") {
  QueueWorld world;
  world.forget("ada");
  for (int i = 0; i < 3; ++i) {
    world.first.queue.measure();
    world.second.queue.measure();
    CHECK(world.first.shows("queued", 1));
    CHECK(world.second.shows_none());
  }
}

TEST_CASE("another origin shows them when the first is not asked any more", "[queue_metrics]") {
  QueueWorld world;
  world.first.queue.measure();
  world.end_lease();
  world.second.queue.measure();
  CHECK(world.second.shows("queued", 0));
  world.first.queue.measure();
  CHECK(world.first.shows_none());
}

TEST_CASE("a lease that ran out is prolonged if nobody else has taken it", "[queue_metrics]") {
  QueueWorld world;
  world.first.queue.measure();
  world.end_lease();
  world.first.queue.measure();
  CHECK(world.first.shows("queued", 0));
  world.second.queue.measure();
  CHECK(world.second.shows_none());
}

TEST_CASE("an origin that stops lets another one show them at once", "[queue_metrics]") {
  QueueWorld world;
  world.first.queue.measure();
  world.second.queue.give_up();  // has nothing to give up
  world.second.queue.measure();
  CHECK(world.second.shows_none());
  world.first.queue.give_up();
  CHECK(world.first.shows_none());
  world.second.queue.measure();
  CHECK(world.second.shows("queued", 0));
}

TEST_CASE("an origin that does not reach the database shows none of them", "[queue_metrics]") {
  QueueWorld world;
  world.first.queue.measure();
  world.database.execute("ALTER TABLE gauge_lease RENAME TO gone");
  CHECK_THROWS_AS(world.first.queue.measure(), Unavailable);
  CHECK(world.first.shows_none());
}
