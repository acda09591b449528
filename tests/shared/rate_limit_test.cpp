#include "shared/rate_limit.h"

#include <catch2/catch.hpp>
#include <deque>

#include "tests/shared/seeded_random.h"

using rekey::decide_rate;
using rekey::RateLimit;
using rekey::RateVerdict;

namespace {

constexpr rekey::UnixMillis kNow = 1'700'000'000'000;

RateLimit any_limit(rekey_test::SeededRandom& random) {
  return {static_cast<std::uint32_t>(1 + random.below(30)), static_cast<std::uint32_t>(1 + random.below(120))};
}

// Asks once and keeps the stamp.
bool passes(const RateLimit& limit, rekey::ArrivalMicros& arrival, rekey::UnixMillis now) {
  const auto decision = decide_rate(limit, arrival, now);
  arrival = decision.arrival;
  return decision.verdict == RateVerdict::kAllowed;
}

std::uint32_t count_at_once(const RateLimit& limit, rekey::ArrivalMicros arrival, rekey::UnixMillis now) {
  std::uint32_t count = 0;
  while (passes(limit, arrival, now)) ++count;
  return count;
}

}  // namespace

TEST_CASE("L07: of any number of simultaneous calls exactly the limit's count passes", "[rate_limit]") {
  for (std::uint32_t count : {1u, 2u, 7u, 10u, 120u, 3600u}) {
    for (std::uint32_t period : {1u, 7u, 60u, 86'400u}) CHECK(count_at_once({count, period}, 0, kNow) == count);
  }
}

TEST_CASE("in any span at most one burst passes, plus the refill of that span", "[rate_limit]") {
  rekey_test::SeededRandom random(15);
  for (int round = 0; round < 60; ++round) {
    const RateLimit limit = any_limit(random);
    rekey::ArrivalMicros arrival = 0;
    rekey::UnixMillis now = kNow;
    std::deque<rekey::UnixMillis> passed;
    for (int call = 0; call < 3000; ++call) {
      now += static_cast<rekey::UnixMillis>(random.below(random.below(10) == 0 ? limit.period_seconds * 1500 : 400));
      if (passes(limit, arrival, now)) passed.push_back(now);
    }
    for (std::size_t first = 0; first < passed.size(); ++first) {
      for (std::size_t last = first; last < passed.size() && last < first + 3 * limit.count; ++last) {
        const auto grown = (passed[last] - passed[first]) * limit.count / (limit.period_seconds * 1000);
        if (static_cast<std::int64_t>(last - first + 1) > limit.count + grown) FAIL("one too many passed");
      }
    }
  }
}

TEST_CASE("a call passes after Retry-After, and not a second earlier", "[rate_limit]") {
  rekey_test::SeededRandom random(16);
  for (int round = 0; round < 2000; ++round) {
    const RateLimit limit = any_limit(random);
    rekey::ArrivalMicros arrival = 0;
    rekey::UnixMillis now = kNow + static_cast<rekey::UnixMillis>(random.below(100'000));
    while (passes(limit, arrival, now)) now += static_cast<rekey::UnixMillis>(random.below(3));
    const auto refused = decide_rate(limit, arrival, now);
    REQUIRE(refused.wait_micros >= 1);
    const auto told = rekey::explain_wait(limit, refused.wait_micros);
    REQUIRE(decide_rate(limit, arrival, now + told.retry_after_seconds * 1000).verdict == RateVerdict::kAllowed);
    const auto earlier = now + (told.retry_after_seconds - 1) * 1000LL;
    REQUIRE(decide_rate(limit, arrival, earlier).verdict == RateVerdict::kLimited);
    const auto almost = now + (refused.wait_micros - 1) / 1000;
    REQUIRE(decide_rate(limit, arrival, almost).verdict == RateVerdict::kLimited);
    REQUIRE(count_at_once(limit, refused.arrival, now + told.reset_seconds * 1000LL) == limit.count);
  }
}

TEST_CASE("as many more pass as remain", "[rate_limit]") {
  rekey_test::SeededRandom random(17);
  for (int round = 0; round < 2000; ++round) {
    const RateLimit limit = any_limit(random);
    rekey::ArrivalMicros arrival = 0;
    for (std::size_t calls = random.below(limit.count); calls > 0; --calls) passes(limit, arrival, kNow);
    const auto decision = decide_rate(limit, arrival, kNow);
    REQUIRE(decision.verdict == RateVerdict::kAllowed);
    REQUIRE(count_at_once(limit, decision.arrival, kNow) == decision.remaining);
  }
}

TEST_CASE("L13: a clock that jumps back an hour locks nobody out for longer than one period", "[rate_limit]") {
  const RateLimit limit{20, 60};
  rekey::ArrivalMicros arrival = 0;
  while (passes(limit, arrival, kNow)) continue;
  const rekey::UnixMillis back = kNow - 3'600'000;
  const auto decision = decide_rate(limit, arrival, back);
  CHECK(decision.verdict == RateVerdict::kLimited);
  CHECK(decision.wait_micros <= 60'000'000);
  CHECK(count_at_once(limit, decision.arrival, back + 60'000) == 20);
}

TEST_CASE("L13: a clock that jumps ahead and back lets at most one extra burst pass", "[rate_limit]") {
  const RateLimit limit{20, 60};
  rekey::ArrivalMicros arrival = 0;
  std::uint32_t passed = 0;
  for (rekey::UnixMillis now : {kNow, kNow + 3'600'000, kNow, kNow + 1000}) {
    while (passes(limit, arrival, now)) ++passed;
  }
  CHECK(passed == 40);
}

TEST_CASE("L11: a refused call changes nothing, however often it is made", "[rate_limit]") {
  const RateLimit limit{5, 60};
  rekey::ArrivalMicros arrival = 0;
  while (passes(limit, arrival, kNow)) continue;
  const auto kept = arrival;
  for (int call = 0; call < 1000; ++call) CHECK_FALSE(passes(limit, arrival, kNow + call));
  CHECK(arrival == kept);
}

TEST_CASE("any numbers get a decision within bounds", "[rate_limit]") {
  rekey_test::SeededRandom random(18);
  for (int round = 0; round < 100'000; ++round) {
    const auto arrival = static_cast<rekey::ArrivalMicros>(random.next() >> random.below(64));
    const auto now = static_cast<rekey::UnixMillis>(random.next() >> random.below(64));
    const RateLimit limit = any_limit(random);
    const auto decision = decide_rate(limit, arrival, now);
    REQUIRE(decision.remaining < limit.count);
    REQUIRE(decision.wait_micros <= (limit.period_seconds + 1) * 1'000'000LL);
    REQUIRE((decision.verdict == RateVerdict::kLimited) == (decision.wait_micros > 0));
  }
}
