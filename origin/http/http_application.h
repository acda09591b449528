// What a listener serves. Whole, well-framed requests come in; the transport is no concern of it.
#pragma once

#include "origin/http/effort.h"
#include "origin/http/http_answer.h"
#include "origin/http/http_request.h"

namespace rekey {

class HttpApplication {
 public:
  virtual ~HttpApplication() = default;
  // Called by several threads at once.
  virtual HttpAnswer answer(const HttpRequest& request) = 0;
  // Called by the thread that reads all connections: must not wait, nor throw.
  virtual Effort effort_of(const HttpRequest&) const { return Effort::kLight; }
};

}  // namespace rekey
