#include "origin/http/worker_pool.h"

#include <new>
#include <utility>

#include "origin/http/http_engine.h"
#include "shared/codec/bytes.h"

namespace rekey {
namespace {

void wipe_text(std::string& text) { wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()}); }

}  // namespace

WorkerPool::WorkerPool(HttpApplication& application, const LaneLimits& limits, const Clock& clock, Metrics& metrics,
                       WakeUp& wake_up)
    : application_(application), limits_(limits), clock_(clock), metrics_(metrics), wake_up_(wake_up) {
  for (std::size_t i = 0; i < limits_.workers; ++i) threads_.emplace_back([this] { work(); });
}

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  for (auto& thread : threads_) thread.join();
  for (auto& job : queue_) wipe_text(job.request.body);
}

Admission WorkerPool::submit(ConnectionId connection, HttpRequest& request) {
  Job job;
  job.answer.push_back({connection, {}});
  job.since = clock_.steady_now();
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= limits_.queue) return Admission::kNoRoom;
    queue_.push_back(std::move(job));
    queue_.back().request = std::move(request);
    show_waiting();
  }
  changed_.notify_one();
  return Admission::kTaken;
}

std::list<Finished> WorkerPool::take_finished() {
  const std::lock_guard lock(finished_mutex_);
  return std::exchange(finished_, {});
}

void WorkerPool::work() {
  HttpEngine engine;
  Job job;
  while (next(job)) {
    job.answer.front().response = respond(engine, job);
    wipe_text(job.request.body);
    finish(std::move(job.answer));
  }
}

std::string WorkerPool::respond(HttpEngine& engine, const Job& job) {
  try {
    return engine.respond(job.request, [&](const HttpRequest&) { return answer(job); });
  } catch (const std::bad_alloc&) {
    return {};
  }
}

bool WorkerPool::next(Job& job) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ending_ || !queue_.empty(); });
  if (ending_) return false;
  job = std::move(queue_.front());
  queue_.pop_front();
  show_waiting();
  return true;
}

HttpAnswer WorkerPool::answer(const Job& job) {
  if (clock_.steady_now() - job.since <= limits_.queue_wait) return application_.answer(job.request);
  metrics_.count(Counter::kUnavailable, Label::kOverload);
  return unavailable_problem("Too many requests wait.");
}

void WorkerPool::show_waiting() {
  if (limits_.waiting) metrics_.set(*limits_.waiting, static_cast<std::int64_t>(queue_.size()));
}

// The front takes all answers at once: only the first since then has to wake it.
void WorkerPool::finish(std::list<Finished> answer) {
  {
    const std::lock_guard lock(finished_mutex_);
    finished_.splice(finished_.end(), answer);
    if (finished_.size() > 1) return;
  }
  wake_up_.poke();
}

}  // namespace rekey
