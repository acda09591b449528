#include "origin/commands/service_watch.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "origin/http/file_descriptor.h"

namespace rekey::test {
namespace {

using std::chrono::microseconds;

// The service manager's end: a datagram socket, as a path or in the abstract namespace.
class Listener {
 public:
  explicit Listener(std::string name) : name_(std::move(name)), socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name_.data(), name_.size());
    if (name_.front() == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
    REQUIRE(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
    const timeval patience{10, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }

  const std::string& name() const { return name_; }

  std::string receive(int flags = 0) const {
    char room[256];
    const auto size = ::recv(socket_.get(), room, sizeof room, flags);
    return size < 0 ? "nothing" : std::string(room, static_cast<std::size_t>(size));
  }

 private:
  std::string name_;
  FileDescriptor socket_;
};

class ListenerInFolder {
 public:
  Listener socket{make_name()};
  ~ListenerInFolder() { std::filesystem::remove_all(std::filesystem::path(socket.name()).parent_path()); }

 private:
  static std::string make_name() {
    char folder[] = "/tmp/rekey-manager-XXXXXX";
    REQUIRE(::mkdtemp(folder) != nullptr);
    return std::string(folder) + "/notify";
  }
};

// A server of HTTP on loopback that reads each request and gives the same answer, or none.
class WebListener {
 public:
  explicit WebListener(std::string answer)
      : answer_(std::move(answer)), socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(socket_.get(), 8) == 0);
    REQUIRE(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~WebListener() {
    ::shutdown(socket_.get(), SHUT_RDWR);
    thread_.join();
  }
  WebListener(const WebListener&) = delete;
  WebListener& operator=(const WebListener&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/healthz"; }

 private:
  void run() const {
    std::vector<FileDescriptor> calls;  // a silent server keeps them open
    for (;;) {
      FileDescriptor call(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (call.get() < 0) return;
      char request[4096];
      (void)::recv(call.get(), request, sizeof request, 0);
      (void)::send(call.get(), answer_.data(), answer_.size(), MSG_NOSIGNAL);
      if (answer_.empty()) calls.push_back(std::move(call));
    }
  }

  std::string answer_;
  FileDescriptor socket_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

constexpr microseconds kShort{3000};
constexpr auto kReady = "READY=1\nSTATUS=Listening.";

}  // namespace

TEST_CASE("the manager's socket is a path or a name in the abstract namespace", "[service_manager]") {
  const ListenerInFolder in_folder;
  ServiceManager(in_folder.socket.name()).tell("READY=1");
  CHECK(in_folder.socket.receive() == "READY=1");

  const Listener abstract("@rekey-test-" + std::to_string(::getpid()));
  ServiceManager(abstract.name()).tell("WATCHDOG=1");
  CHECK(abstract.receive() == "WATCHDOG=1");
}

TEST_CASE("a manager that is gone, or a name too long for a socket, harms nobody", "[service_manager]") {
  CHECK_FALSE(ServiceManager("").listens());
  for (const std::string& name : {std::string(), std::string("/nowhere/notify"), "/" + std::string(200, 'x')}) {
    ServiceManager(name).tell("READY=1");
  }
}

TEST_CASE("the watchdog's interval counts for the process that it names", "[service_manager]") {
  const auto own = std::to_string(::getpid());
  CHECK(watchdog_interval("60000000", own.c_str()) == microseconds(60'000'000));
  CHECK(watchdog_interval("60000000", nullptr) == microseconds(60'000'000));
  CHECK_FALSE(watchdog_interval("60000000", "1"));
  CHECK_FALSE(watchdog_interval("60000000", "x"));
  for (const char* text : {"0", "-1", "", "60s", "99999999999999999999"}) CHECK_FALSE(watchdog_interval(text, nullptr));
  CHECK_FALSE(watchdog_interval(nullptr, nullptr));
}

TEST_CASE("a service is ready after its first proof of life, and not before", "[service_watch]") {
  const ListenerInFolder manager;
  std::atomic<int> asked = 0;
  ServiceWatch watch(ServiceManager(manager.socket.name()), std::nullopt,
                     [&] { return ++asked < 3 ? Life::kNotProven : Life::kProven; });
  CHECK(manager.socket.receive() == kReady);
  CHECK(asked == 3);
  watch.say_stopping();
  CHECK(manager.socket.receive() == "STOPPING=1");
  CHECK(asked == 3);
}

TEST_CASE("only a proof of life feeds the watchdog", "[service_watch]") {
  const ListenerInFolder manager;
  std::atomic<int> asked = 0;
  ServiceWatch watch(ServiceManager(manager.socket.name()), kShort, [&] {
    const int turn = ++asked;
    return turn == 1 || turn % 10 == 0 ? Life::kProven : Life::kNotProven;
  });
  CHECK(manager.socket.receive() == kReady);
  for (int fed = 1; fed <= 2; ++fed) {
    CHECK(manager.socket.receive() == "WATCHDOG=1");
    CHECK(asked >= fed * 10);
  }
}

TEST_CASE("the manager hears of a stop once, also before the service is ready", "[service_watch]") {
  const ListenerInFolder manager;
  {
    ServiceWatch watch(ServiceManager(manager.socket.name()), kShort, [] { return Life::kNotProven; });
    watch.say_stopping();
    watch.say_stopping();
  }
  CHECK(manager.socket.receive() == "STOPPING=1");
  CHECK(manager.socket.receive(MSG_DONTWAIT) == "nothing");
}

TEST_CASE("a listener that accepts and says nothing proves no life, and neither does one that is gone", "[service_watch]") {
  const WebListener answering("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
  const WebListener silent("");
  const LifeLimits limits{.patience = std::chrono::seconds(3)};
  const auto life = [&](std::vector<std::string> listeners) { return prove_life({std::move(listeners), {}}, limits); };
  CHECK(life({answering.url(), answering.url()}) == Life::kProven);
  CHECK(life({answering.url(), silent.url()}) == Life::kNotProven);
  CHECK(life({silent.url(), answering.url()}) == Life::kNotProven);
  CHECK(life({answering.url(), "http://127.0.0.1:9"}) == Life::kNotProven);
  CHECK(life({"no URL"}) == Life::kNotProven);
}

TEST_CASE("a mail worker without a step for longer than the longest proves no life, whatever the listeners say",
          "[service_watch]") {
  const WebListener answering("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  const LifeLimits limits;
  CHECK(prove_life({{answering.url()}, limits.longest_step}) == Life::kProven);
  CHECK(prove_life({{answering.url()}, limits.longest_step + std::chrono::nanoseconds(1)}) == Life::kNotProven);
}

TEST_CASE("two slow proofs that fail leave time for a third within the interval of the unit", "[service_watch]") {
  const LifeLimits limits;
  const std::chrono::seconds interval(60);  // WatchdogSec
  CHECK(3 * (interval / 6 + 2 * limits.patience) <= interval);
}

TEST_CASE("without a manager nothing is proven", "[service_watch]") {
  std::atomic<int> asked = 0;
  {
    const ServiceWatch watch(ServiceManager(""), kShort, [&] {
      ++asked;
      return Life::kProven;
    });
  }
  CHECK(asked == 0);
}

}  // namespace rekey::test
