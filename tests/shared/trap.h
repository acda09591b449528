// Whether a call traps: makes it in a child process.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace rekey_test {

template <class Call>
bool traps(Call call) {
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGILL, SIG_DFL);
    call();
    _exit(0);
  }
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGILL;
}

}  // namespace rekey_test
