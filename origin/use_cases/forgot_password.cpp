#include "origin/use_cases/forgot_password.h"

namespace rekey {

void ForgotPassword::run(const EmailAddress& email, ForgotMark mark, const RequestInfo& request) {
  recovery_.insert_reset_request(email, mark, request);
  events_.write(Event::kForgotAccepted, request.request_id);
  wake_();
}

}  // namespace rekey
