// Calls with an Idempotency-Key, over a store in memory.
#include "origin/use_cases/repeated_calls.h"

#include <catch2/catch.hpp>
#include <map>
#include <stdexcept>

using namespace rekey;

namespace {

using Kind = BegunCall::Kind;

class FakeAnswers final : public AnswerStore {
 public:
  BegunCall begin(const CallRepeat&, const std::string&) override { return begun; }
  void keep(const CallRepeat&, const CallAnswer& answer) override { kept = answer; }
  void let_go(const CallRepeat&) noexcept override { was_let_go = true; }

  BegunCall begun{Kind::kRun, "first", {}};
  std::optional<CallAnswer> kept;
  bool was_let_go = false;
};

struct RepeatWorld {
  FakeAnswers answers;
  RepeatedCalls calls{answers};
  std::string ran_under;

  std::optional<CallAnswer> run(const std::optional<CallAnswer>& answer) {
    return calls.run({}, "second", [&](const std::string& request_id) {
      ran_under = request_id;
      return answer;
    });
  }
};

}  // namespace

TEST_CASE("R12: a call runs under the first call's request id, and its answer is kept", "[repeated_calls]") {
  RepeatWorld world;
  CHECK_FALSE(world.run(CallAnswer{CallOutcome::kBadToken}));
  CHECK(world.ran_under == "first");
  REQUIRE(world.answers.kept);
  CHECK(world.answers.kept->outcome == CallOutcome::kBadToken);
  CHECK_FALSE(world.answers.was_let_go);
}

TEST_CASE("R12: an answered call is not carried out again", "[repeated_calls]") {
  RepeatWorld world;
  world.answers.begun = {Kind::kAnswered, "first", {CallOutcome::kCreated, "an id"}};
  const auto answer = world.run(CallAnswer{});
  REQUIRE(answer);
  CHECK(answer->outcome == CallOutcome::kCreated);
  CHECK(answer->detail == "an id");
  CHECK(world.ran_under.empty());
}

TEST_CASE("R12: another body and a call under way have outcomes of their own", "[repeated_calls]") {
  RepeatWorld world;
  world.answers.begun = {Kind::kOtherBody, "first", {}};
  CHECK(world.run(CallAnswer{})->outcome == CallOutcome::kOtherBody);
  world.answers.begun = {Kind::kUnderWay, "first", {}};
  CHECK(world.run(CallAnswer{})->outcome == CallOutcome::kUnderWay);
  CHECK(world.ran_under.empty());
}

TEST_CASE("R12: a call that fails, or that has no answer of its own, is let go", "[repeated_calls]") {
  RepeatWorld world;
  CHECK_FALSE(world.run(std::nullopt));
  CHECK(world.answers.was_let_go);
  CHECK_FALSE(world.answers.kept);
  RepeatWorld failing;
  CHECK_THROWS_AS(
      failing.calls.run({}, "second", [](const std::string&) -> std::optional<CallAnswer> { throw std::runtime_error("gone"); }),
      std::runtime_error);
  CHECK(failing.answers.was_let_go);
}

TEST_CASE("R12: without a store every call runs", "[repeated_calls]") {
  AnswerStore none;
  RepeatedCalls calls(none);
  for (int i = 0; i < 2; ++i) {
    std::string ran_under;
    CHECK_FALSE(calls.run({}, "own", [&](const std::string& id) {
      ran_under = id;
      return std::optional(CallAnswer{});
    }));
    CHECK(ran_under == "own");
  }
}
