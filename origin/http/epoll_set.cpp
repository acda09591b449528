#include "origin/http/epoll_set.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace rekey {
namespace {

constexpr std::size_t kMostEvents = 256;

std::uint32_t mask_of(Interest interest) {
  if (interest == Interest::kReadable) return EPOLLIN;
  if (interest == Interest::kWritable) return EPOLLOUT;
  return 0;
}

// Rounded up: a wait that ends too early would start again at once.
int milliseconds_of(std::optional<std::chrono::nanoseconds> duration) {
  if (!duration) return -1;
  return static_cast<int>(
      std::chrono::ceil<std::chrono::milliseconds>(std::max(*duration, std::chrono::nanoseconds::zero())).count());
}

}  // namespace

EpollSet::EpollSet() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_) throw std::system_error(errno, std::system_category(), "epoll");
}

bool EpollSet::add(int fd, std::uint64_t id, Interest interest) { return control(EPOLL_CTL_ADD, fd, id, interest); }
bool EpollSet::change(int fd, std::uint64_t id, Interest interest) { return control(EPOLL_CTL_MOD, fd, id, interest); }
void EpollSet::remove(int fd) { control(EPOLL_CTL_DEL, fd, 0, Interest::kNone); }

bool EpollSet::control(int operation, int fd, std::uint64_t id, Interest interest) {
  epoll_event event{};
  event.events = mask_of(interest);
  event.data.u64 = id;
  return ::epoll_ctl(epoll_.get(), operation, fd, &event) == 0;
}

void EpollSet::wait(std::optional<std::chrono::nanoseconds> at_most, std::vector<SocketEvent>& events) {
  std::array<epoll_event, kMostEvents> raw;
  const int count = ::epoll_wait(epoll_.get(), raw.data(), static_cast<int>(raw.size()), milliseconds_of(at_most));
  events.clear();
  for (int i = 0; i < count; ++i) {
    const bool broken = (raw[i].events & (EPOLLHUP | EPOLLERR)) != 0;
    events.push_back({raw[i].data.u64, broken ? Readiness::kBroken : Readiness::kReady});
  }
}

WakeUp::WakeUp() : event_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (!event_) throw std::system_error(errno, std::system_category(), "eventfd");
}

// A full eventfd is readable, which is enough.
void WakeUp::poke() {
  if (::eventfd_write(event_.get(), 1) != 0) return;
}

void WakeUp::clear() {
  eventfd_t count = 0;
  if (::eventfd_read(event_.get(), &count) != 0) return;
}

}  // namespace rekey
