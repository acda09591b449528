#include "origin/passwords/hash_turns.h"

#include <algorithm>

#include "origin/ports/unavailable.h"

namespace rekey {

// The leaving thread hands its slot to the waiter that it wakes: a newcomer can't take it.
struct HashTurns::Waiter {
  std::condition_variable called;
  enum class State : std::uint8_t { kWaiting, kCalled } state = State::kWaiting;
};

void HashTurns::enter() {
  std::unique_lock lock(mutex_);
  if (busy_ < settings_.slots) {
    ++busy_;
    return;
  }
  if (line_.size() >= settings_.most_waiting) throw Unavailable("too many calls wait for a password hash");
  const auto since = std::chrono::steady_clock::now();
  wait_in_line(lock);
  metrics_.observe(Timing::kHashWait, std::chrono::steady_clock::now() - since);
}

void HashTurns::wait_in_line(std::unique_lock<std::mutex>& lock) {
  Waiter self;
  line_.push_back(&self);
  const bool called =
      self.called.wait_for(lock, settings_.longest_wait, [&self] { return self.state == Waiter::State::kCalled; });
  if (called) return;
  line_.erase(std::find(line_.begin(), line_.end(), &self));
  throw Unavailable("waited too long for a password hash");
}

void HashTurns::leave() {
  const std::lock_guard lock(mutex_);
  if (line_.empty()) {
    if (--busy_ == 0) when_idle_();
    return;
  }
  Waiter* const next = line_.front();
  line_.pop_front();
  next->state = Waiter::State::kCalled;
  next->called.notify_one();
}

}  // namespace rekey
