#include "origin/system/bounded_call.h"

#include <utility>

#include "origin/ports/unavailable.h"

namespace rekey {
namespace {

std::exception_ptr fault_of(const std::function<void()>& work) {
  try {
    work();
    return nullptr;
  } catch (...) {
    return std::current_exception();
  }
}

}  // namespace

BoundedCall::BoundedCall(std::function<void()> work) : work_(std::move(work)), thread_([this] { loop(); }) {}

BoundedCall::~BoundedCall() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

void BoundedCall::run_within(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  if (run_ == Run::kNone) {
    run_ = Run::kWanted;
    wanted_at_ = std::chrono::steady_clock::now();
    changed_.notify_all();
  }
  const auto ended_before = runs_ended_;
  const auto has_ended = [&] { return runs_ended_ != ended_before; };
  if (!changed_.wait_until(lock, wanted_at_ + patience, has_ended)) throw Unavailable("it takes too long");
  if (fault_) std::rethrow_exception(fault_);
}

void BoundedCall::loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ending_ || run_ == Run::kWanted; });
    if (ending_) return;
    run_ = Run::kUnderWay;
    lock.unlock();
    auto fault = fault_of(work_);
    lock.lock();
    run_ = Run::kNone;
    fault_ = std::move(fault);
    ++runs_ended_;
    changed_.notify_all();
  }
}

}  // namespace rekey
