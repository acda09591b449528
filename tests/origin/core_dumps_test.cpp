#include "origin/system/core_dumps.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

namespace rekey::test {
namespace {

// In a child process: the change is irreversible.
bool forbids_in_child() {
  const pid_t child = ::fork();
  if (child == 0) {
    forbid_core_dumps();
    rlimit limit{1, 1};
    ::getrlimit(RLIMIT_CORE, &limit);
    ::_exit(limit.rlim_cur == 0 && limit.rlim_max == 0 && ::prctl(PR_GET_DUMPABLE) == 0 ? 0 : 1);
  }
  int status = -1;
  return child > 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

TEST_CASE("a process that forbids core dumps has a limit of zero for them and is not dumpable", "[core_dumps]") {
  CHECK(::prctl(PR_GET_DUMPABLE) == 1);
  CHECK(forbids_in_child());
}

}  // namespace rekey::test
