#include <catch2/catch.hpp>

#include "tests/origin/use_case_world.h"

using namespace rekey;
using namespace rekey::test;
using namespace std::chrono_literals;

namespace {

struct GuessWorld : UseCaseWorld {
  void guess(std::string_view email, const std::string& ip, int times = 1) {
    request.client_ip = ip;
    for (int i = 0; i < times; ++i) guesses.refused(email, "id of ada", request);
  }
  // From as many clients as it takes.
  void guess_widely(std::string_view email, std::uint32_t times) {
    for (std::uint32_t i = 0; i < times; ++i) guess(email, "192.0.2." + std::to_string(i % kManyClients));
  }
  int told() const { return events.count(Event::kGuessing); }
};

}  // namespace

TEST_CASE("many wrong passwords for one account from many clients are told once", "[guess_watch]") {
  GuessWorld world;
  world.guess_widely("ada@example.com", kManyGuesses - 1);
  CHECK(world.told() == 0);
  world.guess_widely("ada@example.com", 1);
  CHECK(world.told() == 1);
  CHECK(world.metrics.counted(Counter::kGuessedAccounts) == 1);
  world.guess_widely("ada@example.com", 100);
  CHECK(world.told() == 1);
  CHECK(world.events.text().find("ada@") == std::string::npos);
}

TEST_CASE("few clients tell nothing, however many guesses they make", "[guess_watch]") {
  GuessWorld world;
  for (std::size_t client = 1; client < kManyClients; ++client)
    world.guess("ada@example.com", "192.0.2." + std::to_string(client), 100);
  CHECK(world.told() == 0);
  world.guess("ada@example.com", "192.0.2.99");
  CHECK(world.told() == 1);
}

TEST_CASE("all hosts of an IPv6 /64 are one client, and another /64 is another", "[guess_watch]") {
  GuessWorld world;
  for (int host = 1; host < 100; ++host) world.guess("ada@example.com", "2001:db8:0:1::" + std::to_string(host));
  CHECK(world.told() == 0);
  for (int net = 2; net < 6; ++net) world.guess("ada@example.com", "2001:db8:0:" + std::to_string(net) + "::1");
  CHECK(world.told() == 1);
}

TEST_CASE("guesses of different accounts do not add up", "[guess_watch]") {
  GuessWorld world;
  for (int i = 0; i < 200; ++i) world.guess_widely("user" + std::to_string(i) + "@example.com", kManyGuesses - 1);
  CHECK(world.told() == 0);
}

TEST_CASE("after a quarter of an hour counting begins anew", "[guess_watch]") {
  GuessWorld world;
  world.guess_widely("ada@example.com", kManyGuesses - 1);
  world.clock.pass(15min);
  world.guess_widely("ada@example.com", kManyGuesses - 1);
  CHECK(world.told() == 0);
  world.guess_widely("ada@example.com", 1);
  CHECK(world.told() == 1);
  world.clock.pass(15min);
  world.guess_widely("ada@example.com", kManyGuesses);
  CHECK(world.told() == 2);
}

TEST_CASE("a flood of guesses at ever new addresses does not hide those at one account", "[guess_watch]") {
  GuessWorld world;
  for (std::uint32_t i = 0; i < kManyGuesses; ++i) {
    world.guess_widely("ada@example.com", 5);
    for (int other = 0; other < 2000; ++other)
      world.guess("flood" + std::to_string(i) + "x" + std::to_string(other) + "@example.com", "198.51.100.1");
  }
  CHECK(world.told() == 1);
}

TEST_CASE("E02: a refused log-in counts alike where the account exists, is locked, or does not exist", "[guess_watch][log_in]") {
  GuessWorld world;
  world.accounts.add("ada", "new:correct horse");
  world.accounts.add("grace", "new:correct horse").user.is_active = false;
  int expected = 0;
  for (const char* email : {"ada@example.com", "grace@example.com", "nobody@example.com"}) {
    for (std::uint32_t i = 0; i < kManyGuesses; ++i) {
      world.request.client_ip = "192.0.2." + std::to_string(i % kManyClients);
      CHECK(world.log_in.run({address(email), "wrong password", kSomeToken}, world.request) == LogInOutcome::kBadCredentials);
    }
    CHECK(world.told() == ++expected);
  }
}

TEST_CASE("a log-in with the right password is no guess", "[guess_watch][log_in]") {
  GuessWorld world;
  world.accounts.add("ada", "new:correct horse");
  for (std::uint32_t i = 0; i < 2 * kManyGuesses; ++i) {
    world.request.client_ip = "192.0.2." + std::to_string(i % kManyClients);
    world.log_in.run({address("ada@example.com"), "correct horse", kSomeToken}, world.request);
  }
  CHECK(world.told() == 0);
}
