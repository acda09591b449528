// The only place that catches a request's exceptions: Unavailable becomes 503 with Retry-After, anything else 500.
// No answer holds an exception's text. The log gets the fixed text of Unavailable, and only the type of others.
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

  // In: `request_id` is read only after an exception; `answer` may set it.
  HttpAnswer guard(const std::string& request_id, const std::function<HttpAnswer()>& answer) const;

 private:
  EventLog& log_;
  Metrics& metrics_;
};

}  // namespace rekey
