#include "edge/core/client_address.h"

#include <algorithm>
#include <optional>

#include "shared/codec/ascii.h"
#include "shared/codec/decimal.h"
#include "shared/codec/encoding.h"

namespace rekey::edge {
namespace {

using Ipv4 = ByteArray<4>;
using Ipv6 = ByteArray<16>;

constexpr std::size_t kMaxAddressSize = 45;  // "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255"

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

// The 16-bit groups on one side of "::", the last of which may be an IPv4 address where `text` ends the whole.
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

constexpr Ipv6 kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool is_mapped(const Ipv6& address) { return std::equal(address.begin(), address.begin() + 12, kMappedPrefix.begin()); }

std::string ipv4_key(Bytes address) { return "4" + to_hex(address); }

}  // namespace

ClientAddress ClientAddress::parse(std::string_view text) {
  if (text.size() <= kMaxAddressSize) {
    if (const auto ipv4 = parse_ipv4(text)) return {ipv4_key(*ipv4), std::string(text)};
    if (const auto ipv6 = parse_ipv6(text)) {
      if (is_mapped(*ipv6)) return {ipv4_key(Bytes(*ipv6).subspan(12)), std::string(text)};
      return {"6" + to_hex(Bytes(*ipv6).first(8)), std::string(text)};
    }
  }
  return {"unknown", ""};
}

}  // namespace rekey::edge
