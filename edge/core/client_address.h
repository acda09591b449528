// Who a request is counted for: an IPv4 address, or the /64 of an IPv6 one (RFC 4291), since a single user is given that many.
// An IPv4 address written in IPv6 is the IPv4 address. Anything else, a list of addresses included, is one shared unknown client.
#pragma once

#include <string>
#include <string_view>

namespace rekey::edge {

struct ClientAddress {
  std::string key;   // "4" and 8 hex digits, "6" and 16, or "unknown": one spelling a client, without separators
  std::string text;  // for people: as it came, "" where unknown

  static ClientAddress parse(std::string_view text);
};

}  // namespace rekey::edge
