#include "origin/use_cases/log_out.h"

namespace rekey {

void LogOut::run(const TokenHash& session, const RequestInfo& request) {
  accounts_.end_session(session, request);
  events_.write(Event::kLoggedOut, request.request_id);
}

}  // namespace rekey
