#include "origin/postgres/database_clock.h"

#include <catch2/catch.hpp>

#include "origin/system/system_clock.h"
#include "tests/origin/database.h"
#include "tests/origin/use_case_fakes.h"

namespace rekey::test {
namespace {

// The machine's clock, which PostgreSQL shares, shifted.
class ShiftedClock final : public Clock {
 public:
  std::chrono::sys_seconds now() const override { return SystemClock().now() + shift; }
  std::chrono::steady_clock::time_point steady_now() const override { return SystemClock().steady_now(); }
  std::chrono::seconds shift{0};
};

struct ClockWorld {
  TestDatabase database;
  PostgresPool pool{{.database_url = database.url(), .size = 1}};
  ShiftedClock clock;
  FakeMetrics metrics;
  FakeEventLog log;
  ClockWatch watch{pool, clock, metrics, log};

  int alarms_after(std::chrono::seconds shift) {
    clock.shift = shift;
    watch.compare();
    CHECK(metrics.counted(Counter::kAlarms, "clock") == log.count(Event::kClockApart));
    return log.count(Event::kClockApart);
  }
};

}  // namespace

TEST_CASE("a database clock that differs raises one alarm, and another one only after it has agreed again", "[database_clock]") {
  ClockWorld world;
  CHECK(world.alarms_after(std::chrono::seconds(0)) == 0);
  CHECK(world.alarms_after(std::chrono::seconds(3)) == 0);
  CHECK(world.alarms_after(std::chrono::seconds(60)) == 1);
  CHECK(world.metrics.shown(Gauge::kClockAhead) <= -59);
  CHECK(world.alarms_after(std::chrono::seconds(60)) == 1);
  CHECK(world.alarms_after(std::chrono::seconds(0)) == 1);
  CHECK(world.alarms_after(std::chrono::seconds(-60)) == 2);
  CHECK(world.metrics.shown(Gauge::kClockAhead) >= 59);
  CHECK_THAT(world.log.text(), Catch::Contains("of=database"));
}

}  // namespace rekey::test
