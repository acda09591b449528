#include <malloc.h>
#include <signal.h>

#include <system_error>
#include <thread>

#include "origin/commands/commands.h"
#include "origin/origin.h"

namespace rekey {
namespace {

// Returns large blocks to the system when they are freed: otherwise glibc learns to keep blocks of a hash's size, one per arena.
void return_large_blocks() {
  mallopt(M_MMAP_THRESHOLD, 256 * 1024);
  mallopt(M_ARENA_MAX, 4);
}

// Blocks both signals in every thread that starts from here on; StopOnSignal's thread waits for them.
sigset_t hold_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  const int error = pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  if (error != 0) throw std::system_error(error, std::system_category(), "signals");
  return signals;
}

// Stops the origin at a signal; its thread ends at the latest with this object.
class StopOnSignal {
 public:
  StopOnSignal(const sigset_t& signals, Origin& origin) : signals_(signals), thread_([this, &origin] { wait(origin); }) {}
  ~StopOnSignal() {
    pthread_kill(thread_.native_handle(), SIGTERM);
    thread_.join();
  }
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;

 private:
  void wait(Origin& origin) {
    int signal = 0;
    if (sigwait(&signals_, &signal) == 0) origin.stop();
  }

  sigset_t signals_;
  std::thread thread_;
};

}  // namespace

int serve(const Settings& settings) {
  return_large_blocks();
  const auto signals = hold_signals();
  Origin origin(settings);
  const StopOnSignal stop(signals, origin);
  origin.run();
  return 0;
}

}  // namespace rekey
