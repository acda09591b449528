#include <catch2/catch.hpp>

#include "tests/origin/use_case_world.h"

using namespace rekey;
using namespace rekey::test;

namespace {
LogInOutcome log_in(UseCaseWorld& world, std::string_view email, std::string_view password) {
  return world.log_in.run({address(email), password, kSomeToken}, world.request);
}
}  // namespace

TEST_CASE("B11: the right password opens a session", "[log_in]") {
  UseCaseWorld world;
  world.accounts.add("ada", "new:correct horse");
  CHECK(log_in(world, "ada@example.com", "correct horse") == LogInOutcome::kOk);
  CHECK(world.accounts.sessions.contains(kSomeToken));
  CHECK(world.hasher.hashed == 0);
}

TEST_CASE("E02, B11: an unknown address, an inactive account and a wrong password get one answer and cost one hash", "[log_in]") {
  UseCaseWorld world;
  world.accounts.add("ada", "new:correct horse");
  world.accounts.add("grace", "new:correct horse").user.is_active = false;
  for (const char* email : {"nobody@example.com", "grace@example.com", "ada@example.com"}) {
    world.hasher.verified = 0;
    CHECK(log_in(world, email, email[0] == 'a' ? "wrong" : "correct horse") == LogInOutcome::kBadCredentials);
    CHECK(world.hasher.verified == 1);
    CHECK(world.hasher.hashed == 0);
  }
  CHECK(world.accounts.sessions.empty());
  CHECK(world.events.count(Event::kLoginFailed) == 3);
}

TEST_CASE("E02: an inactive account's own hash is compared: another one would have to be derived beside the row's reading",
          "[log_in]") {
  UseCaseWorld world;
  world.accounts.add("grace", "new:correct horse").user.is_active = false;
  log_in(world, "grace@example.com", "wrong");
  CHECK(world.hasher.last_verified == "new:correct horse");
  log_in(world, "nobody@example.com", "wrong");
  CHECK(world.hasher.last_verified == "nobody");
}

TEST_CASE("a refused log-in is written down with the typed address, the same for every address; a good one is not", "[log_in]") {
  UseCaseWorld world;
  world.accounts.add("ada", "new:correct horse");
  world.accounts.add("grace", "new:correct horse").user.is_active = false;
  for (const char* email : {"nobody@example.com", "grace@example.com", "ada@example.com"}) log_in(world, email, "wrong");
  log_in(world, "ada@example.com", "correct horse");
  const auto& id = world.request.request_id;
  CHECK(world.accounts.refused ==
        std::vector<std::string>{id + " nobody@example.com", id + " grace@example.com", id + " ada@example.com"});
}

TEST_CASE("a password is compared after NFC", "[log_in]") {
  UseCaseWorld world;
  world.accounts.add("ada", "new:pAssword");
  CHECK(log_in(world, "ada@example.com", "pa+ssword") == LogInOutcome::kOk);
}

TEST_CASE("P16: an outdated hash is replaced at the log-in", "[log_in]") {
  UseCaseWorld world;
  world.accounts.add("ada", "old:correct horse");
  CHECK(log_in(world, "ada@example.com", "correct horse") == LogInOutcome::kOk);
  CHECK(world.accounts.all[0].password_hash.text == "new:correct horse");
  CHECK(log_in(world, "ada@example.com", "correct horse") == LogInOutcome::kOk);
  CHECK(world.hasher.hashed == 1);
}

TEST_CASE("if another log-in upgraded the hash meanwhile, the password is verified again and the session opens", "[log_in]") {
  UseCaseWorld world;
  world.accounts.add("ada", "old:correct horse");
  world.accounts.before_write = [&] { world.accounts.all[0].password_hash.text = "new:correct horse"; };
  CHECK(log_in(world, "ada@example.com", "correct horse") == LogInOutcome::kOk);
  CHECK(world.hasher.verified == 2);
}

TEST_CASE("if a reset came in between, the old password opens no session", "[log_in]") {
  UseCaseWorld world;
  world.accounts.add("ada", "old:correct horse");
  world.accounts.before_write = [&] { world.accounts.all[0].password_hash.text = "new:another"; };
  CHECK(log_in(world, "ada@example.com", "correct horse") == LogInOutcome::kBadCredentials);
  CHECK(world.accounts.sessions.empty());
  CHECK(world.accounts.all[0].password_hash.text == "new:another");
}

TEST_CASE("a hash that never stops changing ends in a refusal, not in a loop", "[log_in]") {
  UseCaseWorld world;
  world.accounts.add("ada", "old:correct horse");
  int changes = 0;
  world.accounts.before_write = [&] {
    world.accounts.all[0].password_hash.text = ++changes % 2 == 1 ? "new:correct horse" : "old:correct horse";
  };
  CHECK(log_in(world, "ada@example.com", "correct horse") == LogInOutcome::kBadCredentials);
  CHECK(changes == 3);
}

TEST_CASE("a session belongs to its account until it is logged out", "[log_out]") {
  UseCaseWorld world;
  world.accounts.add("ada", "new:correct horse");
  log_in(world, "ada@example.com", "correct horse");
  const auto found = world.current_user.run(kSomeToken, std::nullopt, world.request);
  REQUIRE(found);
  CHECK(found->account.user.username == "ada");
  CHECK_FALSE(found->renewed);
  CHECK(world.current_user.run(kSomeToken, kOtherToken, world.request)->renewed);
  world.log_out.run(kSomeToken, world.request);
  CHECK_FALSE(world.current_user.run(kSomeToken, std::nullopt, world.request));
  CHECK_NOTHROW(world.log_out.run(kSomeToken, world.request));
}

TEST_CASE("an account without a password is refused by the hash of nobody, like an address without an account", "[log_in]") {
  UseCaseWorld world;
  world.accounts.add("ada", "").user.has_password = false;
  for (const char* email : {"nobody@example.com", "ada@example.com"}) {
    CHECK(log_in(world, email, "correct horse") == LogInOutcome::kBadCredentials);
    CHECK(world.hasher.last_verified == "nobody");
  }
}

TEST_CASE("a hash that another product keeps is left as it is", "[log_in]") {
  UseCaseWorld world;
  world.accounts.add("ada", "old:correct horse").keeper = HashKeeper::kProduct;
  CHECK(log_in(world, "ada@example.com", "correct horse") == LogInOutcome::kOk);
  CHECK(world.accounts.all[0].password_hash.text == "old:correct horse");
  CHECK(world.hasher.hashed == 0);
}
