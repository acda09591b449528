#include "origin/http/listen_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace rekey {
namespace {

constexpr int kBacklog = 1024;  // room for a burst; without room clients repeat their SYN after a second

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return port;
}

bool is_address(int family, const std::string& host) {
  in6_addr room{};
  return inet_pton(family, host.c_str(), &room) == 1;
}

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

SocketAddress ipv4_address(const std::string& host, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  inet_pton(AF_INET, host.c_str(), &address.sin_addr);
  SocketAddress result{{}, sizeof address};
  std::memcpy(&result.storage, &address, sizeof address);
  return result;
}

SocketAddress ipv6_address(const std::string& host, std::uint16_t port) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(port);
  inet_pton(AF_INET6, host.c_str(), &address.sin6_addr);
  SocketAddress result{{}, sizeof address};
  std::memcpy(&result.storage, &address, sizeof address);
  return result;
}

[[noreturn]] void refuse(const ListenAddress& address, int error) {
  const auto why = error == EADDRINUSE ? "the port is in use by another process" : std::system_category().message(error);
  throw std::runtime_error("cannot listen on " + address.text() + ": " + why);
}

}  // namespace

std::optional<ListenAddress> ListenAddress::parse(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  auto host = text.substr(0, colon);
  const auto port = parse_port(text.substr(colon + 1));
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  ListenAddress address;
  address.host_ = host;
  address.family_ = bracketed ? Family::kIpv6 : Family::kIpv4;
  if (!port || !is_address(bracketed ? AF_INET6 : AF_INET, address.host_)) return std::nullopt;
  address.port_ = *port;
  return address;
}

std::string ListenAddress::text() const {
  const auto host = family_ == Family::kIpv6 ? "[" + host_ + "]" : host_;
  return host + ":" + std::to_string(port_);
}

std::string ListenAddress::url(std::uint16_t port) const {
  std::string host = family_ == Family::kIpv6 ? "[" + host_ + "]" : host_;
  if (host_ == "0.0.0.0") host = "127.0.0.1";
  if (host_ == "::") host = "[::1]";
  return "http://" + host + ":" + std::to_string(port);
}

FileDescriptor open_listener(const ListenAddress& address) {
  const bool ipv6 = address.family_ == ListenAddress::Family::kIpv6;
  const auto where = ipv6 ? ipv6_address(address.host(), address.port()) : ipv4_address(address.host(), address.port());
  FileDescriptor listener(::socket(where.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!listener) refuse(address, errno);
  const int on = 1;
  ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&where.storage), where.size) != 0) refuse(address, errno);
  if (::listen(listener.get(), kBacklog) != 0) refuse(address, errno);
  return listener;
}

std::uint16_t port_of(const FileDescriptor& listener) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&storage), &size) != 0) return 0;
  in_port_t port = 0;  // at the same offset in sockaddr_in and sockaddr_in6
  std::memcpy(&port, reinterpret_cast<const char*>(&storage) + offsetof(sockaddr_in, sin_port), sizeof port);
  return ntohs(port);
}

}  // namespace rekey
