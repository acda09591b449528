// Compares a typed code with the one that was mailed. The edge has verified the recovery id, and sends the code's prints: shared/
// recovery_code.h. The store counts wrong codes, five of each request and a number for the whole installation, so that nobody
// guesses a code: DESIGN.md, "The code". The right code leads to its link's hash; whether that link still lives, reset_password.h
// asks.
// Promises: C04 to C11 of tests/attacks.md.
#pragma once

#include <cstdint>
#include <optional>

#include "origin/ports/clock.h"
#include "origin/ports/event_log.h"
#include "origin/ports/event_pace.h"
#include "origin/ports/metrics.h"
#include "origin/ports/store.h"

namespace rekey {

class TryCode {
 public:
  // In: CODE_MISSES_A_DAY; with 0 no code is right.
  TryCode(RecoveryStore& recovery, std::uint32_t missed_a_day, const Clock& clock, EventLog& events, Metrics& metrics)
      : recovery_(recovery), missed_a_day_(missed_a_day), clock_(clock), events_(events), metrics_(metrics) {}

  // Returns: the hash of the code's link, dead or alive; nothing for a wrong code, a dead one, or none. The same steps for every
  // request. Throws: Unavailable; the same call again counts once.
  std::optional<TokenHash> run(const CodeTry& attempt, const RequestInfo& request);

 private:
  void raise_alarm(const RequestInfo& request);

  RecoveryStore& recovery_;
  const std::uint32_t missed_a_day_;
  const Clock& clock_;
  EventLog& events_;
  Metrics& metrics_;
  EventPace alarms_;
};

}  // namespace rekey
