// The one place where an exception of a request ends: Unavailable becomes 503 with Retry-After, anything else 500.
// No text of an exception is answered; the log gets the fixed text of the one, the type of the other.
#pragma once

#include <functional>
#include <string>

#include "origin/http/http_answer.h"
#include "origin/ports/event_log.h"
#include "origin/ports/metrics.h"

namespace rekey {

class FaultBarrier {
 public:
  FaultBarrier(EventLog& log, Metrics& metrics) : log_(log), metrics_(metrics) {}

  // In: `request_id` is looked at when something was thrown; `answer` may learn it on its way.
  HttpAnswer guard(const std::string& request_id, const std::function<HttpAnswer()>& answer) const;

 private:
  EventLog& log_;
  Metrics& metrics_;
};

}  // namespace rekey
