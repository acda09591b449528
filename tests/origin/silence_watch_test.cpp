#include "origin/postgres/silence_watch.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <stdexcept>

using namespace rekey;

namespace {

constexpr std::chrono::milliseconds kShort{1};
constexpr std::chrono::hours kLong{1};

// A connection whose server says nothing.
class SilentServer {
 public:
  SilentServer() {
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends_.data()) != 0) throw std::runtime_error("no pair of sockets");
  }
  ~SilentServer() {
    for (const int end : ends_) ::close(end);
  }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;

  int socket() const { return ends_[0]; }
  void say_something() const { CHECK(::send(ends_[1], "x", 1, 0) == 1); }

  // As libpq does. Returns: the number of bytes; 0 once the connection was cut.
  ssize_t wait() const {
    std::array<char, 8> buffer{};
    return ::recv(ends_[0], buffer.data(), buffer.size(), 0);
  }

 private:
  std::array<int, 2> ends_{};
};

}  // namespace

TEST_CASE("F24: a connection that waits too long for its server is cut", "[silence_watch]") {
  const SilentServer server;
  SilenceWatch watch(kShort);
  SilenceWatch::Place place(watch, server.socket());
  place.begin();
  CHECK(server.wait() == 0);
  place.end();
  CHECK(place.is_cut());
  place.begin();
  place.end();
  CHECK(place.is_cut());
}

TEST_CASE("a connection that waits for nothing is left alone, however long", "[silence_watch]") {
  const SilentServer idle;
  const SilentServer waiting;
  SilenceWatch watch(kShort);
  const SilenceWatch::Place first(watch, idle.socket());
  SilenceWatch::Place second(watch, waiting.socket());
  second.begin();
  CHECK(waiting.wait() == 0);  // the watch has looked at both
  second.end();
  CHECK_FALSE(first.is_cut());
}

TEST_CASE("a server that answers in time keeps its connection", "[silence_watch]") {
  const SilentServer server;
  SilenceWatch watch(kLong);
  SilenceWatch::Place place(watch, server.socket());
  place.begin();
  server.say_something();
  CHECK(server.wait() == 1);
  place.end();
  CHECK_FALSE(place.is_cut());
}

TEST_CASE("at the end of all, connections that wait are cut, and those that begin to wait later", "[silence_watch]") {
  const SilentServer early;
  const SilentServer late;
  SilenceWatch watch(std::chrono::milliseconds(0));
  SilenceWatch::Place first(watch, early.socket());
  SilenceWatch::Place second(watch, late.socket());
  first.begin();
  watch.cut_all();
  CHECK(early.wait() == 0);
  second.begin();
  CHECK(late.wait() == 0);
  first.end();
  second.end();
  CHECK(first.is_cut());
  CHECK(second.is_cut());
}
