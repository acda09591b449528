#include "origin/commands/service_watch.h"

#include <exception>

#include "origin/origin.h"
#include "origin/web/web_client.h"

namespace rekey {
namespace {

using std::chrono::microseconds;

constexpr microseconds kRestBeforeReady = std::chrono::milliseconds(100);

// A rest and a proof at its slowest, two listeners' LifeLimits::patience, take a third of WatchdogSec=60 (rekey-origin.service):
// two proofs in a row may fail.
constexpr int kRestsPerInterval = 6;

// Any answer will do, a 404 or an overloaded server's 503 included: accepting, reading and writing work. A probe for which there
// is no memory proves nothing, and ends nothing.
Life prove_listener(const std::string& url, std::chrono::milliseconds patience) {
  try {
    const auto answer = ask_web({url, {}, ""}, patience);
    return answer.end == WebEnd::kAnswer ? Life::kProven : Life::kNotProven;
  } catch (const std::exception&) {
    return Life::kNotProven;
  }
}

}  // namespace

ServiceWatch::ServiceWatch(ServiceManager manager, std::optional<microseconds> interval, ProveLife prove)
    : manager_(std::move(manager)), interval_(interval), prove_(std::move(prove)) {
  if (manager_.listens()) thread_ = std::thread([this] { run(); });
}

ServiceWatch::~ServiceWatch() {
  say_stopping();
  if (thread_.joinable()) thread_.join();
}

void ServiceWatch::say_stopping() {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
  }
  manager_.tell("STOPPING=1");
  stop_.notify_all();
}

void ServiceWatch::run() {
  while (prove_() != Life::kProven) {
    if (!sleep(kRestBeforeReady)) return;
  }
  manager_.tell("READY=1\nSTATUS=Listening.");
  while (interval_ && sleep(*interval_ / kRestsPerInterval)) {
    if (prove_() == Life::kProven) manager_.tell("WATCHDOG=1");
  }
}

// Returns: false if the service stops.
bool ServiceWatch::sleep(microseconds time) {
  std::unique_lock lock(mutex_);
  return !stop_.wait_for(lock, time, [this] { return stopping_; });
}

LifeSigns life_signs(const Origin& origin, const Settings& settings) {
  return {{settings.origin_listen.url(origin.port()) + "/healthz", settings.ops_listen.url(origin.ops_port()) + "/healthz"},
          origin.since_mail_step()};
}

Life prove_life(const LifeSigns& signs, const LifeLimits& limits) {
  if (signs.since_mail_step > limits.longest_step) return Life::kNotProven;
  for (const auto& url : signs.listeners) {
    if (prove_listener(url, limits.patience) == Life::kNotProven) return Life::kNotProven;
  }
  return Life::kProven;
}

}  // namespace rekey
