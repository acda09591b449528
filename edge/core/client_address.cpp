#include "edge/core/client_address.h"

#include <algorithm>
#include <optional>

#include "shared/codec/ascii.h"
#include "shared/codec/decimal.h"
#include "shared/codec/encoding.h"
#include "shared/internal_calls.h"

namespace rekey::edge {
namespace {

using Ipv4 = ByteArray<4>;
using Ipv6 = ByteArray<16>;

constexpr std::size_t kMaxSize = kMaxClientIpSize + std::string_view("[]:65535").size();
constexpr std::uint32_t kMaxPort = 65'535;

std::optional<Ipv4> parse_ipv4(std::string_view text) {
  Ipv4 address{};
  for (std::size_t i = 0; i < address.size(); ++i) {
    const auto dot = i + 1 < address.size() ? text.find('.') : text.size();
    if (dot == std::string_view::npos) return std::nullopt;
    const auto octet = parse_decimal(text.substr(0, dot), 255);
    if (!octet) return std::nullopt;
    address[i] = static_cast<std::uint8_t>(*octet);
    text.remove_prefix(std::min(dot + 1, text.size()));
  }
  return address;
}

std::optional<unsigned> parse_group(std::string_view text) {
  if (text.empty() || text.size() > 4) return std::nullopt;
  std::string padded(4 - text.size(), '0');
  padded += text;
  ByteArray<2> bytes{};
  if (from_hex(to_lower(padded), bytes) != Error::kNone) return std::nullopt;
  return bytes[0] * 256U + bytes[1];
}

// The 16-bit groups on one side of "::". The last may be an IPv4 address if `text` ends the whole address.
std::optional<std::string> parse_groups(std::string_view text) {
  std::string bytes;
  while (!text.empty()) {
    const auto colon = text.find(':');
    const auto piece = text.substr(0, colon);
    if (colon == std::string_view::npos && piece.find('.') != std::string_view::npos) {
      const auto tail = parse_ipv4(piece);
      if (!tail) return std::nullopt;
      return bytes.append(as_text(*tail));
    }
    const auto group = parse_group(piece);
    if (!group || bytes.size() >= sizeof(Ipv6)) return std::nullopt;
    bytes.push_back(static_cast<char>(*group >> 8));
    bytes.push_back(static_cast<char>(*group & 0xff));
    if (colon == std::string_view::npos) break;
    text.remove_prefix(colon + 1);
    if (text.empty()) return std::nullopt;
  }
  return bytes;
}

std::optional<Ipv6> parse_ipv6(std::string_view text) {
  const auto gap = text.find("::");
  const auto head = parse_groups(text.substr(0, gap));
  const auto tail = gap == std::string_view::npos ? std::optional<std::string>{""} : parse_groups(text.substr(gap + 2));
  if (!head || !tail || (gap != std::string_view::npos && text.substr(0, gap).find('.') != std::string_view::npos))
    return std::nullopt;
  const auto written = head->size() + tail->size();
  if (gap == std::string_view::npos ? written != sizeof(Ipv6) : written > sizeof(Ipv6) - 2) return std::nullopt;
  Ipv6 address{};
  std::copy(head->begin(), head->end(), address.begin());
  std::copy(tail->begin(), tail->end(), address.end() - static_cast<std::ptrdiff_t>(tail->size()));
  return address;
}

// An IPv6 prefix, and the place of the IPv4 address after it.
struct Embedding {
  ByteArray<12> prefix;
  std::size_t prefix_size;
  std::size_t offset;
};

constexpr Embedding kEmbeddings[] = {
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 12, 12},  // IPv4-mapped
    {{0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0}, 12, 12},  // IPv4-translated
    {{0, 0x64, 0xff, 0x9b}, 12, 12},                       // NAT64's well-known prefix
    {{0x20, 0x02}, 2, 2},                                  // 6to4
};

// NAT64's prefix for local use. The translator chooses the place of the IPv4 address in it, often within one /64.
constexpr ByteArray<6> kLocalNat64 = {0, 0x64, 0xff, 0x9b, 0, 1};

constexpr std::size_t kClientBytes = 8;
constexpr std::size_t kNetworkBytes = 6;

std::size_t counted_bytes(const Ipv6& address) {
  return std::equal(kLocalNat64.begin(), kLocalNat64.end(), address.begin()) ? address.size() : kClientBytes;
}

std::optional<Ipv4> find_ipv4_in(const Ipv6& address) {
  for (const auto& embedding : kEmbeddings) {
    if (!std::equal(address.begin(), address.begin() + embedding.prefix_size, embedding.prefix.begin())) continue;
    Ipv4 ipv4{};
    std::copy_n(address.begin() + embedding.offset, ipv4.size(), ipv4.begin());
    return ipv4;
  }
  return std::nullopt;
}

std::string dotted(const Ipv4& address) {
  std::string text;
  for (const auto octet : address) text.append(text.empty() ? "" : ".").append(to_decimal(octet));
  return text;
}

ClientAddress unknown() { return {"unknown", "unknown", ""}; }

ClientAddress client(const Ipv4& address) {
  const auto key = "4" + to_hex(address);
  return {key, key, dotted(address)};
}

ClientAddress client(const Ipv6& address, std::string_view text) {
  if (const auto ipv4 = find_ipv4_in(address)) return client(*ipv4);
  const auto counted = counted_bytes(address);
  const auto key = "6" + to_hex(Bytes(address).first(counted));
  return {key, counted == kClientBytes ? key.substr(0, 1 + 2 * kNetworkBytes) : key, std::string(text)};
}

// In: `:port` or nothing.
bool is_port_or_nothing(std::string_view text) {
  return text.empty() || (text.starts_with(':') && parse_decimal(text.substr(1), kMaxPort));
}

// `[2001:db8::1]` or `[2001:db8::1]:443` (RFC 5952, section 6).
ClientAddress parse_bracketed(std::string_view text) {
  const auto end = text.find(']');
  if (end == std::string_view::npos || !is_port_or_nothing(text.substr(end + 1))) return unknown();
  const auto inside = text.substr(1, end - 1);
  const auto ipv6 = parse_ipv6(inside);
  return ipv6 ? client(*ipv6, inside) : unknown();
}

}  // namespace

ClientAddress ClientAddress::parse(std::string_view text) {
  if (text.size() > kMaxSize) return unknown();
  if (text.starts_with('[')) return parse_bracketed(text);
  const auto colon = std::min(text.find(':'), text.size());
  const auto ipv4 = parse_ipv4(text.substr(0, colon));
  if (ipv4 && is_port_or_nothing(text.substr(colon))) return client(*ipv4);
  const auto ipv6 = parse_ipv6(text);
  return ipv6 ? client(*ipv6, text) : unknown();
}

}  // namespace rekey::edge
