#include "origin/api/call_record.h"

#include <catch2/catch.hpp>
#include <thread>

#include "tests/origin/mail_fakes.h"
#include "tests/origin/use_case_fakes.h"

namespace rekey::test {
namespace {

struct RecordWorld {
  RememberedEvents log;
  FakeMetrics metrics;
  HandClock clock;
  CallEvents events{log};
};

}  // namespace

TEST_CASE("an event of a call is written at its end, with use case, outcome and duration", "[call_record]") {
  RecordWorld world;
  {
    CallRecord record(world.events, world.metrics, world.clock, world.clock.steady_now());
    record.set_use_case("forgot-password");
    world.events.write(Event::kForgotAccepted, "id", {{"n", 1}});
    CHECK(world.log.everything().empty());
    world.clock.pass(std::chrono::milliseconds(25));
    record.set_outcome("accepted");
  }
  CHECK(world.log.lines(Event::kForgotAccepted) ==
        std::vector<std::string>{"id n=1 use_case=forgot-password outcome=accepted duration_us=25000"});
  const auto requests = world.metrics.requests();
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].outcome == "accepted");
  CHECK(requests[0].duration == std::chrono::milliseconds(25));
}

TEST_CASE("events outside a call, and those of other threads, are written at once", "[call_record]") {
  RecordWorld world;
  world.events.write(Event::kMailTaken, "before");
  {
    const CallRecord record(world.events, world.metrics, world.clock, world.clock.steady_now());
    std::thread([&] { world.events.write(Event::kMailTaken, "beside"); }).join();
  }
  world.events.write(Event::kMailTaken, "after");
  CHECK(world.log.lines(Event::kMailTaken) == std::vector<std::string>{"before", "beside", "after"});
}

TEST_CASE("a call without a signature is in the log, but not among the counted ones", "[call_record]") {
  RecordWorld world;
  {
    CallRecord record(world.events, world.metrics, world.clock, world.clock.steady_now());
    world.events.write(Event::kUnsigned, "");
    record.set_outcome("problem_401");
  }
  CHECK(world.log.lines(Event::kUnsigned) == std::vector<std::string>{" outcome=problem_401 duration_us=0"});
  CHECK(world.metrics.requests().empty());
}

TEST_CASE("two calls of one thread do not mix their events", "[call_record]") {
  RecordWorld world;
  for (const auto* id : {"first", "second"}) {
    CallRecord record(world.events, world.metrics, world.clock, world.clock.steady_now());
    world.events.write(Event::kLoginFailed, id);
    record.set_outcome(id);
  }
  CHECK(world.log.lines(Event::kLoginFailed) ==
        std::vector<std::string>{"first outcome=first duration_us=0", "second outcome=second duration_us=0"});
}

}  // namespace rekey::test
