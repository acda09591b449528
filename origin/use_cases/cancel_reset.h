// "This was not me": ends a reset token for whoever holds it and types the account's address. The answer is the same in every
// case. Why the address: programs that scan mail press buttons; they don't type addresses.
#pragma once

#include "origin/ports/event_log.h"
#include "origin/ports/store.h"

namespace rekey {

class CancelReset {
 public:
  CancelReset(RecoveryStore& recovery, EventLog& events) : recovery_(recovery), events_(events) {}

  // Throws: Unavailable; the token may live on.
  void run(const TokenHash& token, const EmailAddress& email, const RequestInfo& request);

 private:
  RecoveryStore& recovery_;
  EventLog& events_;
};

}  // namespace rekey
