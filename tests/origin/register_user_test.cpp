#include <catch2/catch.hpp>

#include "tests/origin/use_case_world.h"

using namespace rekey;
using namespace rekey::test;
using Kind = RegisterOutcome::Kind;

namespace {
RegisterOutcome register_as(UseCaseWorld& world, RegisterUser& use_case, std::string_view name, std::string_view password) {
  return use_case.run({Username::parse(name).value(), address(std::string(name) + "@example.com"), password}, world.request);
}
}  // namespace

TEST_CASE("B11: registering makes an account that remembers a language", "[register_user]") {
  UseCaseWorld world;
  world.request.accept_language = "de-AT, en;q=0.5";
  const auto outcome = register_as(world, world.register_user, "ada", "correct horse");
  REQUIRE(outcome.kind == Kind::kCreated);
  CHECK(outcome.user->username == "ada");
  CHECK(outcome.user->language == "de");
  CHECK(world.accounts.all[0].password_hash.text == "new:correct horse");
}

TEST_CASE("a taken address costs as much as a free one: the hash comes first", "[register_user]") {
  UseCaseWorld world;
  CHECK(register_as(world, world.register_user, "ada", "correct horse").kind == Kind::kCreated);
  CHECK(world.hasher.hashed == 1);
  CHECK(register_as(world, world.register_user, "ada", "correct horse").kind == Kind::kTaken);
  CHECK(world.hasher.hashed == 2);
}

TEST_CASE("a refused password makes no account and says why", "[register_user]") {
  UseCaseWorld world;
  CHECK(register_as(world, world.register_user, "ada", "short").refusal == Error::kPasswordTooShort);
  CHECK(register_as(world, world.register_user, "longusername", "LongUserName").refusal == Error::kPasswordPersonal);
  CHECK(world.accounts.all.empty());
  CHECK(world.hasher.hashed == 0);
}

TEST_CASE("registration that is off does nothing at all", "[register_user]") {
  UseCaseWorld world;
  RegisterUser off(world.accounts, world.hasher, world.rules, Registration::kOff, {}, world.events);
  CHECK(register_as(world, off, "ada", "correct horse").kind == Kind::kRegistrationOff);
  CHECK(world.accounts.all.empty());
  CHECK(world.hasher.hashed == 0);
}
