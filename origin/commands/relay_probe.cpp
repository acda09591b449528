#include "origin/commands/relay_probe.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <memory>
#include <string_view>

#include "origin/http/file_descriptor.h"

namespace rekey {
namespace {

constexpr int kPatienceMs = 5'000;

using AddressList = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

AddressList resolve(const std::string& server, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(server.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) found = nullptr;
  return {found, &::freeaddrinfo};
}

bool wait_for(const FileDescriptor& socket, short events) {
  pollfd entry{socket.get(), events, 0};
  return ::poll(&entry, 1, kPatienceMs) == 1;
}

bool is_connected(const FileDescriptor& socket) {
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

FileDescriptor connect_to(const addrinfo& address) {
  FileDescriptor socket(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return {};
  const bool begun = ::connect(socket.get(), address.ai_addr, address.ai_addrlen) == 0 || errno == EINPROGRESS;
  if (!begun || !wait_for(socket, POLLOUT) || !is_connected(socket)) return {};
  return socket;
}

bool greets(const FileDescriptor& socket) {
  std::array<char, 3> code{};
  if (!wait_for(socket, POLLIN)) return false;
  const auto count = ::recv(socket.get(), code.data(), code.size(), 0);
  return count == 3 && std::string_view(code.data(), 3) == "220";
}

}  // namespace

std::string probe_relay(const std::string& server, std::uint16_t port, Greeting greeting) {
  const auto addresses = resolve(server, port);
  if (!addresses) return "the name in MAIL_SERVER can't be resolved";
  for (const auto* address = addresses.get(); address != nullptr; address = address->ai_next) {
    const auto socket = connect_to(*address);
    if (!socket) continue;
    return greeting == Greeting::kAfterTls || greets(socket) ? "" : "the server at MAIL_SERVER and MAIL_PORT is no mail relay";
  }
  return "no server answers at MAIL_SERVER and MAIL_PORT";
}

}  // namespace rekey
