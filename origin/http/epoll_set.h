// The sockets that a thread waits for (epoll(7), level-triggered), each with an id chosen by the caller; and a descriptor by
// which other threads wake it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "origin/http/file_descriptor.h"

namespace rekey {

enum class Interest : std::uint8_t { kNone, kReadable, kWritable };
enum class Readiness : std::uint8_t { kReady, kBroken };  // kBroken: the other side is gone

struct SocketEvent {
  std::uint64_t id = 0;
  Readiness readiness = Readiness::kReady;
};

class EpollSet {
 public:
  EpollSet();  // Throws: std::system_error.

  // Each returns: whether the system call succeeded.
  bool add(int fd, std::uint64_t id, Interest interest);
  bool change(int fd, std::uint64_t id, Interest interest);

  void remove(int fd);  // closing the descriptor does the same

  // Waits for events, for at most `at_most`. Fills `events`.
  void wait(std::optional<std::chrono::nanoseconds> at_most, std::vector<SocketEvent>& events);

 private:
  bool control(int operation, int fd, std::uint64_t id, Interest interest);
  FileDescriptor epoll_;
};

// A descriptor to wait for; poke() may be called from any thread and from a signal handler.
class WakeUp {
 public:
  WakeUp();  // Throws: std::system_error.
  void poke();
  void clear();
  int fd() const { return event_.get(); }

 private:
  FileDescriptor event_;
};

}  // namespace rekey
