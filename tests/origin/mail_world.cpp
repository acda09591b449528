#include "tests/origin/mail_world.h"

#include <chrono>
#include <stdexcept>
#include <thread>

namespace rekey::test {
namespace {

constexpr std::string_view kSeedSecret = "a secret of thirty-two bytes ...";

KeyRing test_keys() { return KeyRing::parse("3:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").value(); }

}  // namespace

class WorkerWorld::Hook : public AfterForgotPassword, public AfterResetPassword {
 public:
  explicit Hook(WorkerWorld& world) : world_(world) {}

  MailOutcome after_forgot_password(const ForgotPasswordEvent& event) override {
    return world_.call({event.user, event.delivery_id, event.request, std::string(event.token.reveal())});
  }
  void rehearse(const ForgotPasswordEvent& event) override {
    const std::lock_guard lock(world_.mutex_);
    world_.rehearsals.push_back({event.user, event.delivery_id, event.request, std::string(event.token.reveal())});
  }
  MailOutcome after_reset_password(const PasswordChangedEvent& event) override {
    return world_.call({event.user, event.delivery_id, event.request, ""});
  }

 private:
  WorkerWorld& world_;
};

// The worker reads the hand clock often, since the tests move it.
WorkerWorld::WorkerWorld() : keys(test_keys()), tokens(keys, as_bytes(kSeedSecret)) {
  settings.pace.longest_nap = std::chrono::milliseconds(2);
  settings.pace.relay.slow_mail = std::chrono::hours(1000);  // the hand clock may pass any time while a mail is sent
}

void WorkerWorld::start(std::size_t senders) {
  start(senders, [this] {
    MailHooks hooks;
    hooks.after_forgot_password = std::make_unique<Hook>(*this);
    hooks.after_reset_password = std::make_unique<Hook>(*this);
    return hooks;
  });
}

void WorkerWorld::start(std::size_t senders, MakeMailHooks hooks) {
  settings.senders = senders;
  worker =
      std::make_unique<MailWorker>(settings, MailWorkerPorts{queue, random, clock, metrics, events}, tokens, std::move(hooks));
  worker->start();
}

Delivery WorkerWorld::claim_and_die(std::uint8_t key_id) {
  MailRules rules;
  rules.key_id = key_id;
  queue.decide(rules, [this](const TokenPlan& plan) { return tokens.hash_of(plan); }, random);
  return queue.claim(rules).deliveries.at(0);
}

void WorkerWorld::drive_until(const std::function<bool()>& is_so, std::chrono::milliseconds step) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!is_so()) {
    if (std::chrono::steady_clock::now() > end) throw std::runtime_error("the awaited state was not reached");
    clock.pass(step);
    std::this_thread::yield();
  }
}

MailOutcome WorkerWorld::call(const HookCall& call) {
  before_send(call.user.email);
  const std::lock_guard lock(mutex_);
  calls.push_back(call);
  before_return();
  return outcome;
}

}  // namespace rekey::test
