#include <malloc.h>
#include <signal.h>

#include <cstdlib>
#include <system_error>
#include <thread>

#include "origin/commands/commands.h"
#include "origin/commands/service_watch.h"
#include "origin/origin.h"
#include "origin/system/json_log.h"

namespace rekey {
namespace {

// Returns large blocks to the system when they are freed: otherwise glibc learns to keep blocks of a hash's size, one per arena.
void return_large_blocks() {
  mallopt(M_MMAP_THRESHOLD, 256 * 1024);
  mallopt(M_ARENA_MAX, 4);
}

sigset_t handled_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  return signals;
}

// Waits for signals, in a thread that ends at SIGTERM or SIGINT, at the latest with this object.
class SignalWatch {
 public:
  SignalWatch(Origin& origin, ServiceWatch& service) : thread_([&] { wait(origin, service); }) {}
  ~SignalWatch() {
    pthread_kill(thread_.native_handle(), SIGTERM);
    thread_.join();
  }
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

 private:
  static void wait(Origin& origin, ServiceWatch& service) {
    const sigset_t signals = handled_signals();
    int signal = SIGHUP;
    while (sigwait(&signals, &signal) == 0 && signal == SIGHUP) origin.reopen_log();
    service.say_stopping();
    origin.stop();
  }

  std::thread thread_;
};

ServiceManager service_manager() {
  const char* const socket = std::getenv("NOTIFY_SOCKET");
  return ServiceManager(socket != nullptr ? socket : "");
}

std::optional<std::chrono::microseconds> interval_wanted() {
  return watchdog_interval(std::getenv("WATCHDOG_USEC"), std::getenv("WATCHDOG_PID"));
}

// What the operator's tools read is the file, if there is one.
void log_failed_start_in_file(const Settings& settings, std::string_view reason) {
  if (settings.log_file.empty()) return;
  try {
    JsonLog({settings.log_level, settings.origin_name, settings.log_file}).write(Event::kGaveUp, "", {{"reason", reason}});
  } catch (const std::runtime_error&) {
    return;  // it may be the file that can't be opened
  }
}

}  // namespace

// In this thread and in those that it starts: SignalWatch's thread takes them.
void hold_signals_for_serve() {
  const sigset_t signals = handled_signals();
  const int error = pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  if (error != 0) throw std::system_error(error, std::system_category(), "signals");
}

int serve(const Settings& settings) {
  return_large_blocks();
  try {
    Origin origin(settings);
    ServiceWatch service(service_manager(), interval_wanted(), [&] { return prove_life(life_signs(origin, settings)); });
    const SignalWatch signals(origin, service);
    origin.run();
    return 0;
  } catch (const std::exception& fault) {
    log_failed_start_in_file(settings, fault.what());
    throw;
  }
}

void log_setting_texts(const SettingTexts& texts) {
  JsonLog log{JsonLogSettings{}};
  for (const auto& warning : texts.warnings) log.write(Event::kSettingIgnored, "", {{"reason", warning}});
  for (const auto& problem : texts.problems) log.write(Event::kGaveUp, "", {{"reason", problem}});
}

void log_failed_start(std::string_view reason) { JsonLog(JsonLogSettings{}).write(Event::kGaveUp, "", {{"reason", reason}}); }

}  // namespace rekey
