// The client that a request is counted for: an IPv4 address, or the /64 of an IPv6 one (RFC 4291), since a single user is given
// that many. A port after the address is dropped. An IPv4 address that is written in IPv6 is that IPv4 address: mapped
// (::ffff:0:0/96), translated (::ffff:0:0:0/96, RFC 2765), behind NAT64 (64:ff9b::/96, RFC 6052) or in 6to4 (2002::/16, RFC
// 3056). Behind a NAT64 with the prefix for local use (64:ff9b:1::/48, RFC 8215) the whole IPv6 address is the client: its /64
// may hold all of IPv4. A network holds many such clients: the /48, which is what one site is given (RFC 6177). Anything else, a
// list of addresses included, can't be read: such requests are counted together as one client, and reported.
#pragma once

#include <string>
#include <string_view>

namespace rekey::edge {

struct ClientAddress {
  std::string key;      // "4" and 8 hex digits, "6" and 16 or 32, or "unknown": one spelling a client, without separators
  std::string network;  // "6" and 12 hex digits, the /48 of a /64; for all others the key
  std::string text;     // for people: the address alone, "" where unknown

  static ClientAddress parse(std::string_view text);
  bool is_known() const { return !text.empty(); }
};

}  // namespace rekey::edge
