// "This was not me": ends a reset token for whoever holds it and types the account's address. The answer is the same in every
// case. Why the address: programs that scan mail press buttons; they don't type addresses.
#pragma once

#include "origin/use_cases/token_alarm.h"

namespace rekey {

class CancelReset {
 public:
  CancelReset(RecoveryStore& recovery, EventLog& events, Metrics& metrics)
      : recovery_(recovery), events_(events), alarm_(recovery, events, metrics) {}

  // Throws: Unavailable; the token may live on, or the alarm was not raised.
  void run(const TokenHash& token, const EmailAddress& email, const RequestInfo& request);

 private:
  RecoveryStore& recovery_;
  EventLog& events_;
  TokenAlarm alarm_;
};

}  // namespace rekey
