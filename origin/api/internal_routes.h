// Receives the edge's calls, POST /internal/<use case>. Checks path and method, then verifies the signature
// (shared/message_signature.h). A call without a valid signature gets 401 with a type of its own, and reaches neither a use case
// nor the database. The body goes to InternalApi (internal_api.h), which parses the envelope, finds the use case by its name in
// shared/internal_calls.h, and runs it (origin/use_cases). Each call has a record of its end (call_record.h).
#pragma once

#include "origin/api/call_record.h"
#include "origin/api/internal_api.h"
#include "origin/http/fault_barrier.h"
#include "origin/http/http_application.h"
#include "origin/ports/clock.h"
#include "origin/ports/event_log.h"
#include "origin/ports/metrics.h"
#include "shared/key_ring.h"
#include "shared/result.h"

namespace rekey {

// All outlive the routes.
struct InternalRoutesPorts {
  InternalApi& api;
  const KeyRing& edge_keys;  // EDGE_ORIGIN_KEYS
  const Clock& clock;
  CallEvents& events;  // to which the use cases of `api` write, too
  Metrics& metrics;
};

class InternalRoutes : public HttpApplication {
 public:
  explicit InternalRoutes(const InternalRoutesPorts& ports) : ports_(ports), barrier_(ports.events, ports.metrics) {}

  HttpAnswer answer(const HttpRequest& request) override;
  Effort effort_of(const HttpRequest& request) const override;  // by the path alone: nothing is verified yet

 private:
  HttpAnswer route(const HttpRequest& request, CallRecord& record, std::string& request_id);
  Result<std::string> verify(const HttpRequest& request) const;
  HttpAnswer refuse_unsigned(Error error);
  HttpAnswer refuse_stale();
  HttpAnswer run(std::string_view use_case, const HttpRequest& request, CallRecord& record, std::string_view nonce);

  InternalRoutesPorts ports_;
  FaultBarrier barrier_;
};

}  // namespace rekey
