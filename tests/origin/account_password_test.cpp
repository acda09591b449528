#include <catch2/catch.hpp>

#include "tests/origin/use_case_world.h"

using namespace rekey;
using namespace rekey::test;
using Kind = ChangePasswordOutcome::Kind;

namespace {

struct LoggedIn : UseCaseWorld {
  LoggedIn() {
    accounts.add("ada", "new:correct horse");
    accounts.sessions[kSomeToken] = "id of ada";
    accounts.sessions[kOtherToken] = "id of ada";
  }
  ChangePasswordOutcome change(std::string_view current, std::string_view replacement) {
    return change_password.run({kSomeToken, current, replacement}, request);
  }
};

}  // namespace

TEST_CASE("B10: the owner changes the password; this session stays, the others end", "[change_password]") {
  LoggedIn world;
  CHECK(world.change("correct horse", "a good new one").kind == Kind::kOk);
  CHECK(world.accounts.all[0].password_hash.text == "new:a good new one");
  CHECK(world.accounts.sessions.contains(kSomeToken));
  CHECK_FALSE(world.accounts.sessions.contains(kOtherToken));
}

TEST_CASE("P11, B10: without a session or with a wrong current password nothing changes", "[change_password]") {
  LoggedIn world;
  CHECK(world.change("wrong", "a good new one").kind == Kind::kWrongPassword);
  CHECK(world.change("wrong", "short").kind == Kind::kWrongPassword);
  world.accounts.sessions.clear();
  CHECK(world.change("correct horse", "a good new one").kind == Kind::kNoSession);
  CHECK(world.accounts.all[0].password_hash.text == "new:correct horse");
}

TEST_CASE("B10: a repeated change ends like the first, whatever became of the session", "[change_password]") {
  LoggedIn world;
  CHECK(world.change("correct horse", "a good new one").kind == Kind::kOk);
  SECTION("which lives on") {}
  SECTION("which has ended") { world.accounts.sessions.clear(); }
  SECTION("and to the same password") { world.accounts.all[0].password_hash.text = "new:correct horse"; }
  CHECK(world.change("correct horse", "a good new one").kind == Kind::kOk);
  CHECK(world.events.count(Event::kPasswordChanged) == 1);
  const ChangePasswordInput other_call{kSomeToken, "wrong", "a good new one"};
  CHECK(world.change_password.run(other_call, world.later).kind != Kind::kOk);
}

TEST_CASE("a refused new password changes nothing", "[change_password]") {
  LoggedIn world;
  const auto outcome = world.change("correct horse", "ada@example.com");
  CHECK(outcome.kind == Kind::kPasswordRefused);
  CHECK(outcome.refusal == Error::kPasswordPersonal);
  CHECK(world.hasher.hashed == 0);
}

TEST_CASE("P04: where hashes tell only 72 bytes apart, a password of more bytes in NFC is refused", "[change_password]") {
  const FakeNormalizer normalizer;
  const PasswordRules rules(normalizer, "Rekey", 8, 72);
  CHECK(rules.accept(std::string(72, 'x'), "", ""));
  CHECK(rules.accept("a+" + std::string(71, 'x'), "", ""));  // one byte shorter in NFC
  CHECK(rules.accept(std::string(73, 'x'), "", "").error() == Error::kPasswordTooManyBytes);
  CHECK(rules.accept(std::string(257, 'x'), "", "").error() == Error::kPasswordTooLong);
  CHECK(PasswordRules(normalizer, "Rekey", 8).accept(std::string(73, 'x'), "", ""));
}

TEST_CASE("nothing is hashed if the session ends while its owner waits in line", "[change_password]") {
  LoggedIn world;
  world.hasher.before_turn = [&] { world.accounts.sessions.clear(); };
  CHECK(world.change("correct horse", "a good new one").kind == Kind::kNoSession);
  CHECK(world.hasher.hashed == 0);
}

TEST_CASE("a change succeeds although a log-in upgraded the hash meanwhile", "[change_password]") {
  LoggedIn world;
  world.accounts.all[0].password_hash.text = "old:correct horse";
  bool upgraded = false;
  world.accounts.before_write = [&] {
    if (!std::exchange(upgraded, true)) world.accounts.all[0].password_hash.text = "new:correct horse";
  };
  CHECK(world.change("correct horse", "a good new one").kind == Kind::kOk);
  CHECK(world.accounts.all[0].password_hash.text == "new:a good new one");
}

TEST_CASE("a change is refused if another password was set meanwhile", "[change_password]") {
  LoggedIn world;
  world.accounts.before_write = [&] { world.accounts.all[0].password_hash.text = "new:set by a reset"; };
  CHECK(world.change("correct horse", "a good new one").kind == Kind::kWrongPassword);
  CHECK(world.accounts.all[0].password_hash.text == "new:set by a reset");
}
