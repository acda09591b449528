// The owner's sessions, and the alarm of a copied one, over the fakes.
#include "origin/use_cases/own_sessions.h"

#include <catch2/catch.hpp>

#include "tests/origin/use_case_world.h"

using namespace rekey;
using namespace rekey::test;

namespace {

struct OwnWorld : UseCaseWorld {
  OwnWorld() {
    accounts.add("ada", "hash");
    accounts.sessions[kSomeToken] = accounts.all.front().user.id;
  }
};

}  // namespace

TEST_CASE("only a live session lists and ends sessions", "[own_sessions]") {
  OwnWorld world;
  CHECK(world.own_sessions.list(kSomeToken, world.request));
  CHECK_FALSE(world.own_sessions.list(kOtherToken, world.request));
  CHECK(world.own_sessions.end(kSomeToken, "", world.request));
  CHECK_FALSE(world.own_sessions.end(kOtherToken, "", world.request));
  CHECK(world.accounts.chosen == std::vector<std::string>{""});
}

TEST_CASE("T25: each call by an old session raises the alarm", "[own_sessions][session]") {
  OwnWorld world;
  world.accounts.reused.insert(kOtherToken);
  world.own_sessions.list(kOtherToken, world.request);
  world.own_sessions.end(kOtherToken, "", world.request);
  world.current_user.run(kOtherToken, std::nullopt, world.request);
  world.change_password.run({kOtherToken, "a", "b"}, world.request);
  CHECK(world.events.count(Event::kSessionReused) == 4);
}

TEST_CASE("T25: a live session, and one that is merely over, raise none", "[own_sessions][session]") {
  OwnWorld world;
  world.current_user.run(kSomeToken, std::nullopt, world.request);
  world.current_user.run(kOtherToken, std::nullopt, world.request);
  CHECK(world.events.count(Event::kSessionReused) == 0);
}
