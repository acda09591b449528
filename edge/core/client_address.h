// The client that a request counts for: an IPv4 address, or the /64 of an IPv6 address (RFC 4291), because one user gets a whole
// /64. A port after the address is dropped. An IPv6 address that embeds an IPv4 one counts as that: mapped (::ffff:0:0/96), NAT64
// (64:ff9b::/96, RFC 6052) or 6to4 (2002::/16, RFC 3056). Anything else, also a list of addresses, is unreadable: such requests
// count together as one client, and are reported.
#pragma once

#include <string>
#include <string_view>

namespace rekey::edge {

struct ClientAddress {
  std::string key;   // "4" and 8 hex digits, "6" and 16, or "unknown": one spelling per client, without separators
  std::string text;  // for people: the address alone, "" if unknown

  static ClientAddress parse(std::string_view text);
  bool is_known() const { return !text.empty(); }
};

}  // namespace rekey::edge
