#include "origin/http/worker_pool.h"

#include <semaphore.h>

#include <new>
#include <thread>
#include <utility>

#include "origin/http/http_engine.h"
#include "shared/codec/bytes.h"

namespace rekey {
namespace {

void wipe_text(std::string& text) { wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()}); }

// POSIX's, not std::binary_semaphore: that one spins before it sleeps. A condition variable costs a system call more for each
// wait.
class Semaphore {
 public:
  Semaphore() { ::sem_init(&semaphore_, 0, 0); }
  ~Semaphore() { ::sem_destroy(&semaphore_); }
  Semaphore(const Semaphore&) = delete;
  Semaphore& operator=(const Semaphore&) = delete;

  void release() { ::sem_post(&semaphore_); }
  void acquire() {
    while (::sem_wait(&semaphore_) != 0) continue;  // interrupted by a signal
  }

 private:
  sem_t semaphore_;
};

}  // namespace

struct WorkerPool::Worker {
  Semaphore called;  // released once for each time that it is taken off idle_
  Job job;           // with an empty `answer`: none
  std::thread thread;
};

WorkerPool::WorkerPool(HttpApplication& application, const LaneLimits& limits, const Clock& clock, Metrics& metrics,
                       WakeUp& wake_up)
    : application_(application), limits_(limits), clock_(clock), metrics_(metrics), wake_up_(wake_up) {
  idle_.reserve(limits_.workers);
  for (std::size_t i = 0; i < limits_.workers; ++i) {
    Worker& worker = *workers_.emplace_back(std::make_unique<Worker>());
    worker.thread = std::thread([this, &worker] { work(worker); });
  }
}

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    for (Worker* const worker : std::exchange(idle_, {})) worker->called.release();
  }
  for (auto& worker : workers_) worker->thread.join();
  for (auto& job : queue_) wipe_text(job.request.body);
}

Admission WorkerPool::submit(ConnectionId connection, HttpRequest& request) {
  Job job;
  job.answer.push_back({connection, {}});
  request.arrived = clock_.steady_now();
  Worker* worker = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return enqueue(std::move(job), request);
    worker = idle_.back();
    idle_.pop_back();
  }
  worker->job = std::move(job);
  worker->job.request = std::move(request);
  worker->called.release();
  return Admission::kTaken;
}

// In: the caller holds the mutex, so that no worker becomes idle meanwhile.
Admission WorkerPool::enqueue(Job job, HttpRequest& request) {
  if (queue_.size() >= limits_.queue) return Admission::kNoRoom;
  queue_.push_back(std::move(job));
  queue_.back().request = std::move(request);
  show_waiting();
  return Admission::kTaken;
}

std::list<Finished> WorkerPool::take_finished() {
  const std::lock_guard lock(finished_mutex_);
  return std::exchange(finished_, {});
}

void WorkerPool::work(Worker& self) {
  HttpEngine engine;
  while (next(self)) {
    self.job.answer.front().response = respond(engine, self.job);
    wipe_text(self.job.request.body);
    finish(std::exchange(self.job.answer, {}));
  }
}

std::string WorkerPool::respond(HttpEngine& engine, const Job& job) {
  try {
    return engine.respond(job.request, [&](const HttpRequest&) { return answer(job); });
  } catch (const std::bad_alloc&) {
    return {};
  }
}

// Returns: whether there is a job.
bool WorkerPool::next(Worker& self) {
  {
    const std::lock_guard lock(mutex_);
    if (ending_) return false;
    if (!queue_.empty()) {
      self.job = std::move(queue_.front());
      queue_.pop_front();
      show_waiting();
      return true;
    }
    idle_.push_back(&self);
  }
  self.called.acquire();
  return !self.job.answer.empty();
}

HttpAnswer WorkerPool::answer(const Job& job) {
  if (clock_.steady_now() - *job.request.arrived <= limits_.queue_wait) return application_.answer(job.request);
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
