// The front on real sockets: overload, and a stop under load.
#include <catch2/catch.hpp>
#include <latch>
#include <list>
#include <map>

#include "tests/origin/http_client.h"

namespace rekey::test {

TEST_CASE("D02: requests that find no room in the queue get 503 at once, the others are answered", "[http_overload][D02]") {
  std::latch release(1);
  FrontLimits limits;
  limits.light.workers = 1;
  limits.light.queue = 1;
  limits.light.queue_wait = std::chrono::minutes(5);
  FrontWorld world(limits, [&](const HttpRequest& request) {
    release.wait();
    return HttpAnswer{200, "text/plain", request.body, {}};
  });
  std::list<RawClient> clients;
  for (int i = 0; i < 8; ++i) clients.emplace_back(world.port()).send(kGoodCall);
  while (world.metrics().counted(Counter::kUnavailable) < 6) std::this_thread::yield();  // while the one worker is busy
  release.count_down();
  std::map<int, int> statuses;
  for (auto& client : clients) {
    const auto response = client.read_response();
    ++statuses[status_of(response)];
    CHECK((status_of(response) == 200 || response.find("Retry-After: 1\r\n") != response.npos));
  }
  CHECK(statuses[503] >= 6);
  CHECK(statuses[200] == 8 - statuses[503]);
  CHECK(world.executed() == statuses[200]);
}

TEST_CASE("D05: a flood of heavy requests delays no light one, and gets 503 where it finds no room", "[http_overload][D05]") {
  std::atomic<int> held{0};
  std::latch release(1);
  FrontLimits limits;
  limits.light.workers = 1;
  limits.heavy = {2, 3, std::chrono::minutes(5)};
  FrontWorld world(limits, [&](const HttpRequest& request) {
    if (request.target == "/heavy") {
      ++held;
      release.wait();
    }
    return HttpAnswer{200, "text/plain", request.body, {}};
  });
  std::list<RawClient> flood;
  const auto send = [&](int count) {
    for (int i = 0; i < count; ++i) flood.emplace_back(world.port()).send(kHeavyCall);
  };
  send(2);
  while (held < 2) std::this_thread::yield();
  send(18);
  while (world.metrics().counted(Counter::kUnavailable) < 15) std::this_thread::yield();  // 3 wait
  for (int i = 0; i < 10; ++i) CHECK(RawClient(world.port()).ask(kGoodCall).ends_with("hello"));
  release.count_down();
  std::map<int, int> statuses;
  for (auto& client : flood) ++statuses[status_of(client.read_response())];
  CHECK(statuses == std::map<int, int>{{200, 5}, {503, 15}});
}

TEST_CASE("D05: a flood of light requests delays no heavy one", "[http_overload][D05]") {
  std::latch release(1);
  FrontLimits limits;
  limits.light = {1, 8, std::chrono::minutes(5)};
  limits.heavy.workers = 1;
  FrontWorld world(limits, [&](const HttpRequest& request) {
    if (request.target != "/heavy") release.wait();
    return HttpAnswer{200, "text/plain", request.body, {}};
  });
  std::list<RawClient> flood;
  for (int i = 0; i < 8; ++i) flood.emplace_back(world.port()).send(kGoodCall);
  CHECK(RawClient(world.port()).ask(kHeavyCall).ends_with("hello"));
  release.count_down();
  for (auto& client : flood) CHECK(status_of(client.read_response()) == 200);
}

TEST_CASE("F22: a stop does not wait for slow clients", "[http_overload][F22]") {
  FrontLimits limits;
  limits.request = std::chrono::minutes(5);
  limits.response = std::chrono::minutes(5);
  limits.shutdown = std::chrono::milliseconds(100);
  FrontWorld world(limits, [](const HttpRequest&) { return HttpAnswer{200, "text/plain", std::string(32U << 20U, 'x'), {}}; });
  std::list<RawClient> slow;
  for (int i = 0; i < 50; ++i) slow.emplace_back(world.port()).send("POST /");
  RawClient deaf(world.port());
  deaf.send(kGoodCall);
  world.await_connections(51);
  world.join();
  for (auto& client : slow) CHECK(client.read_to_end().empty());
  CHECK(world.front().connections() == 0);
}

}  // namespace rekey::test
