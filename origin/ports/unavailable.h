// The one exception that a call may end with: a resource is unavailable for now (the database, randomness, a place in the hash
// queue). Thrown by the stores, the hasher and the generator. Caught in origin/http/fault_barrier.h, which answers 503, and by
// the mail worker, which waits and tries again.
#pragma once

#include <stdexcept>

namespace rekey {

class Unavailable : public std::runtime_error {
 public:
  // In: a fixed text for the log, without values of a request or a setting.
  using std::runtime_error::runtime_error;
};

}  // namespace rekey
