// The origin's clock, for the age of signatures and for measuring time. Expiry is judged by the database's clock alone.
#pragma once

#include <chrono>

namespace rekey {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::chrono::sys_seconds now() const = 0;
  virtual std::chrono::steady_clock::time_point steady_now() const = 0;
};

}  // namespace rekey
