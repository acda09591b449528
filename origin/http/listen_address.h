// Where a server listens: `127.0.0.1:8080` or `[::1]:8080`. Numbers only, so that no name service decides who can connect.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "origin/http/file_descriptor.h"

namespace rekey {

class ListenAddress {
 public:
  // Port 0 asks the system for a free one. Returns: nothing for a text of another form.
  static std::optional<ListenAddress> parse(std::string_view text);

  const std::string& host() const { return host_; }
  std::uint16_t port() const { return port_; }
  std::string text() const;

  // Returns: `http://host:port`, to call it from this machine: a loopback address where it listens on all.
  // In: the port, which is another one than port() if that is 0.
  std::string url(std::uint16_t port) const;

 private:
  ListenAddress() = default;
  std::string host_;
  std::uint16_t port_ = 0;
  enum class Family : std::uint8_t { kIpv4, kIpv6 } family_ = Family::kIpv4;
  friend FileDescriptor open_listener(const ListenAddress& address);
};

// Returns: a listening, non-blocking TCP socket with a backlog of 1,024 connections.
// Throws: std::runtime_error that names the address and the reason.
FileDescriptor open_listener(const ListenAddress& address);

// Returns: the listener's port.
std::uint16_t port_of(const FileDescriptor& listener);

}  // namespace rekey
