// A1, B8: stores a reset request. One INSERT, the same for every address, and no look-up: neither the answer nor its time can
// tell whether there is an account. The mail worker does the rest.
#pragma once

#include "origin/ports/event_log.h"
#include "origin/ports/metrics.h"
#include "origin/ports/store.h"

namespace rekey {

class ForgotPassword {
 public:
  ForgotPassword(RecoveryStore& recovery, EventLog& events, Metrics& metrics)
      : recovery_(recovery), events_(events), metrics_(metrics) {}

  // Throws: Unavailable; the same call again is harmless.
  void run(const EmailAddress& email, ForgotMark mark, const RequestInfo& request);

 private:
  RecoveryStore& recovery_;
  EventLog& events_;
  Metrics& metrics_;
};

}  // namespace rekey
