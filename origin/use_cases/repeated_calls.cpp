#include "origin/use_cases/repeated_calls.h"

namespace rekey {

std::optional<CallAnswer> RepeatedCalls::run(const CallRepeat& repeat, const std::string& request_id, const Work& work) {
  using Kind = BegunCall::Kind;
  const auto begun = answers_.begin(repeat, request_id);
  switch (begun.kind) {
    case Kind::kAnswered:
      return begun.answer;
    case Kind::kOtherBody:
      return CallAnswer{CallOutcome::kOtherBody};
    case Kind::kUnderWay:
      return CallAnswer{CallOutcome::kUnderWay};
    case Kind::kRun:
      carry_out(repeat, begun.request_id, work);
      return std::nullopt;
  }
  __builtin_trap();
}

void RepeatedCalls::carry_out(const CallRepeat& repeat, const std::string& request_id, const Work& work) {
  std::optional<CallAnswer> answer;
  try {
    answer = work(request_id);
  } catch (...) {
    answers_.let_go(repeat);
    throw;
  }
  if (!answer) return answers_.let_go(repeat);
  answers_.keep(repeat, *answer);
}

}  // namespace rekey
