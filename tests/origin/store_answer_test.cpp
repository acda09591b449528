// The table of answers to calls with an Idempotency-Key.
#include <catch2/catch.hpp>

#include "tests/origin/race_start.h"
#include "tests/origin/store_world.h"

using namespace rekey;
using namespace rekey::test;

namespace {

using Kind = BegunCall::Kind;

CallRepeat repeat_of(std::uint64_t key, std::uint64_t body) { return {hash_number(key), hash_number(body)}; }

const CallRepeat kCall = repeat_of(1, 2);

}  // namespace

TEST_CASE("R12: the first call runs, and later ones get its answer", "[answer_store]") {
  StoreWorld world;
  const auto first = world.answers.begin(kCall, "first");
  CHECK(first.kind == Kind::kRun);
  CHECK(first.request_id == "first");
  world.answers.keep(kCall, {CallOutcome::kPasswordRefused, "common"});
  for (const auto* id : {"first", "second"}) {
    const auto again = world.answers.begin(kCall, id);
    CHECK(again.kind == Kind::kAnswered);
    CHECK(again.answer.outcome == CallOutcome::kPasswordRefused);
    CHECK(again.answer.detail == "common");
  }
  world.answers.keep(kCall, {CallOutcome::kOk});
  CHECK(world.answers.begin(kCall, "third").answer.outcome == CallOutcome::kPasswordRefused);
}

TEST_CASE("R12: another body is refused, before and after the answer; another key is another call", "[answer_store]") {
  StoreWorld world;
  world.answers.begin(kCall, "first");
  CHECK(world.answers.begin(repeat_of(1, 3), "second").kind == Kind::kOtherBody);
  world.answers.keep(kCall, {CallOutcome::kOk});
  CHECK(world.answers.begin(repeat_of(1, 3), "second").kind == Kind::kOtherBody);
  CHECK(world.answers.begin(repeat_of(4, 2), "second").kind == Kind::kRun);
}

TEST_CASE("R12: while a call is under way another one waits, but its own repetition runs", "[answer_store]") {
  StoreWorld world;
  world.answers.begin(kCall, "first");
  CHECK(world.answers.begin(kCall, "second").kind == Kind::kUnderWay);
  CHECK(world.answers.begin(kCall, "first").kind == Kind::kRun);
}

TEST_CASE("R12: after a call that died or was let go the next one runs under the first request id", "[answer_store]") {
  StoreWorld world;
  world.answers.begin(kCall, "first");
  world.let_pass("31 seconds");
  const auto second = world.answers.begin(kCall, "second");
  CHECK(second.kind == Kind::kRun);
  CHECK(second.request_id == "first");
  CHECK(world.answers.begin(kCall, "third").kind == Kind::kUnderWay);
  world.answers.let_go(kCall);
  CHECK(world.answers.begin(kCall, "third").request_id == "first");
}

TEST_CASE("R12: of many simultaneous calls one runs", "[answer_store][race]") {
  StoreWorld world;
  for (std::uint64_t round = 0; round < 50; ++round) {
    std::array<Kind, 8> kinds{};
    run_at_once(kinds.size(), [&](std::size_t i) {
      kinds[i] = world.answers.begin(repeat_of(100 + round, 2), "request " + std::to_string(i)).kind;
    });
    REQUIRE(std::count(kinds.begin(), kinds.end(), Kind::kRun) == 1);
    REQUIRE(std::count(kinds.begin(), kinds.end(), Kind::kUnderWay) == 7);
  }
}

TEST_CASE("R12: answers are kept for a day, and then pruned", "[answer_store][outbox]") {
  StoreWorld world;
  world.answers.begin(kCall, "first");
  world.answers.keep(kCall, {CallOutcome::kOk});
  world.let_pass("23 hours 59 minutes");
  CHECK(world.outbox.prune({}) == 0);
  CHECK(world.answers.begin(kCall, "second").kind == Kind::kAnswered);
  world.let_pass("2 minutes");
  CHECK(world.outbox.prune({}) == 1);
  CHECK(world.count("call_answers") == 0);
}
