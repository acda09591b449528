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
    return world_.call({event.user.email, event.delivery_id, event.request.request_id, std::string(event.token.reveal())});
  }
  MailOutcome after_reset_password(const PasswordChangedEvent& event) override {
    return world_.call({event.user.email, event.delivery_id, event.request.request_id, ""});
  }

 private:
  WorkerWorld& world_;
};

WorkerWorld::WorkerWorld() : keys(test_keys()), tokens(keys, as_bytes(kSeedSecret)) {}

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

ResetJob WorkerWorld::claim_and_die(std::uint8_t key_id) {
  ClaimRules rules;
  rules.lifetime = settings.lifetime;
  rules.lease = settings.pace.lease;
  rules.key_id = key_id;
  return queue.claim_resets(rules, [this](const TokenPlan& plan) { return tokens.hash_of(plan); }, random).at(0);
}

void WorkerWorld::drive_until(const std::function<bool()>& is_so) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!is_so()) {
    if (std::chrono::steady_clock::now() > end) throw std::runtime_error("it did not come to that");
    clock.pass(std::chrono::seconds(1));
    worker->wake();
    std::this_thread::yield();
  }
}

MailOutcome WorkerWorld::call(const HookCall& call) {
  before_send(call.email);
  const std::lock_guard lock(mutex_);
  calls.push_back(call);
  before_return();
  return outcome;
}

}  // namespace rekey::test
