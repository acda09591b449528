// Answers the requests of a listener. Gets whole, well-framed requests; independent of the transport.
#pragma once

#include <cstdint>

#include "origin/http/http_answer.h"
#include "origin/http/http_request.h"

namespace rekey {

// The cost of an answer. The two kinds have separate queues and threads, so that a flood of one does not block the other.
enum class Effort : std::uint8_t {
  kLight,  // up to three statements
  kHeavy,  // a slow hash as well: a core for tens of milliseconds
};

class HttpApplication {
 public:
  virtual ~HttpApplication() = default;
  // Called from several threads at once.
  virtual HttpAnswer answer(const HttpRequest& request) = 0;
  // Called from the thread that reads all connections: must not block or throw.
  virtual Effort effort_of(const HttpRequest&) const { return Effort::kLight; }
};

}  // namespace rekey
