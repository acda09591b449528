#include "origin/web/address_kind.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace rekey {
namespace {

struct Block {
  std::array<std::uint8_t, 4> start;
  unsigned bits;
};

// Not globally reachable, beside 127.0.0.0/8.
constexpr Block kPrivateIpv4[] = {
    {{0, 0, 0, 0}, 8},       {{10, 0, 0, 0}, 8},     {{100, 64, 0, 0}, 10},  {{169, 254, 0, 0}, 16}, {{172, 16, 0, 0}, 12},
    {{192, 0, 0, 0}, 24},    {{192, 0, 2, 0}, 24},   {{192, 88, 99, 0}, 24}, {{192, 168, 0, 0}, 16}, {{198, 18, 0, 0}, 15},
    {{198, 51, 100, 0}, 24}, {{203, 0, 113, 0}, 24}, {{224, 0, 0, 0}, 3},
};

// Within 2000::/3, the only block of global unicast addresses: protocol assignments with Teredo, and two for documentation.
constexpr Block kPrivateIpv6[] = {{{0x20, 0x01, 0, 0}, 23}, {{0x20, 0x01, 0x0d, 0xb8}, 32}, {{0x3f, 0xff, 0, 0}, 20}};
constexpr Block kGlobalIpv6{{0x20, 0, 0, 0}, 3};
constexpr Block k6to4{{0x20, 0x02, 0, 0}, 16};

std::uint32_t number_of(std::span<const std::uint8_t, 4> bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | bytes[3];
}

bool is_in(std::span<const std::uint8_t, 4> bytes, const Block& block) {
  return (number_of(bytes) ^ number_of(block.start)) >> (32 - block.bits) == 0;
}

bool is_in_any(std::span<const std::uint8_t, 4> bytes, std::span<const Block> blocks) {
  return std::ranges::any_of(blocks, [bytes](const Block& block) { return is_in(bytes, block); });
}

template <std::size_t kSize>
bool begins(const ByteArray<16>& address, const ByteArray<kSize>& start) {
  return std::equal(start.begin(), start.end(), address.begin());
}

AddressKind kind_of_ipv4_at(const ByteArray<16>& address, std::size_t place) {
  return kind_of_ipv4({address[place], address[place + 1], address[place + 2], address[place + 3]});
}

}  // namespace

AddressKind kind_of_ipv4(const ByteArray<4>& address) {
  if (address[0] == 127) return AddressKind::kThisMachine;
  return is_in_any(address, kPrivateIpv4) ? AddressKind::kPrivate : AddressKind::kPublic;
}

AddressKind kind_of_ipv6(const ByteArray<16>& address) {
  constexpr ByteArray<12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  constexpr ByteArray<12> kNat64{0, 0x64, 0xff, 0x9b};
  constexpr ByteArray<16> kLoopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  if (address == kLoopback) return AddressKind::kThisMachine;
  if (begins(address, kMapped) || begins(address, kNat64)) return kind_of_ipv4_at(address, 12);
  const std::span<const std::uint8_t, 4> start(address.data(), 4);
  if (is_in(start, k6to4)) return kind_of_ipv4_at(address, 2);
  return is_in(start, kGlobalIpv6) && !is_in_any(start, kPrivateIpv6) ? AddressKind::kPublic : AddressKind::kPrivate;
}

}  // namespace rekey
