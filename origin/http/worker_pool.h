// Threads that answer whole requests in order of arrival, behind a bounded queue. A request goes to the thread that has been idle
// for the shortest time, whose memory is still in the caches; if all are busy, it waits in the queue. The front takes
// finished answers by take_finished(); an eventfd tells it when.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "origin/http/epoll_set.h"
#include "origin/http/http_application.h"
#include "origin/ports/clock.h"
#include "origin/ports/metrics.h"

namespace rekey {

class HttpEngine;

// The limits of the requests of one Effort.
struct LaneLimits {
  std::size_t workers = 64;                    // threads that answer
  std::size_t queue = 256;                     // whole requests that wait for a thread; more get 503 at once
  std::chrono::milliseconds queue_wait{1000};  // requests that waited longer get 503: their caller is about to give up
  std::optional<Gauge> waiting{};              // the gauge for the queue's length, if any
};

using ConnectionId = std::uint64_t;

struct Finished {
  ConnectionId connection = 0;
  std::string response;  // empty if there was no memory for one
};

enum class Admission : std::uint8_t { kTaken, kNoRoom };

class WorkerPool {
 public:
  WorkerPool(HttpApplication& application, const LaneLimits& limits, const Clock& clock, Metrics& metrics, WakeUp& wake_up);
  ~WorkerPool();  // drops queued requests, waits for those that have begun

  // Moves the request out of `request` if there is room for it.
  Admission submit(ConnectionId connection, HttpRequest& request);
  std::list<Finished> take_finished();

 private:
  struct Job {
    std::list<Finished> answer;  // one element, allocated before the work, so that handing it over can't fail
    HttpRequest request;
  };

  struct Worker;  // a thread, and the request that it answers

  void work(Worker& self);
  bool next(Worker& self);
  Admission enqueue(Job job, HttpRequest& request);
  std::string respond(HttpEngine& engine, const Job& job);
  HttpAnswer answer(const Job& job);
  void finish(std::list<Finished> answer);
  void show_waiting();

  HttpApplication& application_;
  const LaneLimits limits_;
  const Clock& clock_;
  Metrics& metrics_;
  WakeUp& wake_up_;
  std::mutex mutex_;
  std::deque<Job> queue_;      // empty while a worker is idle
  std::vector<Worker*> idle_;  // the last one to become so at the end
  bool ending_ = false;
  std::mutex finished_mutex_;
  std::list<Finished> finished_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace rekey
