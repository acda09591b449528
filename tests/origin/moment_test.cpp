#include "origin/commands/moment.h"

#include <catch2/catch.hpp>

namespace rekey::test {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr sys_seconds kNow{seconds(1'795'000'000)};  // 2026-11-18T11:06:40Z

}  // namespace

TEST_CASE("a moment is written in ISO 8601", "[moment]") {
  CHECK(utc_text(sys_seconds(seconds(0))) == "1970-01-01T00:00:00Z");
  CHECK(utc_text(kNow) == "2026-11-18T11:06:40Z");
  CHECK(utc_text(sys_seconds(seconds(-1))) == "1969-12-31T23:59:59Z");
}

TEST_CASE("an age is a number with a unit, or a past moment", "[moment]") {
  CHECK(parse_age("90s", kNow) == seconds(90));
  CHECK(parse_age("15m", kNow) == seconds(900));
  CHECK(parse_age("2h", kNow) == seconds(7200));
  CHECK(parse_age("3d", kNow) == seconds(259'200));
  CHECK(parse_age("2026-11-18T11:06:39Z", kNow) == seconds(1));
  CHECK(parse_age("2026-11-18", kNow) == seconds(11 * 3600 + 6 * 60 + 40));
  for (const auto* text :
       {"", "s", "0s", "-1s", "1", "1w", "1.5h", " 1h", "2026-11-18T11:06:40Z", "2026-11-19", "2026-02-30", "0000-01-01",
        "2026-11-18T24:00:00Z", "2026-11-18T11:06:39", "2026-11-18 11:06:39Z", "2026-11-18T11:06:39Zx", "99999999999s"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_age(text, kNow));
  }
}

TEST_CASE("a moment of another system has seconds, and may have a fraction and an offset", "[moment]") {
  for (const auto* text : {"2020-02-29T23:59:59Z", "2020-02-29 23:59:59", "2020-02-29T23:59:59.123456+02:00",
                           "2020-02-29 23:59:59.1-0330", "2020-02-29 23:59:59+00"}) {
    CAPTURE(text);
    CHECK(is_iso_moment(text));
  }
  for (const auto* text :
       {"", "2020-02-29", "2021-02-29T00:00:00Z", "2020-02-29T23:59Z", "2020-02-29T23:59:60Z", "2020-02-29T23:59:59.Z",
        "2020-02-29T23:59:59.1234567890Z", "2020-02-29T23:59:59+2:00", "2020-02-29T23:59:59+15:00", "2020-02-29T23:59:59 Z",
        "2020-02-29T23:59:59ZZ", "now", "infinity", "0000-01-01T00:00:00Z"}) {
    CAPTURE(text);
    CHECK_FALSE(is_iso_moment(text));
  }
}

}  // namespace rekey::test
