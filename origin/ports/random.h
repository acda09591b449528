// The operating system's generator: seeds, salts, ids.
#pragma once

#include "shared/codec/bytes.h"

namespace rekey {

class Random {
 public:
  virtual ~Random() = default;
  // Throws: Unavailable if the system gives no randomness; `out` is then all zeros and must not be used.
  virtual void fill(MutableBytes out) = 0;
};

}  // namespace rekey
