// Lets an event pass once a minute: for an alarm that every call would raise, and that would fill the log. Safe from every
// thread.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>

namespace rekey {

class EventPace {
 public:
  // Returns: whether to write the event.
  bool passes(std::chrono::steady_clock::time_point now) {
    const std::lock_guard lock(mutex_);
    if (last_ && now - *last_ < kPause) return false;
    last_ = now;
    return true;
  }

 private:
  static constexpr std::chrono::minutes kPause{1};
  std::mutex mutex_;
  std::optional<std::chrono::steady_clock::time_point> last_;
};

}  // namespace rekey
