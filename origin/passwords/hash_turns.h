// Turns at the slow hash: a bounded number run at once; the others wait in order of arrival, for a bounded time.
// Why a bounded queue: in a flood of calls each would wait too long; a caller turned away at once can try again later.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>

#include "origin/ports/metrics.h"

namespace rekey {

struct HashTurnSettings {
  std::size_t slots = 2;          // hashes at once: one per core; each takes the memory of its parameters
  std::size_t most_waiting = 64;  // callers that wait; the next is turned away at once
  std::chrono::milliseconds longest_wait{1000};
};

class HashTurns {
 public:
  // In: `when_idle` is called when no caller works or waits; it must not call this object.
  HashTurns(const HashTurnSettings& settings, Metrics& metrics, std::function<void()> when_idle)
      : settings_(settings), metrics_(metrics), when_idle_(std::move(when_idle)) {}

  // Holds a slot for its lifetime.
  class Turn {
   public:
    // Throws: Unavailable if the queue is full or the turn did not come in time.
    explicit Turn(HashTurns& turns) : turns_(turns) { turns_.enter(); }
    ~Turn() { turns_.leave(); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    HashTurns& turns_;
  };

 private:
  struct Waiter;
  void enter();
  void wait_in_line(std::unique_lock<std::mutex>& lock);
  void leave();

  const HashTurnSettings settings_;
  Metrics& metrics_;
  const std::function<void()> when_idle_;
  std::mutex mutex_;
  std::size_t busy_ = 0;
  std::deque<Waiter*> line_;
};

}  // namespace rekey
