// Stores a request for a reset link: one INSERT without a look-up, the same for every address, so neither the answer nor its time
// reveals an account. The mail worker finds the row by itself: origin/mail/mail_worker.h.
// Promises: A1, B8 of tests/attacks.md.
#pragma once

#include "origin/ports/event_log.h"
#include "origin/ports/metrics.h"
#include "origin/ports/store.h"

namespace rekey {

class ForgotPassword {
 public:
  ForgotPassword(RecoveryStore& recovery, EventLog& events, Metrics& metrics)
      : recovery_(recovery), events_(events), metrics_(metrics) {}

  // In: the edge's mark; a suppressed request is stored as ended, and causes no mail.
  // Throws: Unavailable; the same call again is harmless.
  void run(const EmailAddress& email, ForgotMark mark, const RequestInfo& request);

 private:
  RecoveryStore& recovery_;
  EventLog& events_;
  Metrics& metrics_;
};

}  // namespace rekey
