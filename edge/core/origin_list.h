// ORIGIN_URLS: the origins, separated by commas. After its URL an entry may name continents that it is near, each after a space:
//
//     https://eu.example.com EU AF, https://us.example.com NA SA
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rekey::edge {

inline constexpr std::size_t kMaxOrigins = 8;

// Whether plain http may leave this machine: ORIGIN_PLAIN_HTTP.
enum class PlainHttp : std::uint8_t { kRefuse, kAllow };

struct OriginAddress {
  std::string url;              // "https://host:port"
  std::uint8_t continents = 0;  // that it is near, a bit each

  bool is_near(std::string_view continent) const;
};

// Leaves host and port to the platform's parser: edge/host/rules.js refuses a URL that can't be called, and one that is repeated.
// Returns: 1 to kMaxOrigins origins; nothing if an entry is empty, not the bare URL of an origin, http to another machine that
// is not allowed, or has a word that is not the name of a continent, or names one twice.
std::optional<std::vector<OriginAddress>> parse_origins(std::string_view list, PlainHttp plain_http);

}  // namespace rekey::edge
