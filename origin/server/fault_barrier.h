// The one place where an exception of the origin ends: Unavailable becomes 503 with Retry-After, anything else 500.
// No text of an exception is answered; the log gets its type.
#pragma once

#include "origin/ports/event_log.h"
#include "origin/ports/metrics.h"
#include "origin/server/http_application.h"

namespace rekey {

class FaultBarrier : public HttpApplication {
 public:
  FaultBarrier(HttpApplication& application, EventLog& log, Metrics& metrics)
      : application_(application), log_(log), metrics_(metrics) {}

  HttpAnswer answer(const HttpRequest& request) override;

 private:
  HttpApplication& application_;
  EventLog& log_;
  Metrics& metrics_;
};

}  // namespace rekey
