// What a listener serves. Whole, well-framed requests come in; the transport is no concern of it.
#pragma once

#include <cstdint>

#include "origin/http/http_answer.h"
#include "origin/http/http_request.h"

namespace rekey {

// What an answer costs. The two kinds wait apart and have threads of their own, so that a flood of the one keeps nobody from the
// other.
enum class Effort : std::uint8_t {
  kLight,  // a statement or two
  kHeavy,  // a slow hash as well: a core for tens of milliseconds
};

class HttpApplication {
 public:
  virtual ~HttpApplication() = default;
  // Called by several threads at once.
  virtual HttpAnswer answer(const HttpRequest& request) = 0;
  // Called by the thread that reads all connections: must not wait, nor throw.
  virtual Effort effort_of(const HttpRequest&) const { return Effort::kLight; }
};

}  // namespace rekey
