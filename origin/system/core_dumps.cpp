#include "origin/system/core_dumps.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <cerrno>
#include <system_error>

namespace rekey {

// Both calls: the limit does not stop a collector that core_pattern pipes to.
void forbid_core_dumps() {
  const rlimit none{0, 0};
  const bool done = ::setrlimit(RLIMIT_CORE, &none) == 0 && ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
  if (!done) throw std::system_error(errno, std::system_category(), "core dumps could not be switched off");
}

}  // namespace rekey
