#include "shared/internal_calls.h"

#include <algorithm>

namespace rekey {
namespace {

constexpr std::size_t kCalls = std::size(call_rules::kAll);
constexpr std::size_t kMostFields = 4;

constexpr bool are_in_the_order_of_their_enums() {
  for (std::size_t i = 0; i < kCalls; ++i) {
    if (static_cast<std::size_t>(call_rules::kAll[i].use_case) != i) return false;
  }
  return std::size(kOutcomeWords) == static_cast<std::size_t>(CallOutcome::kUnderWay) + 1 &&
         std::size(kInputRules) == static_cast<std::size_t>(InputField::kChosen) + 1 &&
         kCalls == static_cast<std::size_t>(UseCase::kHealth) + 1;
}
static_assert(are_in_the_order_of_their_enums());

using RuleRow = std::array<FieldRule, kMostFields>;

constexpr std::array<RuleRow, kCalls> make_input_rules() {
  std::array<RuleRow, kCalls> rows{};
  for (std::size_t i = 0; i < kCalls; ++i) {
    std::size_t at = 0;
    for (const InputField field : call_rules::kAll[i].input) rows[i][at++] = input_rule(field);
  }
  return rows;
}
constexpr std::array<RuleRow, kCalls> kRows = make_input_rules();

constexpr FieldRule kVersionRules[] = {{kVersionName, FieldKind::kInteger}};

}  // namespace

std::optional<std::int64_t> find_version(std::string_view body, std::size_t max_size) {
  std::vector<FieldProblem> problems;
  const auto object = JsonObject::parse(body, kVersionRules, problems, max_size, UnknownFields::kIgnore);
  if (!object) return std::nullopt;
  return object->integer(kVersionName);
}

std::optional<CallOutcome> find_outcome(std::string_view word) {
  const auto* const found = std::find(std::begin(kOutcomeWords), std::end(kOutcomeWords), word);
  if (found == std::end(kOutcomeWords)) return std::nullopt;
  return static_cast<CallOutcome>(found - std::begin(kOutcomeWords));
}

const CallRule* find_call(std::string_view name) {
  const auto* const found = std::find_if(std::begin(call_rules::kAll), std::end(call_rules::kAll),
                                         [name](const CallRule& rule) { return rule.name == name; });
  return found == std::end(call_rules::kAll) ? nullptr : found;
}

std::span<const FieldRule> input_rules(const CallRule& rule) {
  return std::span(kRows[static_cast<std::size_t>(rule.use_case)]).first(rule.input.size());
}

bool may_end_with(const CallRule& rule, CallOutcome outcome) {
  if (outcome >= CallOutcome::kOtherBody) return is_repeatable(rule.use_case);
  return std::find(rule.outcomes.begin(), rule.outcomes.end(), outcome) != rule.outcomes.end();
}

}  // namespace rekey
