// How much of a listener its clients may hold, and for how long.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

#include "origin/ports/metrics.h"

namespace rekey {

struct LaneLimits {
  std::size_t workers = 64;                    // threads that answer
  std::size_t queue = 256;                     // whole requests that wait for a thread; the surplus gets 503 at once
  std::chrono::milliseconds queue_wait{1000};  // one that waited longer gets 503: its caller is about to give up
  std::optional<Gauge> waiting{};              // shows how many wait, where the operator is told of it
};

struct FrontLimits {
  Label name = Label::kEdge;                  // whom the listener is for: of its count of connections
  std::size_t connections = 4096;             // one more, and the one that waited longest for its request goes
  LaneLimits light;                           // requests of Effort::kLight
  LaneLimits heavy;                           // and those of Effort::kHeavy, with threads of their own
  std::chrono::milliseconds request{5000};    // from the first byte to the last
  std::chrono::milliseconds idle{30000};      // between two requests of one connection
  std::chrono::milliseconds response{5000};   // for the client to take the answer
  std::chrono::milliseconds farewell{1000};   // for the client to close after we did
  std::chrono::milliseconds shutdown{10000};  // for what is under way when stop() is called
};

}  // namespace rekey
