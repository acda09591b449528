#include "shared/internal_calls.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

using namespace rekey;

TEST_CASE("each use case is found by its name, and by no other spelling", "[internal_calls]") {
  for (const auto& rule : call_rules::kAll) {
    CHECK(find_call(rule.name) == &rule);
    CHECK(&rule_of(rule.use_case) == &rule);
    CHECK(find_call(std::string(rule.name) + "/") == nullptr);
  }
  for (const auto* name : {"", "Login", "log-in", "drop-tables"}) CHECK(find_call(name) == nullptr);
}

TEST_CASE("each outcome is found by its word, and by no other", "[internal_calls]") {
  for (std::size_t i = 0; i < std::size(kOutcomeWords); ++i) {
    const auto outcome = static_cast<CallOutcome>(i);
    CHECK(find_outcome(outcome_word(outcome)) == outcome);
  }
  for (const auto* word : {"", "OK", "okay", "maybe"}) CHECK_FALSE(find_outcome(word));
}

TEST_CASE("a use case ends with its own outcomes and with no other", "[internal_calls]") {
  const auto& login = rule_of(UseCase::kLogin);
  CHECK(may_end_with(login, CallOutcome::kOk));
  CHECK(may_end_with(login, CallOutcome::kBadCredentials));
  CHECK_FALSE(may_end_with(login, CallOutcome::kAccepted));
  CHECK_FALSE(may_end_with(rule_of(UseCase::kForgotPassword), CallOutcome::kOk));
}

TEST_CASE("the input of a use case is read by the rules of its fields, in the table's order", "[internal_calls]") {
  const auto forgot = input_rules(rule_of(UseCase::kForgotPassword));
  REQUIRE(forgot.size() == 2);
  CHECK(forgot[0].name == "email");
  CHECK(forgot[1].name == "suppress");
  CHECK(forgot[1].kind == FieldKind::kBoolean);
  CHECK(input_rules(rule_of(UseCase::kHealth)).size() == 2);
  for (const auto& rule : call_rules::kAll) CHECK(input_rules(rule).size() == rule.input.size());
}

TEST_CASE("exactly the calls that set or verify a password hash", "[internal_calls]") {
  std::set<std::string_view> hashing;
  for (const auto& rule : call_rules::kAll) {
    if (rule.cost == CallCost::kHashing) hashing.insert(rule.name);
  }
  CHECK(hashing == std::set<std::string_view>{"register", "login", "change-password", "reset-password"});
}
