// The front on real sockets, with well-behaved clients.
#include "origin/http/http_front.h"

#include <catch2/catch.hpp>
#include <latch>

#include "origin/http/fault_barrier.h"
#include "origin/ports/unavailable.h"
#include "tests/origin/http_client.h"

namespace rekey::test {
namespace {

std::string get(const std::string& fields) { return "GET /echo HTTP/1.1\r\nHost: origin\r\n" + fields + "\r\n"; }

}  // namespace

TEST_CASE("one connection serves one request after the other", "[http_front]") {
  FrontWorld world;
  RawClient client(world.port());
  for (int i = 0; i < 3; ++i) {
    const auto response = client.ask(kGoodCall);
    CHECK(status_of(response) == 200);
    CHECK(response.ends_with("\r\n\r\nhello"));
    CHECK(response.find("Connection: close") == response.npos);
  }
  CHECK(world.executed() == 3);
}

TEST_CASE("a request may come in any number of pieces", "[http_front]") {
  FrontWorld world;
  RawClient client(world.port());
  for (const char byte : kGoodCall) client.send({&byte, 1});
  CHECK(client.read_response().ends_with("hello"));
}

TEST_CASE("an answer reveals nothing about the server and must not be stored", "[http_front]") {
  FrontWorld world;
  const auto response = RawClient(world.port()).ask(kGoodCall);
  CHECK(response.find("Server:") == response.npos);
  CHECK(response.find("Keep-Alive:") == response.npos);
  CHECK(response.find("Cache-Control: no-store\r\n") != response.npos);
  CHECK(response.find("X-Content-Type-Options: nosniff\r\n") != response.npos);
}

TEST_CASE("S28: HTTP/1.0 without a host is answered, and the connection ends", "[http_front][S28]") {
  FrontWorld world;
  RawClient client(world.port());
  client.send("GET /echo HTTP/1.0\r\n\r\n");
  CHECK(status_of(client.read_to_end()) == 200);
}

TEST_CASE("the connection is closed if the client asks for it", "[http_front]") {
  FrontWorld world;
  RawClient client(world.port());
  client.send(get("Connection: close\r\n"));
  const auto bytes = client.read_to_end();
  CHECK(status_of(bytes) == 200);
  CHECK(bytes.find("Connection: close\r\n") != bytes.npos);
}

TEST_CASE("a client that has closed its sending side is still answered", "[http_front]") {
  FrontWorld world;
  RawClient client(world.port());
  client.send(kGoodCall);
  client.half_close();
  CHECK(client.read_to_end().ends_with("hello"));
}

TEST_CASE("R11: a request is carried out although its client has disconnected", "[http_front][R11]") {
  std::latch begun(1);
  std::latch gone(1);
  std::atomic<int> finished{0};
  FrontWorld world({}, [&](const HttpRequest&) {
    begun.count_down();
    gone.wait();
    ++finished;
    return HttpAnswer{200, "text/plain", "done", {}};
  });
  {
    RawClient client(world.port());
    client.send(kGoodCall);
    begun.wait();
  }
  gone.count_down();
  world.join();
  CHECK(finished == 1);
}

TEST_CASE("a client's fields are neither decoded nor able to replace what the server knows", "[http_front][O25]") {
  std::string seen;
  FrontWorld world({}, [&](const HttpRequest& request) {
    seen = std::string(request.only("x-t").value_or("")) + std::string(request.only("remote_addr").value_or(""));
    return HttpAnswer{200, "text/plain", "ok", {}};
  });
  const auto response = RawClient(world.port()).ask(get("X-T: a%0d%0aSet-Cookie: x\r\nREMOTE_ADDR: 10.0.0.1\r\n"));
  CHECK(seen == "a%0d%0aSet-Cookie: x10.0.0.1");
  CHECK(response.find("Set-Cookie") == response.npos);
}

TEST_CASE("O26: a list of many ranges is ignored", "[http_front][O26]") {
  FrontWorld world;
  std::string ranges = "Range: bytes=0-1";
  for (int i = 0; i < 2'000; ++i) ranges += ",2-3";
  const auto response = RawClient(world.port()).ask(get(ranges + "\r\n"));
  CHECK(status_of(response) == 200);
}

TEST_CASE("the text of an exception does not reach the answer", "[http_front]") {
  FakeEventLog log;
  FakeMetrics metrics;
  const FaultBarrier barrier(log, metrics);
  FrontWorld world(
      {}, [&](const HttpRequest&) { return barrier.guard("", []() -> HttpAnswer { throw std::runtime_error("secret"); }); });
  const auto response = RawClient(world.port()).ask(kGoodCall);
  CHECK(status_of(response) == 500);
  CHECK(response.find("secret") == response.npos);
  CHECK(log.count(Event::kFault) == 1);
  CHECK(log.text().find("secret") == std::string::npos);
}

TEST_CASE("the text of an uncaught exception does not reach the answer either", "[http_front]") {
  FrontWorld world({}, [](const HttpRequest&) -> HttpAnswer { throw std::runtime_error("secret"); });
  const auto response = RawClient(world.port()).ask(kGoodCall);
  CHECK(status_of(response) == 500);
  CHECK(response.find("secret") == response.npos);
  CHECK(response.find("EXCEPTION_WHAT") == response.npos);
}

TEST_CASE("an unavailable service answers 503 with Retry-After", "[http_front]") {
  FakeEventLog log;
  FakeMetrics metrics;
  const FaultBarrier barrier(log, metrics);
  FrontWorld world({}, [&](const HttpRequest&) {
    return barrier.guard("", []() -> HttpAnswer { throw Unavailable("the database does not answer"); });
  });
  const auto response = RawClient(world.port()).ask(kGoodCall);
  CHECK(status_of(response) == 503);
  CHECK(response.find("Retry-After: 1\r\n") != response.npos);
  CHECK(response.find("database") == response.npos);
  CHECK(log.count(Event::kUnavailable) == 1);
}

TEST_CASE("F22: when the front stops, requests under way are finished and new clients are refused", "[http_front][F22]") {
  std::latch begun(1);
  std::latch stopping(1);
  FrontWorld world({}, [&](const HttpRequest& request) {
    begun.count_down();
    stopping.wait();
    return HttpAnswer{200, "text/plain", request.body, {}};
  });
  RawClient idle(world.port());
  world.await_connections(1);
  RawClient client(world.port());
  client.send(kGoodCall);
  begun.wait();
  world.front().stop();
  CHECK(idle.read_to_end().empty());
  stopping.count_down();
  CHECK(client.read_to_end().ends_with("hello"));
  world.join();
  CHECK_THROWS(RawClient(world.port()));
}

TEST_CASE("a port in use is reported by its number", "[http_front]") {
  FrontWorld world;
  const auto taken = ListenAddress::parse("127.0.0.1:" + std::to_string(world.port()));
  CHECK_THROWS_WITH(open_listener(*taken), Catch::Contains(std::to_string(world.port())) && Catch::Contains("in use"));
}

TEST_CASE("an address to listen at is a number and a port", "[http_front]") {
  for (const auto* good : {"127.0.0.1:8080", "0.0.0.0:0", "[::1]:65535"}) CHECK(ListenAddress::parse(good).has_value());
  for (const auto* good : {"127.0.0.1:8080", "[::1]:65535"}) CHECK(ListenAddress::parse(good)->text() == good);
  for (const auto* bad : {"", "8080", ":8080", "localhost:8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:80x",
                          "::1:8080", "[::1]", "[127.0.0.1]:80", "127.0.0.1:-1"}) {
    CHECK_FALSE(ListenAddress::parse(bad).has_value());
  }
}

}  // namespace rekey::test
