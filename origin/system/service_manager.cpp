#include "origin/system/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstring>

namespace rekey {
namespace {

std::optional<long> number_in(const char* text) {
  if (text == nullptr) return std::nullopt;
  long number = 0;
  const char* const end = text + std::strlen(text);
  const auto [stop, error] = std::from_chars(text, end, number);
  if (error != std::errc() || stop != end || number <= 0) return std::nullopt;
  return number;
}

}  // namespace

// MSG_NOSIGNAL and MSG_DONTWAIT: a manager that is gone or busy neither ends nor delays this process.
void ServiceManager::tell(std::string_view state) const noexcept {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (!listens() || socket_.size() >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (socket_.front() == '@') address.sun_path[0] = '\0';
  const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  (void)::sendto(descriptor, state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT, reinterpret_cast<const sockaddr*>(&address),
                 size);
  ::close(descriptor);
}

std::optional<std::chrono::microseconds> watchdog_interval(const char* microseconds, const char* process) {
  const auto interval = number_in(microseconds);
  const bool meant = process == nullptr || number_in(process) == ::getpid();
  return interval && meant ? std::optional(std::chrono::microseconds(*interval)) : std::nullopt;
}

}  // namespace rekey
