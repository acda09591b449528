#include "origin/use_cases/token_alarm.h"

namespace rekey {

void TokenAlarm::check(const TokenHash& token, const RequestInfo& request) {
  if (recovery_.was_issued(token)) return;
  metrics_.count(Counter::kUnknownAuthenticTokens);
  metrics_.count(Counter::kAlarms, Label::kKeyKnown);
  events_.write(Event::kUnknownAuthenticToken, request.request_id);
}

}  // namespace rekey
