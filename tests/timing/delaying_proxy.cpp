// Passes bytes between timing_probe and its target, and delays each request with the marker by the given microseconds: the
// difference that the instrument must find. Every measured request passes it, so all classes pay the same for it.
//   delaying_proxy TARGET_PORT MARKER MICROSECONDS     prints "port N" and serves one connection after the other on 127.0.0.1
// It looks for the marker in what one recv() returns: the probe sends a request in one piece, and loopback delivers it in one.
// It waits by polling the clock: a sleep would overshoot by more than the difference to be found. Ends with its standard input.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

#include "origin/http/file_descriptor.h"

namespace rekey::timing {
namespace {

using std::chrono::microseconds;
using std::chrono::steady_clock;

struct Settings {
  std::uint16_t target = 0;
  std::string marker;
  microseconds delay{0};
};

[[noreturn]] void fail(const char* what) { throw std::runtime_error(std::string(what) + ": " + std::strerror(errno)); }

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

FileDescriptor make_socket() {
  FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) fail("cannot make a socket");
  return socket;
}

void send_at_once(const FileDescriptor& socket) {
  const int on = 1;
  setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

FileDescriptor listen_anywhere() {
  auto listener = make_socket();
  const auto address = loopback(0);
  if (bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("cannot bind");
  if (listen(listener.get(), 8) != 0) fail("cannot listen");
  return listener;
}

std::uint16_t port_of(const FileDescriptor& socket) {
  sockaddr_in address{};
  socklen_t length = sizeof address;
  getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length);
  return ntohs(address.sin_port);
}

FileDescriptor connect_to(std::uint16_t port) {
  auto socket = make_socket();
  const auto address = loopback(port);
  if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("cannot connect");
  send_at_once(socket);
  return socket;
}

void hold(microseconds delay) {
  const auto end = steady_clock::now() + delay;
  while (steady_clock::now() < end) {
  }
}

bool has_input(const pollfd& entry) { return (entry.revents & (POLLIN | POLLHUP | POLLERR)) != 0; }

class Proxy {
 public:
  explicit Proxy(const Settings& settings) : settings_(settings), listener_(listen_anywhere()) {}

  void run() {
    std::printf("port %u\n", unsigned{port_of(listener_)});
    std::fflush(stdout);
    pollfd entries[] = {{STDIN_FILENO, POLLIN, 0}, {listener_.get(), POLLIN, 0}};
    while (poll(entries, 2, -1) > 0) {
      if (has_input(entries[0])) return;
      FileDescriptor client(accept(listener_.get(), nullptr, nullptr));
      if (client && !serve(client)) return;
    }
  }

 private:
  // Returns: false if standard input has ended.
  bool serve(const FileDescriptor& client) {
    send_at_once(client);
    const auto target = connect_to(settings_.target);
    pollfd entries[] = {{STDIN_FILENO, POLLIN, 0}, {client.get(), POLLIN, 0}, {target.get(), POLLIN, 0}};
    while (poll(entries, 3, -1) > 0) {
      if (has_input(entries[0])) return false;
      if (has_input(entries[1]) && !hand_on_request(client, target)) return true;
      if (has_input(entries[2]) && !hand_on(target, client)) return true;
    }
    return true;
  }

  bool hand_on_request(const FileDescriptor& client, const FileDescriptor& target) {
    const auto bytes = receive(client);
    if (bytes.find(settings_.marker) != std::string_view::npos) hold(settings_.delay);
    return send_all(target, bytes);
  }

  bool hand_on(const FileDescriptor& from, const FileDescriptor& to) { return send_all(to, receive(from)); }

  std::string_view receive(const FileDescriptor& socket) {
    const auto count = recv(socket.get(), buffer_, sizeof buffer_, 0);
    return {buffer_, count > 0 ? static_cast<std::size_t>(count) : 0};
  }

  // Returns: false if there is nothing to send, since the other side has ended, or if nobody receives it.
  static bool send_all(const FileDescriptor& socket, std::string_view bytes) {
    if (bytes.empty()) return false;
    while (!bytes.empty()) {
      const auto count = send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  Settings settings_;
  FileDescriptor listener_;
  char buffer_[64 * 1024];
};

}  // namespace
}  // namespace rekey::timing

int main(int count, char** words) {
  if (count != 4) {
    std::fputs("usage: delaying_proxy TARGET_PORT MARKER MICROSECONDS\n", stderr);
    return 2;
  }
  try {
    rekey::timing::Proxy(
        {static_cast<std::uint16_t>(std::atoi(words[1])), words[2], std::chrono::microseconds(std::atol(words[3]))})
        .run();
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "delaying_proxy: %s\n", error.what());
    return 1;
  }
}
