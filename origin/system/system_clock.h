// The machine's clocks. Safe from every thread.
#pragma once

#include "origin/ports/clock.h"

namespace rekey {

class SystemClock final : public Clock {
 public:
  std::chrono::sys_seconds now() const override;
  std::chrono::steady_clock::time_point steady_now() const override;
};

}  // namespace rekey
