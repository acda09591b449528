// Whether an IP address belongs to this machine, to a private network, or to the Internet (the IANA registries of special-purpose
// addresses). Pure. Used by web_client.h on the address that is about to be connected to.
#pragma once

#include <cstdint>

#include "shared/codec/bytes.h"

namespace rekey {

// kPrivate: every address that is not globally reachable, link-local ones and those of documentation included.
enum class AddressKind : std::uint8_t { kThisMachine, kPrivate, kPublic };

// In: the bytes in network order.
AddressKind kind_of_ipv4(const ByteArray<4>& address);

// An IPv4 address in an IPv6 one (mapped, NAT64, 6to4) is judged as that IPv4 address.
AddressKind kind_of_ipv6(const ByteArray<16>& address);

}  // namespace rekey
