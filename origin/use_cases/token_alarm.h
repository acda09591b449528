// What follows from an authentic token that does not work. The edge has verified its tag: it is one of ours, or somebody else
// holds the key. Used by the use cases that take a reset token.
#pragma once

#include "origin/ports/event_log.h"
#include "origin/ports/metrics.h"
#include "origin/ports/store.h"

namespace rekey {

class TokenAlarm {
 public:
  TokenAlarm(RecoveryStore& recovery, EventLog& events, Metrics& metrics)
      : recovery_(recovery), events_(events), metrics_(metrics) {}

  // Raises the alarm if the token was never issued. Throws: Unavailable.
  void check(const TokenHash& token, const RequestInfo& request);

 private:
  RecoveryStore& recovery_;
  EventLog& events_;
  Metrics& metrics_;
};

}  // namespace rekey
