#include "origin/http/wake_up.h"

#include <sys/eventfd.h>

#include <cerrno>
#include <system_error>

namespace rekey {

WakeUp::WakeUp() : event_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (!event_) throw std::system_error(errno, std::system_category(), "eventfd");
}

// An eventfd that is full is readable, which is all that is wanted.
void WakeUp::poke() {
  if (::eventfd_write(event_.get(), 1) != 0) return;
}

void WakeUp::clear() {
  eventfd_t count = 0;
  if (::eventfd_read(event_.get(), &count) != 0) return;
}

}  // namespace rekey
