// B11: ends a session. Whoever asks gets the same answer, whether there was one or not.
#pragma once

#include "origin/ports/event_log.h"
#include "origin/ports/store.h"

namespace rekey {

class LogOut {
 public:
  LogOut(AccountStore& accounts, EventLog& events) : accounts_(accounts), events_(events) {}

  // Throws: Unavailable; the session may live on.
  void run(const TokenHash& session, const RequestInfo& request);

 private:
  AccountStore& accounts_;
  EventLog& events_;
};

}  // namespace rekey
