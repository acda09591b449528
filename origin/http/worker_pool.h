// Threads that answer whole requests, first come first served, behind a queue that does not grow past its bound.
// Finished answers wait in take_finished() until the front fetches them; a poke on an eventfd tells it to.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "origin/http/epoll_set.h"
#include "origin/http/http_application.h"
#include "origin/ports/clock.h"
#include "origin/ports/metrics.h"

namespace rekey {

class HttpEngine;

// How much of a listener the requests of one Effort may hold.
struct LaneLimits {
  std::size_t workers = 64;                    // threads that answer
  std::size_t queue = 256;                     // whole requests that wait for a thread; the surplus gets 503 at once
  std::chrono::milliseconds queue_wait{1000};  // one that waited longer gets 503: its caller is about to give up
  std::optional<Gauge> waiting{};              // shows how many wait, where the operator is told of it
};

using ConnectionId = std::uint64_t;

struct Finished {
  ConnectionId connection = 0;
  std::string response;  // empty where there was no memory for one
};

enum class Admission : std::uint8_t { kTaken, kNoRoom };

class WorkerPool {
 public:
  WorkerPool(HttpApplication& application, const LaneLimits& limits, const Clock& clock, Metrics& metrics, WakeUp& wake_up);
  ~WorkerPool();  // what has not begun is dropped; what has begun is waited for

  // Takes the request out of `request` where there is room for it, else leaves it there.
  Admission submit(ConnectionId connection, HttpRequest& request);
  std::list<Finished> take_finished();

 private:
  struct Job {
    std::list<Finished>
        answer;  // one, made when there was memory for it: nobody may wait for an answer that can't be handed over
    HttpRequest request;
    std::chrono::steady_clock::time_point since;
  };

  void work();
  bool next(Job& job);
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
  std::condition_variable changed_;
  std::deque<Job> queue_;
  bool ending_ = false;
  std::mutex finished_mutex_;
  std::list<Finished> finished_;
  std::vector<std::thread> threads_;
};

}  // namespace rekey
