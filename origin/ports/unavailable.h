// The one exception of the origin: something of the world is gone for now (database, randomness, the hash queue is full).
// Thrown by adapters, caught once, in the server, which answers 503, and in the workers, which wait and try again.
#pragma once

#include <stdexcept>

namespace rekey {

class Unavailable : public std::runtime_error {
 public:
  // In: a fixed text for the log, without any value of a request or a setting.
  using std::runtime_error::runtime_error;
};

}  // namespace rekey
