#include "origin/use_cases/forgot_password.h"

namespace rekey {

void ForgotPassword::run(const EmailAddress& email, ForgotMark mark, const RequestInfo& request) {
  const auto inserted = recovery_.insert_reset_request(email, mark, request);
  if (inserted == Inserted::kYes && mark == ForgotMark::kSuppressed) metrics_.ended(Ended::kRequest, MailEnd::kEdgeLimit);
  events_.write(Event::kForgotAccepted, request.request_id);
}

}  // namespace rekey
