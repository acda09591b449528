// The front on real sockets, under attack.
#include <sys/resource.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <fstream>
#include <latch>
#include <list>
#include <vector>

#include "tests/origin/http_client.h"

namespace rekey::test {
namespace {

using std::chrono::milliseconds;

std::string post(const std::string& fields, const std::string& body) {
  return "POST /echo HTTP/1.1\r\nHost: origin\r\n" + fields + "\r\n" + body;
}

const std::string kSmuggled = "POST /smuggled HTTP/1.1\r\nHost: origin\r\nContent-Length: 0\r\n\r\n";

std::vector<std::string> smugglings() {
  return {
      post("Content-Length: 0\r\nContent-Length: 71\r\n", kSmuggled),
      post("Content-Length: 71\r\nContent-Length: 0\r\n", kSmuggled),
      post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + kSmuggled),
      post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n" + kSmuggled),
      post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n" + kSmuggled),
      post("Content-Length: abc\r\n", kSmuggled),
      post("Content-Length: +5\r\n", "hello" + kSmuggled),
      post("Content-Length: 0x5\r\n", "hello" + kSmuggled),
      post("Content-Length: -1\r\n", kSmuggled),
      post("Content-Length: 5, 5\r\n", "hello" + kSmuggled),
      "GET /echo HTTP/1.1\r\nHost: origin\r\nContent-Length: 71\r\n\r\n" + kSmuggled,
      "OPTIONS /nowhere HTTP/1.1\r\nHost: origin\r\nContent-Length: 71\r\n\r\n" + kSmuggled,
      kGoodCall + kSmuggled,
      kGoodCall + "G",
  };
}

void raise_descriptor_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// Until the end of the scope the process can open no further descriptor.
class FewDescriptors {
 public:
  FewDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const FileDescriptor next(::dup(0));
    rlimit few{static_cast<rlim_t>(next.get()), before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &few);
  }
  ~FewDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

milliseconds cpu_time() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return milliseconds((usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1'000 +
                      (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1'000);
}

std::size_t resident_kib() {
  std::ifstream file("/proc/self/statm");
  std::size_t pages = 0;
  file >> pages >> pages;
  return pages * 4;
}

}  // namespace

TEST_CASE("O01-O08, O10: a request that two parsers could read in two ways gets one 400, and the connection ends",
          "[http_attack][O01][O08][O10]") {
  FrontWorld world;
  for (const auto& bytes : smugglings()) {
    INFO(bytes);
    RawClient client(world.port());
    client.send(bytes);
    const auto answered = client.read_to_end();
    CHECK(status_of(answered) == 400);
    CHECK(count_responses(answered) == 1);
  }
  CHECK(world.executed() == 0);
  world.await_connections(0);
}

TEST_CASE("O01: the header of such a request alone gets the same answer", "[http_attack][O01]") {
  FrontWorld world;
  for (const auto& bytes : smugglings()) {
    if (bytes.starts_with(kGoodCall)) continue;
    INFO(bytes);
    RawClient client(world.port());
    client.send(bytes.substr(0, bytes.find("\r\n\r\n") + 4));
    const auto answered = client.read_to_end();
    CHECK(status_of(answered) == 400);
    CHECK(count_responses(answered) == 1);
  }
  CHECK(world.executed() == 0);
}

TEST_CASE("O10: a second request that arrives before the first is answered is never carried out", "[http_attack][O10]") {
  std::latch begun(1);
  std::latch sent(1);
  FrontWorld world({}, [&](const HttpRequest& request) {
    begun.count_down();
    sent.wait();
    return HttpAnswer{200, "text/plain", request.body, {}};
  });
  RawClient client(world.port());
  client.send(kGoodCall);
  begun.wait();
  client.send(kSmuggled);
  sent.count_down();
  const auto answered = client.read_to_end();
  CHECK(status_of(answered) == 200);
  CHECK(count_responses(answered) == 1);
  CHECK(world.executed() == 1);
  world.await_connections(0);
}

TEST_CASE("O26: a request that is too large is refused, and costs no memory", "[http_attack][O26]") {
  FrontWorld world;
  RawClient(world.port()).ask(kGoodCall);
  const std::string many_lines = [] {
    std::string text;
    for (int i = 0; i < 200'000; ++i) text += "A: b\r\n";
    return text;
  }();
  const std::vector<std::pair<int, std::string>> cases{
      {431, "GET / HTTP/1.1\r\n" + many_lines},
      {431, "GET / HTTP/1.1\r\nA: " + std::string(4'000'000, 'b')},
      {414, "GET /" + std::string(4'000'000, 'b')},
      {413, post("Content-Length: 314572800\r\n", std::string(1'000'000, 'x'))},
      {400, post("Transfer-Encoding: chunked\r\n", "-2\r\n" + std::string(1'000'000, 'x'))},
  };
  const auto before = resident_kib();
  for (const auto& [status, bytes] : cases) {
    RawClient client(world.port());
    client.send(bytes);
    CHECK(status_of(client.read_to_end()) == status);
  }
  world.await_connections(0);
  CHECK(resident_kib() < before + cases.size() * 2 * 1024);
  CHECK(world.executed() == 1);  // the good one
}

TEST_CASE("D04: good requests are answered despite three thousand slow sockets", "[http_attack][D04]") {
  raise_descriptor_limit();
  FrontLimits limits;
  limits.light.workers = 2;
  limits.request = std::chrono::minutes(5);  // so that none is closed before the good requests come
  FrontWorld world(limits);
  std::list<RawClient> slow;
  for (int i = 0; i < 3'000; ++i) slow.emplace_back(world.port()).send(kGoodCall.substr(0, kGoodCall.size() - 1));
  world.await_connections(3'000);
  for (int i = 0; i < 100; ++i) CHECK(RawClient(world.port()).ask(kGoodCall).ends_with("hello"));
  CHECK(slow.front().ask("o").ends_with("hello"));
  CHECK(slow.back().ask("o").ends_with("hello"));
}

TEST_CASE("D07: a burst of a thousand connections fits into the backlog", "[http_attack][D07]") {
  raise_descriptor_limit();
  const auto listener = open_listener(*ListenAddress::parse("127.0.0.1:0"));
  std::list<RawClient> burst;
  for (int i = 0; i < 1'000; ++i) burst.emplace_back(port_of(listener));  // nobody accepts
  CHECK(burst.size() == 1'000);
}

TEST_CASE("S04: a body that does not come in time ends the connection with 408", "[http_attack][S04]") {
  FrontLimits limits;
  limits.request = milliseconds(1000);
  FrontWorld world(limits);
  RawClient client(world.port());
  client.send(post("Content-Length: 4096\r\n", "x"));
  CHECK(status_of(client.read_to_end()) == 408);
  CHECK(world.executed() == 0);
}

TEST_CASE("a silent connection is closed without an answer", "[http_attack]") {
  FrontLimits limits;
  limits.request = milliseconds(1000);
  limits.idle = milliseconds(1000);
  FrontWorld world(limits);
  CHECK(RawClient(world.port()).read_to_end().empty());
  RawClient used(world.port());
  used.ask(kGoodCall);
  CHECK(used.read_to_end().empty());
}

TEST_CASE("single bytes now and then do not extend the time for a request", "[http_attack]") {
  FrontLimits limits;
  limits.request = milliseconds(1000);
  limits.farewell = milliseconds(100);
  FrontWorld world(limits);
  RawClient client(world.port());
  world.await_connections(1);
  while (world.front().connections() == 1) {
    client.send("G");
    std::this_thread::sleep_for(milliseconds(20));
  }
  CHECK(status_of(client.read_to_end()) == 408);  // 414 would mean that only the length ended it
}

TEST_CASE("a client that does not read its answer is disconnected", "[http_attack]") {
  FrontLimits limits;
  limits.response = milliseconds(100);
  FrontWorld world(limits, [](const HttpRequest&) { return HttpAnswer{200, "text/plain", std::string(32U << 20U, 'x'), {}}; });
  RawClient client(world.port());
  client.send(kGoodCall);
  while (world.executed() == 0) std::this_thread::yield();
  world.await_connections(0);
}

TEST_CASE("if no connection is free, the one that has waited longest is closed", "[http_attack]") {
  FrontLimits limits;
  limits.connections = 3;
  FrontWorld world(limits);
  std::list<RawClient> slow;
  for (std::size_t i = 1; i <= 3; ++i) {
    slow.emplace_back(world.port()).send("GET /");
    world.await_connections(i);
  }
  CHECK(RawClient(world.port()).ask(kGoodCall).ends_with("hello"));
  CHECK(slow.front().read_to_end().empty());
}

TEST_CASE("F13: the front survives a lack of descriptors and serves again", "[http_attack][F13]") {
  FrontWorld world;
  RawClient(world.port()).ask(kGoodCall);
  world.await_connections(0);
  FileDescriptor place_for_client(::dup(0));
  milliseconds spent{0};
  std::size_t admitted = 0;
  {
    const FewDescriptors few;  // no CHECK in this scope: it might need a descriptor
    place_for_client.reset();
    RawClient stranded(world.port());  // in the backlog: there is no descriptor to accept it with
    const auto before = cpu_time();
    std::this_thread::sleep_for(milliseconds(300));
    spent = cpu_time() - before;
    admitted = world.front().connections();
  }
  CHECK(spent < milliseconds(100));  // it rested; a busy loop around accept would have taken the whole time
  CHECK(admitted == 0);
  CHECK(RawClient(world.port()).ask(kGoodCall).ends_with("hello"));
}

}  // namespace rekey::test
