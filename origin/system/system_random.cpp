#include "origin/system/system_random.h"

#include <sys/random.h>

#include <cerrno>

#include "origin/ports/unavailable.h"

namespace rekey {

void SystemRandom::fill(MutableBytes out) {
  auto rest = out;
  while (!rest.empty()) {
    const auto count = ::getrandom(rest.data(), rest.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      wipe(out);
      throw Unavailable("the system gives no randomness");
    }
    rest = rest.subspan(static_cast<std::size_t>(count));
  }
}

}  // namespace rekey
