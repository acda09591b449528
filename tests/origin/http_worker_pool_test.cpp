#include <sys/eventfd.h>

#include <catch2/catch.hpp>
#include <latch>
#include <thread>

#include "origin/http/worker_pool.h"
#include "tests/origin/mail_fakes.h"
#include "tests/origin/use_case_fakes.h"

namespace rekey::test {
namespace {

// Answers with the body; the request `wait` is held until released.
class Gate : public HttpApplication {
 public:
  HttpAnswer answer(const HttpRequest& request) override {
    if (request.body == "wait") {
      begun.count_down();
      release.wait();
    }
    return {200, "text/plain", request.body, {}};
  }

  std::latch begun{1};
  std::latch release{1};
};

HttpRequest post(const std::string& body) {
  HttpRequest request;
  request.method = "POST";
  request.target = "/";
  request.body = body;
  return request;
}

Admission submit(WorkerPool& pool, ConnectionId id, const std::string& body) {
  auto request = post(body);
  return pool.submit(id, request);
}

std::map<ConnectionId, std::string> take(WorkerPool& pool, std::size_t count) {
  std::map<ConnectionId, std::string> responses;
  while (responses.size() < count) {
    for (auto& finished : pool.take_finished()) responses[finished.connection] = finished.response;
    std::this_thread::yield();
  }
  return responses;
}

}  // namespace

TEST_CASE("D02: a request that waited too long for a thread gets 503 and is not carried out", "[worker_pool][D02]") {
  Gate gate;
  HandClock clock;
  WakeUp wake_up;
  LaneLimits limits;
  limits.workers = 1;
  FakeMetrics metrics;
  WorkerPool pool(gate, limits, clock, metrics, wake_up);
  REQUIRE(submit(pool, 1, "wait") == Admission::kTaken);
  gate.begun.wait();
  REQUIRE(submit(pool, 2, "late") == Admission::kTaken);
  clock.pass(std::chrono::milliseconds(1'001));
  REQUIRE(submit(pool, 3, "in time") == Admission::kTaken);
  gate.release.count_down();
  auto responses = take(pool, 3);
  CHECK(responses[1].ends_with("wait"));
  CHECK(responses[2].starts_with("HTTP/1.1 503 "));
  CHECK(responses[2].find("Retry-After: 1\r\n") != std::string::npos);
  CHECK(responses[3].ends_with("in time"));
  CHECK(metrics.counted(Counter::kUnavailable) == 1);
}

TEST_CASE("the queue does not grow beyond its bound", "[worker_pool][D02]") {
  Gate gate;
  HandClock clock;
  WakeUp wake_up;
  LaneLimits limits;
  limits.workers = 1;
  limits.queue = 2;
  FakeMetrics metrics;
  WorkerPool pool(gate, limits, clock, metrics, wake_up);
  REQUIRE(submit(pool, 1, "wait") == Admission::kTaken);
  gate.begun.wait();
  CHECK(submit(pool, 2, "a") == Admission::kTaken);
  CHECK(submit(pool, 3, "b") == Admission::kTaken);
  auto surplus = post("c");
  CHECK(pool.submit(4, surplus) == Admission::kNoRoom);
  CHECK(surplus.body == "c");
  gate.release.count_down();
  CHECK(take(pool, 3).size() == 3);
}

TEST_CASE("answers wake the front once, until it has taken them", "[worker_pool]") {
  Gate gate;
  HandClock clock;
  WakeUp wake_up;
  LaneLimits limits;
  limits.workers = 3;
  FakeMetrics metrics;
  const auto pokes = [&] {
    eventfd_t count = 0;
    return ::eventfd_read(wake_up.fd(), &count) == 0 ? count : 0;
  };
  auto pool = std::make_unique<WorkerPool>(gate, limits, clock, metrics, wake_up);
  submit(*pool, 1, "a");
  CHECK(take(*pool, 1).size() == 1);
  for (const ConnectionId id : {2, 3, 4}) submit(*pool, id, "b");
  pool.reset();  // waits for those that have begun
  CHECK(pokes() == 2);
}

}  // namespace rekey::test
