#include "origin/use_cases/cancel_reset.h"

namespace rekey {

void CancelReset::run(const TokenHash& token, const EmailAddress& email, const RequestInfo& request) {
  if (!recovery_.cancel_reset_token(token, email, request)) return alarm_.check(token, request);
  events_.write(Event::kResetCancelled, request.request_id);
}

}  // namespace rekey
