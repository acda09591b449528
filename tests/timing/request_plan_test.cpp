#include "tests/timing/request_plan.h"

#include <catch2/catch.hpp>
#include <sstream>

namespace {

auto plan_of(const std::string& text) {
  std::istringstream in(text);
  return rekey::timing::read_plan(in);
}

}  // namespace

TEST_CASE("a plan keeps labels, pauses and bytes unchanged and in order", "[request_plan]") {
  const auto plan = plan_of("known.1 250 5\na\n\r\nb\nunknown.1 0 1\nx\n");
  REQUIRE(plan.size() == 2);
  CHECK(plan[0].label == "known.1");
  CHECK(plan[0].pause.count() == 250);
  CHECK(plan[0].bytes == "a\n\r\nb");
  CHECK(plan[1].bytes == "x");
}

TEST_CASE("a malformed plan is refused as a whole", "[request_plan]") {
  CHECK_THROWS(plan_of("known.1 250\n"));
  CHECK_THROWS(plan_of("known.1 -1 1\nx\n"));
  CHECK_THROWS(plan_of("known.1 0 0\n\n"));
  CHECK_THROWS(plan_of("known.1 0 3\nab\n"));
  CHECK_THROWS(plan_of("known.1 0 1\nab\n"));
  CHECK_THROWS(plan_of("known.1 0 99999999\nab\n"));
}
