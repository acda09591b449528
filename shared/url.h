// The few parts of a URL (RFC 3986) that the edge decides by. Reads what a platform's parser has written; resolves and decodes
// nothing, so that `//path`, `/%66orgot` and a trailing slash stay what they are: other paths.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace rekey::edge {

enum class Scheme : std::uint8_t { kHttp, kHttps };

struct Url {
  Scheme scheme = Scheme::kHttp;
  std::string_view authority;  // host and port as written, no user
  std::string_view path;       // "" or begins with '/'
  std::string_view query;      // with its '?', "" where there is none

  // Returns: nothing for another scheme, an empty authority, a user, white space or a control character.
  static std::optional<Url> parse(std::string_view text);

  std::string_view host() const;  // without port
};

// Returns: whether a host name can only mean this machine: 127.0.0.0/8, [::1], localhost and names under it (RFC 6761,
// section 6.3).
bool is_loopback(std::string_view host);

// Returns: whether both name the same origin (RFC 6454, section 4): scheme, host and port, a port left out being the scheme's
// own.
bool same_origin(const Url& a, const Url& b);

}  // namespace rekey::edge
