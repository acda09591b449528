// Sends the requests of a plan one after the other over one connection, and writes `label nanoseconds status` for each: the time
// from just before its first byte is sent until its answer's last byte arrives. Status 0: the connection ended without an answer.
//   timing_probe PORT PLAN >FIGURES      the port on 127.0.0.1, the plan as request_plan.h describes it
// Plain blocking sockets, so that as little as possible stands between the clock and the answer. A closed connection is opened
// again outside the measured time. Run by tests/timing/measurement.mjs and storm.mjs.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <stdexcept>

#include "origin/http/file_descriptor.h"
#include "tests/timing/answer_framing.h"
#include "tests/timing/request_plan.h"

namespace rekey::timing {
namespace {

constexpr timeval kPatience{30, 0};  // longer than any answer takes

std::int64_t now_in_nanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

void wait_for(std::chrono::microseconds pause) {
  if (pause.count() == 0) return;
  const timespec time{pause.count() / 1'000'000, pause.count() % 1'000'000 * 1'000};
  clock_nanosleep(CLOCK_MONOTONIC, 0, &time, nullptr);
}

FileDescriptor connect_to(std::uint16_t port) {
  FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error(std::string("cannot connect: ") + std::strerror(errno));
  }
  return socket;
}

class Prober {
 public:
  explicit Prober(std::uint16_t port) : port_(port) {}

  void run(const PlannedRequest& request) {
    if (!socket_) socket_ = connect_to(port_);
    const auto start = now_in_nanoseconds();
    const auto answer = exchange(request.bytes);
    const auto end = now_in_nanoseconds();
    if (answer.connection == Connection::kCloses) socket_.reset();
    std::printf("%s %lld %d\n", request.label.c_str(), static_cast<long long>(end - start), answer.status);
    wait_for(request.pause);
  }

 private:
  Answer exchange(std::string_view request) {
    const auto sent = send(socket_.get(), request.data(), request.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(request.size())) return {0, Connection::kCloses};
    std::size_t length = 0;
    while (length < sizeof received_) {
      const auto count = recv(socket_.get(), received_ + length, sizeof received_ - length, 0);
      if (count <= 0) return {0, Connection::kCloses};
      length += static_cast<std::size_t>(count);
      if (const auto answer = find_answer({received_, length})) return *answer;
    }
    throw std::runtime_error("the answer is larger than 64 KiB");
  }

  std::uint16_t port_;
  FileDescriptor socket_;
  char received_[64 * 1024];
};

void run(std::uint16_t port, const char* path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(std::string("cannot read ") + path);
  const auto plan = read_plan(file);
  Prober prober(port);
  for (const auto& request : plan) prober.run(request);
}

}  // namespace
}  // namespace rekey::timing

int main(int count, char** words) {
  if (count != 3) {
    std::fputs("usage: timing_probe PORT PLAN\n", stderr);
    return 2;
  }
  static char output[1 << 20];  // large, so that the probe seldom writes while it measures
  std::setvbuf(stdout, output, _IOFBF, sizeof output);
  try {
    rekey::timing::run(static_cast<std::uint16_t>(std::atoi(words[1])), words[2]);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "timing_probe: %s\n", error.what());
    return 1;
  }
}
