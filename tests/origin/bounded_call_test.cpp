#include "origin/system/bounded_call.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <latch>

#include "origin/ports/unavailable.h"
#include "tests/origin/race_start.h"

namespace rekey::test {
namespace {
constexpr std::chrono::minutes kForever{5};
constexpr std::chrono::milliseconds kNoPatience{1};
}  // namespace

TEST_CASE("a caller gets the end of its run, or its exception", "[bounded_call]") {
  int runs = 0;
  BoundedCall call([&] {
    if (++runs == 2) throw std::runtime_error("the second");
  });
  CHECK_NOTHROW(call.run_within(kForever));
  CHECK_THROWS_WITH(call.run_within(kForever), "the second");
  CHECK_NOTHROW(call.run_within(kForever));
  CHECK(runs == 3);
}

TEST_CASE("work that hangs costs each caller its patience and no more, and is not begun twice", "[bounded_call]") {
  std::latch released(1);
  std::atomic<int> runs{0};
  BoundedCall call([&] {
    ++runs;
    released.wait();
  });
  for (int i = 0; i < 5; ++i) CHECK_THROWS_AS(call.run_within(kNoPatience), Unavailable);
  CHECK(runs <= 1);
  released.count_down();
  CHECK_NOTHROW(call.run_within(kForever));
}

TEST_CASE("callers at the same time share a run", "[bounded_call]") {
  std::latch begun(1);
  std::latch released(1);
  std::atomic<int> runs{0};
  BoundedCall call([&] {
    if (++runs > 1) return;
    begun.count_down();
    released.wait();
  });
  std::atomic<int> ended{0};
  std::jthread first([&] {
    call.run_within(kForever);
    ++ended;
  });
  begun.wait();
  CHECK_THROWS_AS(call.run_within(kNoPatience), Unavailable);  // joins the run under way
  CHECK(runs == 1);
  released.count_down();
  first.join();
  CHECK(ended == 1);
}

}  // namespace rekey::test
