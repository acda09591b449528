// A mail worker with everything around it in memory: its calls are recorded, and the test sets what the hooks return.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "origin/mail/mail_worker.h"
#include "tests/origin/mail_fakes.h"
#include "tests/origin/mail_queue.h"

namespace rekey::test {

class CountingRandom : public Random {
 public:
  void fill(MutableBytes out) override {
    for (auto& byte : out) byte = static_cast<std::uint8_t>(++count_ * 37);
  }

 private:
  std::uint32_t count_ = 0;
};

struct HookCall {
  User user;
  std::string delivery_id;
  RequestInfo request;
  std::string token;  // "" for a notice
};

class WorkerWorld {
 public:
  WorkerWorld();

  void start(std::size_t senders);
  void start(std::size_t senders, MakeMailHooks hooks);

  // Claims the only due delivery under a key id and never settles it, like a worker that dies. Returns: that delivery.
  Delivery claim_and_die(std::uint8_t key_id);

  // Moves the hand clock on, a step at a time, until the condition holds; fails the test after half a minute of real time.
  void drive_until(const std::function<bool()>& is_so, std::chrono::milliseconds step = std::chrono::seconds(1));

  void set_outcome(MailOutcome next) {
    const std::lock_guard lock(mutex_);
    outcome = std::move(next);
  }

  HandClock clock;
  MailQueue queue{clock};
  CountingRandom random;
  RememberedMetrics metrics;
  RememberedEvents events;
  KeyRing keys;
  MailTokens tokens;
  MailWorkerSettings settings;

  std::vector<HookCall> calls;  // to be read when the worker is done with these calls
  std::vector<HookCall> rehearsals;
  MailOutcome outcome = {MailVerdict::kTaken, 250, "taken"};
  std::function<void(const std::string& email)> before_send = [](const std::string&) {};
  std::function<void()> before_return = [] {};

  std::unique_ptr<MailWorker> worker;

 private:
  class Hook;
  MailOutcome call(const HookCall& call);
  std::mutex mutex_;
};

}  // namespace rekey::test
