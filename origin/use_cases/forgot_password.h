// A1, B8: writes down that somebody asked for a reset link. One INSERT, the same for every address, and nothing is looked at:
// neither the answer nor its time can tell whether there is an account. The mail worker does the rest.
#pragma once

#include <functional>

#include "origin/ports/event_log.h"
#include "origin/ports/store.h"

namespace rekey {

class ForgotPassword {
 public:
  // In: `wake` is called after the commit; it must not block.
  ForgotPassword(RecoveryStore& recovery, EventLog& events, std::function<void()> wake)
      : recovery_(recovery), events_(events), wake_(std::move(wake)) {}

  // Throws: Unavailable; the same call again is harmless.
  void run(const EmailAddress& email, ForgotMark mark, const RequestInfo& request);

 private:
  RecoveryStore& recovery_;
  EventLog& events_;
  std::function<void()> wake_;
};

}  // namespace rekey
