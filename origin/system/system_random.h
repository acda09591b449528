// getrandom(2): blocks until the kernel's generator is seeded, then never again. Safe from every thread.
#pragma once

#include "origin/ports/random.h"

namespace rekey {

class SystemRandom final : public Random {
 public:
  void fill(MutableBytes out) override;
};

}  // namespace rekey
