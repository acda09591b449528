// Accepts connections from a listening socket: a bounded number at once, so that open connections get their turn, and with a
// pause if the system has no descriptor or memory left. Used by http_front alone; one thread.
#pragma once

#include <functional>
#include <optional>

#include "origin/http/epoll_set.h"
#include "origin/http/listen_address.h"
#include "origin/ports/clock.h"

namespace rekey {

class Acceptor {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Listens at once; `epoll` reports new clients under `id`. The set and the clock outlive the object.
  // Throws: std::runtime_error as open_listener().
  Acceptor(const ListenAddress& address, EpollSet& epoll, std::uint64_t id, const Clock& clock);

  std::uint16_t port() const { return port_; }

  // In: `admit` gets each new connection; `make_room` is called if there is no descriptor for the next one.
  void accept_all(const std::function<void(FileDescriptor)>& admit, const std::function<void()>& make_room);

  // Returns: the end of the pause, if there is one; resume() must be called then.
  std::optional<Time> paused_until() const { return paused_until_; }
  void resume();

  void close() { listener_.reset(); }  // for good

 private:
  void pause();

  FileDescriptor listener_;
  const std::uint16_t port_;
  EpollSet& epoll_;
  const std::uint64_t id_;
  const Clock& clock_;
  std::optional<Time> paused_until_;
};

}  // namespace rekey
