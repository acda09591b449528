// The endpoints for the operator's tools, on a separate listener that no client reaches: /healthz (the process answers), /readyz
// (the database does too), /metrics (Prometheus text format).
#pragma once

#include <functional>
#include <string>

#include "origin/http/fault_barrier.h"
#include "origin/http/http_application.h"

namespace rekey {

struct OperationPorts {
  std::function<void()> ping;          // returns when the database answers; throws Unavailable
  std::function<std::string()> write;  // returns the current metrics
};

class OperationRoutes : public HttpApplication {
 public:
  OperationRoutes(OperationPorts ports, FaultBarrier barrier) : ports_(std::move(ports)), barrier_(barrier) {}

  HttpAnswer answer(const HttpRequest& request) override;

 private:
  HttpAnswer route(const HttpRequest& request) const;

  OperationPorts ports_;
  FaultBarrier barrier_;
};

}  // namespace rekey
