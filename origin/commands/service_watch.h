// Tells the service manager how `serve` is doing, from a thread of its own: READY=1 after the first proof of life, WATCHDOG=1
// after each further one, STOPPING=1 at the stop. A proof is work done by the parts themselves, not by this thread: without one
// the manager restarts the service. Does nothing if no manager listens.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "origin/system/service_manager.h"

namespace rekey {

class Origin;
struct Settings;

enum class Life : std::uint8_t { kProven, kNotProven };
using ProveLife = std::function<Life()>;

class ServiceWatch {
 public:
  // In: `interval`: the manager's, a sixth of which passes between two proofs; without one it gets READY=1 and STOPPING=1 alone.
  ServiceWatch(ServiceManager manager, std::optional<std::chrono::microseconds> interval, ProveLife prove);
  ~ServiceWatch();
  ServiceWatch(const ServiceWatch&) = delete;
  ServiceWatch& operator=(const ServiceWatch&) = delete;

  void say_stopping();  // from any thread; no proof is asked for after it

 private:
  void run();
  bool sleep(std::chrono::microseconds time);

  const ServiceManager manager_;
  const std::optional<std::chrono::microseconds> interval_;
  const ProveLife prove_;
  std::mutex mutex_;  // guards stopping_
  std::condition_variable stop_;
  bool stopping_ = false;
  std::thread thread_;
};

struct LifeSigns {
  std::vector<std::string> listeners;        // URLs
  std::chrono::nanoseconds since_mail_step;  // of any sender of the mail worker
};

struct LifeLimits {
  std::chrono::milliseconds patience{5'000};  // for the answer of one listener
  std::chrono::seconds longest_step{150};     // a mail takes up to 100 s at a slow relay (MailPace::longest_send)
};

LifeSigns life_signs(const Origin& origin, const Settings& settings);

// Each listener answers a request over TCP, and the mail worker has taken a step lately. None of this needs the database or a
// relay: a restart would mend neither.
Life prove_life(const LifeSigns& signs, const LifeLimits& limits = {});

}  // namespace rekey
