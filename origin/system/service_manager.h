// Messages to the service manager that started this process: systemd's protocol, sd_notify(3). Datagrams of NAME=value lines go
// to the socket in NOTIFY_SOCKET. Without that variable nobody listens, and tell() does nothing. From any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace rekey {

class ServiceManager {
 public:
  // In: a path, `@name` for a socket in the abstract namespace, or "".
  explicit ServiceManager(std::string socket) : socket_(std::move(socket)) {}

  bool listens() const { return !socket_.empty(); }

  // In: `READY=1`, `WATCHDOG=1`, `STOPPING=1` or `STATUS=...`. Lost if the manager takes no datagram: it then restarts the
  // service.
  void tell(std::string_view state) const noexcept;

 private:
  std::string socket_;
};

// In: WATCHDOG_USEC and WATCHDOG_PID, nullptr if unset.
// Returns: the time within which the manager wants each WATCHDOG=1; nothing if it wants none from this process.
std::optional<std::chrono::microseconds> watchdog_interval(const char* microseconds, const char* process);

}  // namespace rekey
