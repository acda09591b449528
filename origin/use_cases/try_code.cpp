#include "origin/use_cases/try_code.h"

namespace rekey {

std::optional<TokenHash> TryCode::run(const CodeTry& attempt, const RequestInfo& request) {
  if (missed_a_day_ == 0) return std::nullopt;
  const auto verdict = recovery_.try_code(attempt, missed_a_day_, request);
  if (verdict.misses == CodeVerdict::Misses::kUsedUp) raise_alarm(request);
  metrics_.count(Counter::kCodes, verdict.token ? Label::kRight : Label::kWrong);
  if (!verdict.token) events_.write(Event::kCodeRefused, request.request_id);
  return verdict.token;
}

// Every further try would raise it again.
void TryCode::raise_alarm(const RequestInfo& request) {
  metrics_.count(Counter::kAlarms, Label::kCodeBudget);
  if (alarms_.passes(clock_.steady_now()))
    events_.write(Event::kCodesUsedUp, request.request_id, {{"a_day", std::int64_t{missed_a_day_}}});
}

}  // namespace rekey
