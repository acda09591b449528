#include "origin/web/address_kind.h"

#include <arpa/inet.h>

#include <catch2/catch.hpp>
#include <string>

using namespace rekey;

namespace {

AddressKind kind(const std::string& text) {
  ByteArray<4> ipv4{};
  if (inet_pton(AF_INET, text.c_str(), ipv4.data()) == 1) return kind_of_ipv4(ipv4);
  ByteArray<16> ipv6{};
  REQUIRE(inet_pton(AF_INET6, text.c_str(), ipv6.data()) == 1);
  return kind_of_ipv6(ipv6);
}

void check_all(AddressKind expected, std::initializer_list<const char*> addresses) {
  for (const auto* address : addresses) {
    CAPTURE(address);
    CHECK(kind(address) == expected);
  }
}

}  // namespace

TEST_CASE("an address of a private or special block is private, its public neighbours are public", "[address_kind]") {
  check_all(AddressKind::kPrivate,
            {"0.0.0.0",       "0.255.255.255",   "10.0.0.0",        "10.255.255.255", "100.64.0.0",     "100.127.255.255",
             "169.254.0.0",   "169.254.169.254", "169.254.255.255", "172.16.0.0",     "172.31.255.255", "192.0.0.8",
             "192.0.2.1",     "192.168.0.0",     "192.168.255.255", "198.18.0.0",     "198.19.255.255", "198.51.100.7",
             "203.0.113.255", "224.0.0.0",       "239.1.2.3",       "240.0.0.1",      "255.255.255.255"});
  check_all(AddressKind::kPublic,
            {"1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
             "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.0.3.0", "192.167.255.255",
             "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255"});
  check_all(AddressKind::kThisMachine, {"127.0.0.0", "127.0.0.1", "127.255.255.255"});
}

TEST_CASE("of IPv6 only global unicast addresses are public", "[address_kind]") {
  check_all(AddressKind::kPublic, {"2600::1", "2a00:1450:4001::200e", "2001:200::1", "2001:4860::8888", "3ffe::1"});
  check_all(AddressKind::kPrivate, {"::", "::2", "fc00::1", "fdff::1", "fe80::1", "fec0::1", "ff02::1", "2001::1", "2001:db8::1",
                                    "2001:1ff::1", "3fff::1", "100::1", "5f00::1", "1fff::1", "4000::1"});
  check_all(AddressKind::kThisMachine, {"::1"});
}

TEST_CASE("an IPv4 address in an IPv6 one is judged as that", "[address_kind]") {
  check_all(AddressKind::kThisMachine, {"::ffff:127.0.0.1", "64:ff9b::127.0.0.1", "2002:7f00:0001::"});
  check_all(AddressKind::kPrivate,
            {"::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::192.168.0.1", "2002:0a00:0001::1", "::10.0.0.1"});
  check_all(AddressKind::kPublic, {"::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:0808:0808::1"});
}
