// Turns at the slow hash: so many work at once, the others wait in line, first come first served, and none for long.
// Why a line with an end: hashing is the one thing here that a flood could exhaust; who would wait too long is better told to
// come back.
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
  std::size_t slots = 2;          // hashes at once: one a core; each takes the memory of its parameters
  std::size_t most_waiting = 64;  // callers in line; the next is turned away at once
  std::chrono::milliseconds longest_wait{1000};
};

class HashTurns {
 public:
  // In: `when_idle` is called when nobody works or waits any more; it must not come back here.
  HashTurns(const HashTurnSettings& settings, Metrics& metrics, std::function<void()> when_idle)
      : settings_(settings), metrics_(metrics), when_idle_(std::move(when_idle)) {}

  // Holds a slot as long as it lives.
  class Turn {
   public:
    // Throws: Unavailable when the line is full or the turn did not come in time.
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
