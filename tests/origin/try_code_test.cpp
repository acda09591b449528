#include <catch2/catch.hpp>

#include "tests/origin/use_case_world.h"

using namespace rekey;
using namespace rekey::test;
using Kind = ResetPasswordOutcome::Kind;

namespace {

const CodeTry kRight{"AAAAAAAAAAAAAAAAAAAAAA", *KeyFingerprints::parse("7:0011223344556677")};
const CodeTry kWrong{"AAAAAAAAAAAAAAAAAAAAAA", *KeyFingerprints::parse("7:ffffffffffffffff")};

struct CodeCase : UseCaseWorld {
  CodeCase() {
    recovery.issue(kSomeToken, "ada");
    recovery.codes[kRight.prints.text()] = kSomeToken;
  }
};

}  // namespace

TEST_CASE("C04: the right code sets the password once, as its link would", "[try_code]") {
  CodeCase world;
  CHECK(world.reset_password.accepts(kRight, world.request));
  CHECK(world.reset_password.run_by_code({kRight, "a good new one"}, world.request).kind == Kind::kOk);
  CHECK(world.reset_password.run_by_code({kRight, "a good new one"}, world.request).kind == Kind::kOk);  // repeated
  CHECK(world.reset_password.run_by_code({kRight, "a good new one"}, world.later).kind == Kind::kBadToken);
  CHECK_FALSE(world.reset_password.accepts(kRight, world.later));
  CHECK(world.hasher.hashed == 1);
  CHECK(world.events.count(Event::kPasswordReset) == 1);
  CHECK(world.metrics.counted(Counter::kCodes, "right") == 5);
}

TEST_CASE("C05: a wrong code costs no hash and rings no alarm about the key", "[try_code]") {
  CodeCase world;
  CHECK(world.reset_password.run_by_code({kWrong, "a good new one"}, world.request).kind == Kind::kBadToken);
  CHECK_FALSE(world.reset_password.accepts(kWrong, world.request));
  CHECK(world.hasher.hashed == 0);
  CHECK(world.events.count(Event::kCodeRefused) == 2);
  CHECK(world.metrics.counted(Counter::kCodes, "wrong") == 2);
  CHECK(world.metrics.counted(Counter::kUnknownAuthenticTokens) == 0);
  CHECK(world.metrics.counted(Counter::kAlarms) == 0);
}

TEST_CASE("C11: a used-up budget rings an alarm at each try, and is written down once a minute", "[try_code]") {
  CodeCase world;
  world.recovery.misses = CodeVerdict::Misses::kUsedUp;
  for (int i = 0; i < 3; ++i) CHECK_FALSE(world.reset_password.accepts(kWrong, world.request));
  CHECK(world.metrics.counted(Counter::kAlarms, "code_budget") == 3);
  CHECK(world.events.count(Event::kCodesUsedUp) == 1);
}

TEST_CASE("a refused password leaves the code usable", "[try_code]") {
  CodeCase world;
  CHECK(world.reset_password.run_by_code({kRight, "password"}, world.request).refusal == Error::kPasswordCommon);
  CHECK(world.reset_password.accepts(kRight, world.later));
}

TEST_CASE("where mails have no code, none is right and the store is not asked", "[try_code]") {
  CodeCase world;
  TryCode off(world.recovery, 0, world.clock, world.events, world.metrics);
  world.recovery.misses = CodeVerdict::Misses::kUsedUp;
  CHECK_FALSE(off.run(kRight, world.request));
  CHECK(world.metrics.counted(Counter::kAlarms) == 0);
  CHECK(world.metrics.counted(Counter::kCodes) == 0);
}

TEST_CASE("G01: no event holds a code's print", "[try_code]") {
  CodeCase world;
  world.reset_password.accepts(kRight, world.request);
  world.reset_password.accepts(kWrong, world.request);
  CHECK(world.events.text().find("ffffffffffffffff") == std::string::npos);
  CHECK(world.events.text().find("0011223344556677") == std::string::npos);
}
