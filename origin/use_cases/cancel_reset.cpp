#include "origin/use_cases/cancel_reset.h"

namespace rekey {

void CancelReset::run(const TokenHash& token, const EmailAddress& email, const RequestInfo& request) {
  recovery_.cancel_reset_token(token, email, request);
  events_.write(Event::kResetCancelled, request.request_id);
}

}  // namespace rekey
