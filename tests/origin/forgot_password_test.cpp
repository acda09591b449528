#include <catch2/catch.hpp>

#include "tests/origin/use_case_world.h"

using namespace rekey;
using namespace rekey::test;

TEST_CASE("A1, B8: a request writes one row, the same for every address", "[forgot_password]") {
  UseCaseWorld world;
  world.accounts.add("ada", "new:x");
  world.forgot_password.run(address("ada@example.com"), ForgotMark::kNone, world.request);
  world.forgot_password.run(address("Nobody@Example.com"), ForgotMark::kSuppressed, world.request);
  REQUIRE(world.recovery.requests.size() == 2);
  CHECK(world.recovery.requests[0] == std::pair(std::string("ada@example.com"), ForgotMark::kNone));
  CHECK(world.recovery.requests[1] == std::pair(std::string("nobody@example.com"), ForgotMark::kSuppressed));
  CHECK(world.metrics.counted(Ended::kRequest, MailEnd::kEdgeLimit) == 1);
  CHECK(world.events.count(Event::kForgotAccepted) == 2);
}
