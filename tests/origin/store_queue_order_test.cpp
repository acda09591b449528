// The longest waiting request goes first, also when a slow relay makes the worker give deliveries back.
#include <catch2/catch.hpp>

#include "tests/origin/store_queue_steps.h"

using namespace rekey;
using namespace rekey::test;

namespace {

struct QueueOrderWorld : StoreWorld {
  // With the largest id, so last in an order by ids.
  void add_last(const std::string& name) {
    add_user(name);
    database.execute("UPDATE users SET id = 'ffffffff-ffff-4fff-bfff-ffffffffffff' WHERE username = '" + name + "'");
  }

  void add_and_forget(int count) {
    for (int i = 0; i < count; ++i) {
      const std::string name = "user" + std::to_string(next_++);
      add_user(name);
      forget(name);
    }
  }

 private:
  int next_ = 0;
};

// Before the @: not every product's accounts have a user name.
std::string name_of(const User& user) { return user.email.substr(0, user.email.find('@')); }

std::vector<std::string> names(const std::vector<Delivery>& jobs) {
  std::vector<std::string> out;
  for (const Delivery& job : jobs) out.push_back(name_of(*job.user));
  return out;
}

}  // namespace

TEST_CASE("a claim returns the mails in the order of their requests", "[outbox][own]") {
  QueueOrderWorld world;
  world.add_last("zoe");
  world.forget("zoe");
  world.add_and_forget(4);
  CHECK(names(world.claim()) == std::vector<std::string>{"zoe", "user0", "user1", "user2", "user3"});
}

TEST_CASE("a mail that could not be begun in time keeps its place before later requests", "[outbox][own]") {
  QueueOrderWorld world;
  world.add_last("zoe");
  world.forget("zoe");
  world.add_and_forget(3);
  SECTION("never tried before") {}
  SECTION("tried before") {
    for (const Delivery& job : world.claim()) settle(world, job, MailVerdict::kTryLater, 451);
    world.let_pass("20 seconds");
  }
  for (const Delivery& job : world.claim()) give_back(world, job);
  world.add_and_forget(2);
  CHECK(names(world.claim()) == std::vector<std::string>{"zoe", "user0", "user1", "user2", "user3", "user4"});
}

TEST_CASE("if the relay takes half of each claim, the oldest request goes first, although as many arrive as leave",
          "[outbox][own]") {
  QueueOrderWorld world;
  world.rules.most = 8;
  world.add_and_forget(12);
  world.add_last("zoe");
  world.forget("zoe");
  bool sent = false;
  for (int round = 0; round < 4 && !sent; ++round) {
    world.add_and_forget(4);
    const auto jobs = world.claim();
    REQUIRE(jobs.size() == 8);
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      i < 4 ? (void)settle(world, jobs[i], MailVerdict::kTaken) : give_back(world, jobs[i]);
      sent = sent || (i < 4 && jobs[i].user->email == "zoe@example.com");
    }
  }
  CHECK(sent);
}

TEST_CASE("a second request while the first waits keeps the first one's place", "[outbox]") {
  QueueOrderWorld world;
  world.rules.most = 2;
  world.add_user("ada");
  world.forget("ada");
  world.add_and_forget(3);
  world.forget("ada");
  SECTION("at once") {}
  SECTION("once it was claimed and given back") {
    for (const Delivery& job : world.claim()) give_back(world, job);
    world.forget("ada");
  }
  const auto jobs = world.claim();
  CHECK(names(jobs) == std::vector<std::string>{"ada", "user0"});
  CHECK(request_of(world, jobs.at(0)) == world.database.number("SELECT max(id) AS x FROM reset_requests"));
}

TEST_CASE("a mail at which the relay refused us goes behind the waiting ones, so that one odd mail halts no other", "[outbox]") {
  QueueOrderWorld world;
  world.rules.most = 1;
  world.add_and_forget(2);
  settle(world, claim_one(world), MailVerdict::kRelayRefuses);
  CHECK(names(world.claim()) == std::vector<std::string>{"user1"});
  CHECK(names(world.claim()) == std::vector<std::string>{"user0"});
}

TEST_CASE("notices are claimed in the order of the changes, and keep their place when they are given back", "[outbox]") {
  StoreWorld world;
  const std::vector<std::string> order{"zoe", "ada", "alan"};
  for (const std::string& name : order) {
    world.add_user(name);
    world.recovery.consume_reset_token(world.mail_link(name), {"new"}, request());
  }
  for (int i = 0; i < 2; ++i) {
    std::vector<std::string> claimed;
    for (const Delivery& job : world.claim_notices()) {
      claimed.push_back(name_of(*job.user));
      give_back(world, job);
    }
    CHECK(claimed == order);
  }
}
