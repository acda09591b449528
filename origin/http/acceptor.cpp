#include "origin/http/acceptor.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace rekey {
namespace {

constexpr int kMostAccepted = 64;                 // at once, so that a burst does not starve open connections
constexpr std::chrono::milliseconds kPause{100};  // if the system has no descriptor or memory left: avoids a busy loop

bool is_exhaustion(int error) { return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM; }

}  // namespace

Acceptor::Acceptor(const ListenAddress& address, EpollSet& epoll, std::uint64_t id, const Clock& clock)
    : listener_(open_listener(address)), port_(port_of(listener_)), epoll_(epoll), id_(id), clock_(clock) {
  epoll_.add(listener_.get(), id_, Interest::kReadable);
}

void Acceptor::accept_all(const std::function<void(FileDescriptor)>& admit, const std::function<void()>& make_room) {
  for (int i = 0; i < kMostAccepted && listener_; ++i) {
    FileDescriptor socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket) {
      admit(std::move(socket));
    } else if (is_exhaustion(errno)) {
      make_room();
      return pause();
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return;
    }
  }
}

void Acceptor::pause() {
  epoll_.remove(listener_.get());
  paused_until_ = clock_.steady_now() + kPause;
}

void Acceptor::resume() {
  paused_until_.reset();
  if (listener_) epoll_.add(listener_.get(), id_, Interest::kReadable);
}

}  // namespace rekey
